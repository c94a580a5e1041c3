"""Where the app's files are: a folder on this computer, or one commit of a git repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from components import checkout
from components.errors import ConfigError, fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCP: Final = re.compile(r"(?:[A-Za-z0-9_][\w.-]*@)?(?P<host>[A-Za-z0-9][\w.-]*):(?![:/\\]*$)(?!-).+")
_TAG: Final = re.compile(r"[\w][\w./+-]*", re.ASCII)  # a safe part of git-check-ref-format(1)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
# Longer user names than any host allows; people put tokens there.
_LONGEST_USER_NAME: Final = 30
_ALLOWED: Final = (
    "should be https://…, ssh://…, git@host:path or the absolute path of a repository, "
    "for example https://git.example/shop.git"
)


@dataclass(frozen=True, kw_only=True)
class GitSource:
    """One commit of a repository.

    Attributes:
        url: `https://…`, `ssh://…`, `user@host:path` or an absolute path.
        ref: A full commit id (40 hexadecimal digits) or a tag; no branch, because branches move.
        path: The app's folder in the repository, relative, POSIX; "" for its root.
    """

    url: str
    ref: str
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The app's folder, and the commit that it is a copy of (None for a plain folder)."""

    root: Path
    commit: str | None


def locate(*, project: Path, path: str | None, git: GitSource | None) -> Source:
    """Find the app: exactly one of `path` (relative to `project`) and `git` has to be given.

    Raises:
        ConfigError: Neither or both are given, or what is given can't be read.
    """
    if path is not None and git is not None:
        raise fault("app/path: stands beside app/git; keep the one that is meant")
    if git is not None:
        return _from_git(git, checkout.cache_folder())
    if path is None:
        raise fault("app/path: is missing; give the app's folder, for example ../shop, or app/git")
    return Source(root=_folder(project, path), commit=None)


def _folder(project: Path, path: str) -> Path:
    hint = "it is relative to the folder of Pulumi.yaml, for example ../shop"
    if not path.strip() or "\0" in path:
        raise fault(f"app/path: {path!r} names no folder; {hint}")
    if path.startswith("~"):
        raise fault(f"app/path: {shown(path)}: '~' is for shells only; {hint}")
    root = project / path
    if root.is_dir():
        return root.resolve()
    where = f"app/path: {shown(path)} (that is {shown(str(root))})"
    if root.exists():
        raise fault(f"{where} is a file; give the folder that it lies in; {hint}")
    raise fault(f"{where} does not exist; {hint}")


def _from_git(git: GitSource, cache: Path) -> Source:
    faults = [*_url_faults(git.url), *_ref_faults(git.ref), *_path_faults(git.path)]
    if faults:
        raise ConfigError(faults)
    ref = git.ref.lower() if _COMMIT.fullmatch(git.ref) else git.ref.removeprefix("refs/tags/")
    copy = checkout.fetch(git.url, ref, is_commit=bool(_COMMIT.fullmatch(git.ref)), cache=cache)
    folder = PurePosixPath(git.path)
    root = (copy.tree / folder).resolve()
    if not root.is_dir() or not root.is_relative_to(copy.tree.resolve()):
        raise fault(
            f"app/git/path: commit {copy.commit[:12]} has no folder {shown(git.path)}; "
            "it is relative to the repository's root, for example backend"
        )
    # A commit holds only the id of a submodule's commit: its folder would arrive empty.
    empty = [name for name in copy.submodules if PurePosixPath(name).is_relative_to(folder)]
    if empty:
        raise ConfigError(
            f"{shown(name)}: is a git submodule, its files are not part of the commit; "
            "commit the files themselves or require it as a package"
            for name in empty
        )
    return Source(root=root, commit=copy.commit)


def _url_faults(url: str) -> Iterator[str]:
    """What is wrong with a repository's URL. Messages never repeat a password."""
    if not url or not url.isprintable() or " " in url:
        yield f"app/git/url: {shown(url)} {_ALLOWED}"
        return
    if url.startswith("/"):
        return
    if "://" not in url:
        # 'ext::sh -c …' and its like run programs (gitremote-helpers(7)).
        if "::" in url or not _SCP.fullmatch(url):
            yield f"app/git/url: {shown(checkout.redact(url))} {_ALLOWED}"
        return
    parts = urlsplit(url)
    safe = checkout.redact(url)
    if parts.scheme not in {"https", "ssh"}:
        yield f"app/git/url: {safe}: {parts.scheme}:// is not supported; {_ALLOWED}"
    elif not parts.hostname or parts.hostname.startswith("-"):
        yield f"app/git/url: {safe} names no host; {_ALLOWED}"
    if parts.password is not None or len(parts.username or "") > _LONGEST_USER_NAME:
        yield (
            f"app/git/url: {safe} holds a password or token, which would end up in the stack's "
            "state and in logs; take it out, and use ssh or a git credential helper"
        )
    if parts.query or parts.fragment:
        yield f"app/git/url: {safe}: nothing may stand behind '?' or '#'; {_ALLOWED}"


def _ref_faults(ref: str) -> Iterator[str]:
    name = ref.removeprefix("refs/tags/")
    if ref == "HEAD" or ref.startswith(("refs/heads/", "origin/")):
        yield (
            f"app/git/ref: {shown(ref)} follows a branch, and branches move: the same stack would "
            "deploy something else tomorrow; give a tag such as v1.2.0 or a full commit id"
        )
    elif not _TAG.fullmatch(name) or ".." in name or name.endswith((".lock", "/", ".")):
        yield f"app/git/ref: {shown(ref)} should be a full commit id or a tag, for example v1.2.0"


def _path_faults(path: str) -> Iterator[str]:
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or not path.isprintable():
        yield (
            f"app/git/path: {shown(path)} should be a folder inside the repository, "
            "relative to its root, for example backend"
        )
