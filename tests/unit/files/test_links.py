"""Links become copies, where a platform would lose them: each name that a file has leads to its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from components.bundle import collect
from unit.files.trees import write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The files of an app, and what its copy holds in the end.
CASES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "no link": ({"a": "1", "x/b": "2"}, {"a": "1", "x/b": "2"}),
    "a file": ({"a": "1", "b": "->a"}, {"a": "1", "b": "1"}),
    "a file elsewhere": ({"x/a": "1", "y/b": "->../x/a"}, {"x/a": "1", "y/b": "1"}),
    "a link to a link": ({"a": "1", "b": "->a", "c": "->b"}, {"a": "1", "b": "1", "c": "1"}),
    "a folder": (
        {"x/a": "1", "x/y/b": "2", "z": "->x"},
        {"x/a": "1", "x/y/b": "2", "z/a": "1", "z/y/b": "2"},
    ),
    "a link in a linked folder": (
        {"a": "1", "x/b": "->../a", "z": "->x"},
        {"a": "1", "x/b": "1", "z/b": "1"},
    ),
    "a linked folder in a linked folder": (
        {"a/f": "1", "x/b": "->../a", "z": "->x"},
        {"a/f": "1", "x/b/f": "1", "z/b/f": "1"},
    ),
    "through a linked folder": ({"x/a": "1", "z": "->x", "b": "->z/a"}, {"x/a": "1", "z/a": "1", "b": "1"}),
    "a link to a link to a folder": (
        {"x/a": "1", "y": "->x", "z": "->y"},
        {"x/a": "1", "y/a": "1", "z/a": "1"},
    ),
    "a name that begins like another": (
        {"x/a": "1", "xy": "2", "z": "->x"},
        {"x/a": "1", "xy": "2", "z/a": "1"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_name_has_the_content(tmp_path: Path, case: str) -> None:
    """Of files, of folders, and of what is linked in these."""
    files, wanted = CASES[case]
    changed = collect(write(tmp_path, files)).changed({})
    assert {item.path: (changed.read(item.path) or b"").decode() for item in changed.files} == wanted
    assert [item.target for item in changed.files] == [None] * len(wanted)


@pytest.mark.parametrize("case", CASES)
def test_the_copies_can_be_written(tmp_path: Path, case: str) -> None:
    """Into the folder that is built."""
    files, wanted = CASES[case]
    collect(write(tmp_path / "app", files)).changed({}).write_folder(tmp_path / "out")
    found = {path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "out").as_posix(): path.read_text() for path in found} == wanted
    assert not [path for path in found if path.is_symlink()]


def test_a_copy_has_the_rights_of_its_file(tmp_path: Path) -> None:
    """A link to a program is a program."""
    write(tmp_path, {"tool": "#!/bin/sh\n", "other": "->tool"})
    (tmp_path / "tool").chmod(0o755)
    assert {item.path: item.mode for item in collect(tmp_path).changed({}).files} == {
        "tool": 0o755,
        "other": 0o755,
    }


def test_equal_trees_are_equal_with_and_without_links(tmp_path: Path) -> None:
    """The digest is of what is there in the end."""
    linked = collect(write(tmp_path / "linked", {"a": "1", "b": "->a"})).changed({})
    plain = collect(write(tmp_path / "plain", {"a": "1", "b": "1"})).changed({})
    assert (linked.digest, linked.size) == (plain.digest, plain.size)
