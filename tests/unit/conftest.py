"""An app, and the project's folder with it, for tests that need files."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from components import app
from unit import examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from components.app import App


@pytest.fixture(scope="session", autouse=True)
def _remembered_digests() -> Iterator[None]:
    """A digest of secrets is slow on purpose, and pure: the same one is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashlib, "scrypt", functools.cache(hashlib.scrypt))
        yield


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> App:
    """An app, as a value. Its digest is fixed: what the bundle holds is not what its users test."""
    root = examples.write(tmp_path_factory.mktemp("shop"), examples.FILES)
    loaded = app.load(
        project=root,
        path=".",
        git=None,
        wsgi="run:application",
        static={"/avatar": "images"},
        persistent=["images", "data"],
    )
    return replace(loaded, bundle=replace(loaded.bundle, digest="ab12" * 16))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a program runs in, with the app of the examples."""
    examples.write(tmp_path / "app", examples.FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path
