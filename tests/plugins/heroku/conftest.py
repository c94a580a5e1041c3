"""The provider under test, on a host without machines.

`HEROKU_PLUGIN=path/to/pulumi-resource-heroku` runs the table of `test_contract.py` against another
executable, with the emulated API behind it: the official one of version 1.0.4 must pass it as well.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.cloud import Cloud
from plugins.harness import Plugin
from plugins.heroku.double import Double
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.heroku.api import server
from sandbox.plugins.heroku.api.platform import Platform
from sandbox.plugins.variables import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
OTHER = os.environ.get("HEROKU_PLUGIN", "")
KEY = "the-key"
# What only ours must hold is asked of no other.
collect_ignore = ["test_api.py", "test_buildpack.py", "test_guest.py", "test_platform.py"] if OTHER else []


def start(folder: Path, **env: str) -> Cloud:
    """Start the provider with an account below `folder`; it is what another start there finds as well."""
    account = Account(folder / "account")
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "HEROKU_API_KEY": KEY,
        ACCOUNT: str(account.folder),
        **env,
    }
    command = [OTHER] if OTHER else [sys.executable, str(Path(__file__).with_name("plain.py"))]
    if OTHER:
        surroundings["HEROKU_API_URL"] = server.serve(Platform(account, Double(account)))
    return Cloud(Plugin(command, surroundings, folder / "heroku.stderr"), account)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A provider that the tests of a module share, each with apps of its own."""
    started = start(tmp_path_factory.mktemp("heroku"))
    yield started
    started.stop()


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Callable[..., Cloud]]:
    """Start providers of one account, with an environment of their own."""
    started: list[Cloud] = []

    def make(**env: str) -> Cloud:
        started.append(start(tmp_path, **env))
        return started[-1]

    yield make
    for one in started:
        one.stop()
