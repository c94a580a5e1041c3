"""An app, and the project's folder with it, for tests that need files."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from components import app, registry, settings
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from components.app import App

    Deploy = Callable[..., recorder.Recording]


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


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    """Deploys a configuration in a project's folder of its own, as `__main__.py` does."""
    place = examples.write(
        tmp_path_factory.mktemp("deploy"), {f"app/{k}": v for k, v in examples.FILES.items()}
    )

    def program() -> None:
        common, section = settings.read(settings.values())
        target = registry.entry(common.target).load()
        target.deploy(common, section, app.from_settings(common.app)).export(common.target)

    def run(config: Mapping[str, Any], **options: Any) -> recorder.Recording:
        with contextlib.chdir(place):
            return recorder.run(program, config=config, **options)

    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a program runs in, with the app of the examples."""
    examples.write(tmp_path / "app", examples.FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path
