"""A bundle with generated files: these instead of those of their names, all else as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from components.bundle import collect
from unit.files.trees import read, write

if TYPE_CHECKING:
    from pathlib import Path

    from components.bundle import Bundle

APP = {"run.py": "app", "uv.lock": "lock", "shop/uv.lock": "inner", "shop/__init__.py": ""}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """An app's files."""
    return collect(write(tmp_path / "app", APP))


def content(bundle: Bundle) -> dict[str, str]:
    """What it holds."""
    return {item.path: (bundle.read(item.path) or b"").decode() for item in bundle.files}


def test_files_are_added(bundle: Bundle) -> None:
    """In their place, in folders that are new too; with their size."""
    changed = bundle.changed({"a.txt": b"1", "new/b.txt": b"22"})
    assert content(changed) == {**APP, "a.txt": "1", "new/b.txt": "22"}
    assert [item.path for item in changed.files] == sorted(content(changed))
    assert changed.size == bundle.size + 3


def test_a_generated_file_takes_the_place_of_one(bundle: Bundle) -> None:
    """Not beside it."""
    assert content(bundle.changed({"run.py": b"other"})) == {**APP, "run.py": "other"}


def test_files_are_left_out_by_their_whole_name(bundle: Bundle) -> None:
    """One in a folder is another."""
    assert content(bundle.changed({}, without=["uv.lock", "gone"])) == {
        name: text for name, text in APP.items() if name != "uv.lock"
    }


def test_changes_add_up(bundle: Bundle) -> None:
    """What was generated first is still there, or was replaced again."""
    twice = bundle.changed({"a": b"1", "b": b"1"}).changed({"b": b"2", "c": b"2"}, without=["run.py"])
    assert content(twice) == {"a": "1", "b": "2", "c": "2", **{k: v for k, v in APP.items() if k != "run.py"}}


def test_a_change_is_another_digest(bundle: Bundle) -> None:
    """Of contents, names and rights; the same change gives the same one."""
    changes = [{}, {"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"run.py": b"1"}]
    digests = [bundle.changed(change).digest for change in changes]
    assert len(set(digests)) == len(changes)
    assert bundle.changed({"a": b"1"}).digest == digests[1]
    assert digests[0] == bundle.digest


def test_the_bundle_itself_is_as_it_was(bundle: Bundle, tmp_path: Path) -> None:
    """So is the app's folder."""
    before = content(bundle)
    bundle.changed({"run.py": b"other"}, without=["uv.lock"]).write_folder(tmp_path / "out")
    assert content(bundle) == before == APP
    assert read(tmp_path / "app") == {name: text.encode() for name, text in APP.items()}


def test_what_is_changed_can_be_packed_again(bundle: Bundle, tmp_path: Path) -> None:
    """As an archive like any other."""
    changed = bundle.changed({"a": b"1"})
    changed.write_tar(tmp_path / "t")
    changed.write_zip(tmp_path / "z")
    assert (tmp_path / "t").stat().st_size > 0
    assert (tmp_path / "z").stat().st_size > 0


def test_a_file_that_is_not_there_has_no_content(bundle: Bundle, tmp_path: Path) -> None:
    """Nor has a link, which is only a name."""
    (tmp_path / "app/link").symlink_to("run.py")
    assert collect(tmp_path / "app").read("link") is None
    assert bundle.read("gone") is None
    assert bundle.read("shop") is None
    assert bundle.read("run.py") == b"app"
