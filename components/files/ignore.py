"""Which files of the app's folder are left out of the bundle, and why."""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pathspec import GitIgnoreSpec

from components.errors import ConfigError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Left out whatever the ignore files say. Names are compared without case, for macOS.
NEVER: Final[Mapping[str, str]] = {
    **dict.fromkeys((".git", ".hg", ".svn"), "version control"),
    **dict.fromkeys((".gitignore", ".deployignore", ".gitattributes", ".gitmodules"), "ignore files"),
    **dict.fromkeys(
        (
            "__pycache__",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
            ".tox",
            ".nox",
        ),
        "caches",
    ),
    "pulumi.yaml": "Pulumi's own files",
    ".ds_store": "the desktop's files",
}
DATABASE: Final = "databases: they belong to a folder under app/persistent"
# Left out unless .deployignore brings them back with a '!pattern'.
USUALLY: Final[Mapping[str, GitIgnoreSpec]] = {
    reason: GitIgnoreSpec.from_lines(patterns)
    for reason, patterns in {
        "virtual environments": [".venv", "venv"],
        "Node's packages": ["node_modules"],
        "the editor's and desktop's files": [".idea/", ".vscode/", "._*", ".github/"],
        "test reports": [".coverage", "htmlcov/"],
        DATABASE: [
            f"*.{suffix}{extra}"
            for suffix in ("db", "db3", "sqlite", "sqlite3")
            for extra in ("", "-journal", "-wal", "-shm")
        ],
    }.items()
}


@dataclass(frozen=True)
class _File:
    """One ignore file: the folder it lies in ('' or 'a/b/') and its patterns."""

    folder: str
    patterns: GitIgnoreSpec
    brought_back: tuple[str, ...]  # what its '!' patterns begin with, relative to the app's folder


@dataclass(frozen=True)
class Rules:
    """What holds in one folder: the ignore files from the app's folder down to it.

    Only files in the app's folder count, neither those of an outer repository nor the user's own:
    the same folder gives the same bundle wherever it lies.
    """

    git: tuple[_File, ...] = ()
    deploy: tuple[_File, ...] = ()
    hidden: str | None = None  # why the folder itself is left out, although it is looked into

    def inside(self, root: Path, folder: str, hidden: str | None) -> Rules:
        """The rules in `folder` ('' for the app's own), which is `hidden` for that reason.

        Raises:
            ConfigError: An ignore file can't be read or holds an invalid pattern.
        """
        git, deploy = (_read(root, folder, name) for name in (".gitignore", ".deployignore"))
        return replace(self, git=self.git + git, deploy=self.deploy + deploy, hidden=hidden)

    def reason(self, path: str, *, is_folder: bool) -> str | None:
        """Why `path` (relative, POSIX) is left out; None when it is not."""
        name = path.rpartition("/")[2].lower()
        if name in NEVER:
            return NEVER[name]
        if name.endswith((".pyc", ".pyo")):
            return NEVER["__pycache__"]
        if name.startswith("pulumi.") and name.endswith(".yaml"):
            return NEVER["pulumi.yaml"]
        probe = f"{path}/" if is_folder else path
        decided = _last_word(self.deploy, probe)
        if decided is not None:
            return ".deployignore" if decided else None
        if _last_word(self.git, probe):
            return ".gitignore"
        usual = (why for why, patterns in USUALLY.items() if patterns.check_file(probe).include)
        return self.hidden or next(usual, None)

    def reach_into(self, folder: str) -> bool:
        """Whether a '!' pattern of .deployignore names something inside the left-out `folder`."""
        if folder.rpartition("/")[2].lower() in NEVER:
            return False
        return any(start.startswith(f"{folder}/") for file in self.deploy for start in file.brought_back)


def _last_word(files: tuple[_File, ...], probe: str) -> bool | None:
    """What the deepest ignore file that says anything says: True for 'leave it out'."""
    for file in reversed(files):
        answer = file.patterns.check_file(probe.removeprefix(file.folder)).include
        if answer is not None:
            return answer
    return None


def _read(root: Path, folder: str, name: str) -> tuple[_File, ...]:
    prefix = f"{folder}/" if folder else ""
    path = root / folder / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return ()
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        patterns = GitIgnoreSpec.from_lines(lines)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())
        raise ConfigError([f"{shown(prefix + name)}: can't be used: {why}; correct it"]) from error
    negated = (line[1:].strip().removeprefix("/") for line in lines if line.startswith("!"))
    return (_File(prefix, patterns, tuple(prefix + start for start in negated)),)
