"""A folder that holds these files and nothing else, whatever was in it before."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.bundle import collect
from components.errors import ConfigError
from components.files import archive, folder
from unit.files.trees import read, write

if TYPE_CHECKING:
    from collections.abc import Mapping

APP = {"run.py": "app", "shop/__init__.py": "", "shop/pages/one.html": "<p>", "tool.sh": "#!/bin/sh\n"}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app's folder."""
    root = write(tmp_path / "app", APP)
    (root / "tool.sh").chmod(0o755)
    return root


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where it is written to."""
    return tmp_path / "platforms/heroku"


def staged(app: Path, out: Path) -> dict[str, bytes]:
    """What the folder holds after a run."""
    collect(app).write_folder(out)
    return read(out)


def wanted(files: Mapping[str, str] = APP) -> dict[str, bytes]:
    """What it should hold."""
    return {name: content.encode() for name, content in files.items()}


def test_the_folder_holds_the_files(app: Path, out: Path) -> None:
    """It is made, with all folders above it; rights are as they were."""
    assert staged(app, out) == wanted()
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in out.iterdir() if path.is_file()} == {
        "run.py": 0o644,
        "tool.sh": 0o755,
    }


# What may lie there: of another app, of an older release, of a run that was killed, or somebody's own.
BEFORE: Mapping[str, Mapping[str, str]] = {
    "a stale file": {"old.py": "x"},
    "a stale folder": {"old/deep/x.py": "x", "shop/pages/old.html": "x"},
    "a hidden file": {".old": "x", ".cache/x": "x"},
    "another content": {"run.py": "other", "shop/__init__.py": "other"},
    "a folder instead of a file": {"run.py/inside.txt": "x", "shop/__init__.py/deep/x": "x"},
    "a file instead of a folder": {"shop": "x"},
    "a file instead of a deep folder": {"shop/pages": "x"},
    "half of a file": {"tmpab12cd": "half", "shop/tmpzz": "half", "run.py": "ap"},
    "a link": {"run.py": "->shop.py", "old": "->nowhere", "shop.py": "x"},
    "a link instead of a folder": {"elsewhere/x": "x", "shop": "->elsewhere"},
}


@pytest.mark.parametrize("before", BEFORE)
def test_it_holds_nothing_else(app: Path, out: Path, before: str) -> None:
    """Whatever was there, one run is enough."""
    write(out, BEFORE[before])
    assert staged(app, out) == wanted()


def test_an_empty_folder_goes(app: Path, out: Path) -> None:
    """One in another, too."""
    (out / "old/deep").mkdir(parents=True)
    assert staged(app, out) == wanted()


def test_what_a_link_leads_to_is_left_alone(app: Path, out: Path, tmp_path: Path) -> None:
    """The link goes; nothing is written or removed through it."""
    outside = write(tmp_path / "outside", {"run.py": "mine", "pages/one.html": "mine"})
    write(out, {"run.py": f"->{outside}/run.py", "shop": f"->{outside}"})
    assert staged(app, out) == wanted()
    assert read(outside) == {"run.py": b"mine", "pages/one.html": b"mine"}


def test_a_link_to_the_same_content_is_no_file(app: Path, out: Path) -> None:
    """It could change without us, and Heroku's archive would lose it."""
    out.mkdir(parents=True)
    (out / "run.py").symlink_to(app / "run.py")
    assert staged(app, out) == wanted()


def test_what_is_unchanged_is_not_written_again(app: Path, out: Path) -> None:
    """Neither its date nor the file itself: whoever watches the folder sees no change."""
    staged(app, out)
    for path in out.rglob("*"):
        os.utime(path, (1, 1))
    before = {path: path.stat() for path in out.rglob("*") if path.is_file()}
    (app / "run.py").write_text("app 2")
    staged(app, out)
    after = {path: path.stat() for path in out.rglob("*") if path.is_file()}
    same = {
        path for path in before if (before[path].st_ino, before[path].st_mtime) == (after[path].st_ino, 1)
    }
    assert set(before) - same == {out / "run.py"}


def test_rights_that_have_changed_are_mended(app: Path, out: Path) -> None:
    """Of a file whose content is the same."""
    staged(app, out)
    (out / "run.py").chmod(0o600)
    (app / "tool.sh").chmod(0o644)
    staged(app, out)
    assert stat.S_IMODE((out / "run.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((out / "tool.sh").stat().st_mode) == 0o644


def test_the_app_s_own_folder_is_left_alone(app: Path, out: Path) -> None:
    """Not a date of it changes."""
    before = {path: path.stat().st_mtime_ns for path in [app, *app.rglob("*")]}
    staged(app, out)
    assert {path: path.stat().st_mtime_ns for path in [app, *app.rglob("*")]} == before
    assert read(app) == wanted()


def test_a_file_that_changes_meanwhile_is_told(app: Path, out: Path) -> None:
    """What is built is what was looked at; nothing half is left under its name."""
    bundle = collect(app)
    (app / "run.py").write_text("changed")
    with pytest.raises(ConfigError, match=r"run\.py: changed while it was packed; run the command again"):
        bundle.write_folder(out)
    assert not (out / "run.py").exists()
    assert staged(app, out) == wanted({**APP, "run.py": "changed"})


def test_a_run_that_is_killed_is_mended_by_the_next(
    app: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file appears whole or not at all; what is left over is taken away."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            staged(app, out)
    assert not set(read(out)) & set(APP)
    assert staged(app, out) == wanted()


NAME = st.text("ab.", min_size=1, max_size=2).filter(lambda name: set(name) != {"."})
PATHS = st.lists(NAME, min_size=1, max_size=3).map("/".join)


def _fits(paths: list[str]) -> list[str]:
    """Those among paths of which none is a folder of another."""
    return [path for path in paths if not any(other.startswith(f"{path}/") for other in paths)]


FILES = st.dictionaries(PATHS, st.sampled_from(["", "x", "y"]), max_size=6).map(
    lambda files: {path: files[path] for path in _fits(list(files))}
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(FILES, FILES)
def test_from_any_files_to_any_others(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, str], after: dict[str, str]
) -> None:
    """Files become folders, and the other way round."""
    out = write(tmp_path_factory.mktemp("out"), before)
    items = [archive.generated(path, content.encode()) for path, content in after.items()]
    folder.write_folder(out, items, lambda item: io.BytesIO(after[item.path].encode()))
    assert read(out) == wanted(after)
