"""The plugin under test, and a machine for it.

`COMMAND_PLUGIN=path/to/pulumi-resource-command` runs the whole table against another executable: the
official one of version 1.2.1 must pass it as well.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import sshd
from .harness import Failed, Plugin
from .wire import REMOTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .sshd import Sshd

ROOT = Path(__file__).parents[2]
# What only ours must hold is asked of no other.
collect_ignore = ["test_stand_in.py"] if "COMMAND_PLUGIN" in os.environ else []


def command() -> list[str]:
    """How the plugin is started."""
    given = os.environ.get("COMMAND_PLUGIN")
    return [given] if given else [sys.executable, "-m", "sandbox.plugins.command"]


def start(folder: Path) -> Plugin:
    """Start the plugin; nothing of the user's SSH set-up reaches it."""
    env = {k: v for k, v in os.environ.items() if k not in {"SSH_AUTH_SOCK", "ALLOWED"}}
    return Plugin(command(), env | {"PYTHONPATH": str(ROOT)}, folder / "stderr")


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plugin]:
    """A plugin that the tests of a module share."""
    started = start(tmp_path_factory.mktemp("plugin"))
    yield started
    started.stop()


@pytest.fixture
def own_plugin(tmp_path: Path) -> Iterator[Plugin]:
    """A plugin for one test, which may spoil it."""
    started = start(tmp_path)
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> None:
    """Each test sees only its own log lines."""
    if "plugin" in request.fixturenames:
        request.getfixturevalue("plugin").engine.lines.clear()


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An OpenSSH server on this computer, for the whole run."""
    server = sshd.start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture
def start_machine(tmp_path: Path) -> Iterator[Callable[..., Sshd]]:
    """Start servers with settings of their own."""
    servers: list[Sshd] = []

    def make(*settings: str) -> Sshd:
        servers.append(sshd.start(tmp_path / f"sshd{len(servers)}", *settings))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def said(plugin: Plugin, machine: Sshd) -> Callable[..., str]:
    """What becomes of a command over a connection: what it prints, or the error with PORT in it."""

    def run(limit: float = 60, timeout: float = 0, **connection: object) -> str:
        given = {"connection": machine.connection(**connection), "create": "echo hi"}
        try:
            return str(plugin.create(REMOTE, given, limit=limit, timeout=timeout)[1]["stdout"])
        except Failed as failed:
            return re.sub(r":\d{4,5}\b", ":PORT", failed.text)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, a subfolder and a link."""
    (tmp_path / "d").mkdir()
    (tmp_path / "a.txt").write_text("A")
    (tmp_path / "d" / "b.txt").write_text("BB")
    (tmp_path / "d" / "secret.txt").write_text("S")
    (tmp_path / "l").symlink_to("a.txt")
    return tmp_path
