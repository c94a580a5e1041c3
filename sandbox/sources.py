"""The files of a checkout, and a copy of them that is kept up to date."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pathspec

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = frozenset({".venv", "__pycache__"})  # in the copy: ours, and a cache that checks itself
NEVER = frozenset({".git", ".venv", ".sandbox"})  # of the source, whatever .gitignore says


def listed(root: Path) -> set[PurePosixPath]:
    """The files that belong to the project at `root`: tracked, or new and not ignored."""
    names = _by_git(root)
    if names is None:
        names = _by_gitignore(root)
    found: set[PurePosixPath] = set()
    for name in names:
        if NEVER.isdisjoint(name.parts):
            found.update(_files(root, name))
    return found


def _by_git(root: Path) -> list[PurePosixPath] | None:
    # safe.directory: `sudo make demo` runs git as root in a checkout of somebody else's.
    git = ["git", "-c", f"safe.directory={root}", "-C", str(root)]
    if not (root / ".git").exists():  # an unpacked archive, perhaps inside another checkout
        return None
    command = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        result = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [PurePosixPath(os.fsdecode(name)) for name in result.stdout.split(b"\0") if name]


def _by_gitignore(root: Path) -> list[PurePosixPath]:
    rules = root / ".gitignore"
    lines = rules.read_text(encoding="utf-8").splitlines() if rules.is_file() else []
    ignored = pathspec.GitIgnoreSpec.from_lines([*lines, *(f"{name}/" for name in NEVER)])
    found: list[PurePosixPath] = []
    for path, folders, names in os.walk(root):
        here = PurePosixPath(path).relative_to(root)
        # Ignored folders are not walked: machines of the sandbox have whole systems in theirs.
        folders[:] = [folder for folder in folders if not ignored.match_file(f"{here / folder}/")]
        found += [here / name for name in names if not ignored.match_file(here / name)]
    return found


def _files(root: Path, name: PurePosixPath) -> Iterator[PurePosixPath]:
    path = root / name
    if path.is_symlink() or path.is_file():
        yield name
    elif path.is_dir():  # a submodule
        for folder, folders, names in os.walk(path):
            folders[:] = [inner for inner in folders if inner != ".git"]
            for file in names:
                if file != ".git":
                    yield PurePosixPath(Path(folder, file).relative_to(root))


def refresh(source: Path, copy: Path) -> None:
    """Make `copy` hold the files of `source` and nothing else but what is KEPT.

    An unchanged file is not touched, so its time stays; what was made or changed in the copy goes.
    """
    wanted = listed(source)
    copy.mkdir(parents=True, exist_ok=True)
    for folder, folders, names in os.walk(copy, topdown=True):
        folders[:] = [name for name in folders if name not in KEPT]
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in (*names, *links):
            path = Path(folder, name)
            relative = PurePosixPath(path.relative_to(copy))
            if relative not in wanted and name not in KEPT:
                path.unlink()
    for file in wanted:
        _bring(source / file, copy / file)
    _drop_empty(copy)


def _bring(source: Path, copy: Path) -> None:
    if _alike(source, copy):
        return
    if copy.is_dir() and not copy.is_symlink():
        shutil.rmtree(copy)
    copy.unlink(missing_ok=True)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, copy, follow_symlinks=False)


def _alike(source: Path, copy: Path) -> bool:
    if not os.path.lexists(copy) or source.is_symlink() != copy.is_symlink():
        return False
    if source.is_symlink():
        return source.readlink() == copy.readlink()
    a, b = source.stat(), copy.stat()
    return (a.st_size, a.st_mtime_ns, a.st_mode) == (b.st_size, b.st_mtime_ns, b.st_mode)


def _drop_empty(copy: Path) -> None:
    for folder, _, _ in os.walk(copy, topdown=False):
        path = Path(folder)
        if path != copy and KEPT.isdisjoint(path.relative_to(copy).parts) and not any(path.iterdir()):
            path.rmdir()
