"""Files that a command on this computer leaves, and `local.run`. Recorded from 1.2.1."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from .harness import Failed, Plugin
from .wire import ARCHIVE, ASSET, LOCAL, SIG, Props, secret, without

if TYPE_CHECKING:
    from pathlib import Path

RUN = "command:local:run"

PATTERNS = [
    (["*.txt"], ["a.txt"]),
    (["**.txt", "!**secret*"], ["a.txt", "d/b.txt"]),
    (["**"], ["a.txt", "d/b.txt", "d/secret.txt", "l"]),
    (["!a.txt", "*.txt"], ["a.txt"]),
    (["{a,d/b}.txt", "d/s?cret.t[xw]t"], ["a.txt", "d/b.txt", "d/secret.txt"]),
    (["nope"], []),
    ([], []),
]


def asset(path: Path) -> Props:
    """A file as the plugin reports it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {SIG: ASSET, "path": str(path), "hash": digest, "text": "", "uri": ""}


@pytest.mark.parametrize(("patterns", "found"), PATTERNS)
def test_asset_paths(plugin: Plugin, folder: Path, patterns: list[str], found: list[str]) -> None:
    """The files that the patterns name, in their order, relative to the folder."""
    state = plugin.create(LOCAL, {"create": "true", "dir": str(folder), "assetPaths": patterns})[1]
    assert state["assets"] == {name: asset(folder / name) for name in found}


def test_archive_paths(plugin: Plugin, folder: Path) -> None:
    """The files as one archive, whose hash is that of Pulumi's tar of them."""
    given = {"create": "true", "dir": str(folder), "archivePaths": ["**.txt"]}
    names = ["a.txt", "d/b.txt", "d/secret.txt"]
    state = plugin.create(LOCAL, given)[1]
    assert state["archive"] == {
        SIG: ARCHIVE,
        "assets": {name: asset(folder / name) for name in names},
        "hash": "b2ac49a3308d9c0d7ae3e20779973d2da0181cf5a80cc8c2adbd6e8ba4cff86c",
        "path": "",
        "uri": "",
    }


def test_a_link_to_a_folder_is_no_asset(plugin: Plugin, tmp_path: Path) -> None:
    """It counts as a file, and then can't be read."""
    (tmp_path / "dl").symlink_to("/tmp")
    with pytest.raises(Failed) as caught:
        plugin.create(LOCAL, {"create": "true", "dir": str(tmp_path), "assetPaths": ["*"]})
    assert caught.value.text == f"asset path '{tmp_path}/dl' is a directory; try using an archive"


def test_what_is_not_given_is_not_recorded(plugin: Plugin) -> None:
    """No empty assets, no empty archive."""
    assert without(plugin.create(LOCAL, {"create": "true"})[1], "create") == {"stdout": "", "stderr": ""}


def test_run(plugin: Plugin, folder: Path) -> None:
    """The function gives back its arguments with their secrets, and the results."""
    args = {"command": secret("echo r"), "stdin": "x", "dir": str(folder), "assetPaths": ["a.txt"]}
    given, failures = plugin.invoke(RUN, args)
    assert (given, failures) == (
        args | {"stdout": "r", "stderr": "", "assets": {"a.txt": asset(folder / "a.txt")}},
        [],
    )


def test_run_refuses(plugin: Plugin) -> None:
    """Faults are named; an unknown function and a failing command are errors."""
    said = [
        ("command", "Missing required field 'command' on 'local.RunInputs'"),
        ("cmd", "Unrecognized field 'cmd' on 'local.RunInputs'"),
    ]
    assert plugin.invoke(RUN, {"cmd": "x"}) == ({}, said)
    with pytest.raises(Failed) as caught:
        plugin.invoke("command:local:nope", {})
    assert caught.value == Failed("NOT_FOUND", "Invoke 'local:nope' not found")
    with pytest.raises(Failed) as caught:
        plugin.invoke(RUN, {"command": "exit 1"})
    assert caught.value.text == 'exit status 1: running "exit 1":\n'
