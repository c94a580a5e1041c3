"""Fetch one commit of a git repository into the user's cache, with the user's own git."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.errors import ConfigError, fault, shown

_ASK_SECONDS: Final = 60
_FETCH_SECONDS: Final = 600
_STALE_SECONDS: Final = 24 * 3600
# Attributes of the repository that change files on their way out (gitattributes(5)); $GIT_DIR's
# own file wins over them, so that the copy holds the commit's bytes and nothing else.
_RAW: Final = "* -text -filter -ident -working-tree-encoding\n"
# Variables that point git at another repository: set when we run inside a git hook (git(1)).
_LOCAL_VARIABLES: Final = frozenset(
    f"GIT_{name}"
    for name in (
        *("ALTERNATE_OBJECT_DIRECTORIES", "COMMON_DIR", "CONFIG", "DIR", "INDEX_FILE", "NAMESPACE"),
        *("OBJECT_DIRECTORY", "PREFIX", "SHALLOW_FILE", "WORK_TREE"),
    )
)


class _GitRefusedError(ConfigError):
    """git ran and said no."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The files of one commit: their folder, the commit's id, and its submodules' paths."""

    tree: Path
    commit: str
    submodules: tuple[str, ...]


def cache_folder() -> Path:
    """The user's cache (XDG Base Directory Specification: a relative XDG_CACHE_HOME is ignored)."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "flask-deploy" / "git"


def redact(text: str) -> str:
    """`text` without what may be secret in the URLs in it: users, passwords, queries."""
    return re.sub(r"(://[^\s?]*\?)[^\s']+", r"\1…", re.sub(r"//[^@/\s]+@", "//…@", text))


def fetch(url: str, ref: str, *, is_commit: bool, cache: Path) -> Copy:
    """Return the files of a commit, or of the commit that a tag names; `url` and `ref` are checked.

    A commit that is in `cache` needs no network; a tag is asked for each time, since tags can be
    moved too. A copy appears in the cache by one rename: it is whole or it is not there.

    Raises:
        ConfigError: git is missing, or the repository, tag or commit can't be read.
    """
    commit = ref if is_commit else _commit_of_tag(url, ref)
    place = cache / hashlib.sha256(url.encode()).hexdigest()[:16] / commit
    if not place.is_dir():
        _make(url, commit, place)
    names = (place / "submodules").read_text(encoding="utf-8", errors="surrogateescape")
    return Copy(tree=place / "tree", commit=commit, submodules=tuple(names.split("\0")[:-1]))


def _commit_of_tag(url: str, tag: str) -> str:
    names = [f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}", f"refs/heads/{tag}"]
    answer = _git("ls-remote", "--", url, *names, url=url, seconds=_ASK_SECONDS)
    found = {name: commit for commit, name in (line.split("\t") for line in answer.splitlines())}
    for name in (names[1], names[0]):  # the commit behind an annotated tag stands under tag^{}
        if name in found:
            return found[name]
    if names[2] in found:
        raise fault(
            f"app/git/ref: {tag} is a branch, and branches move: the same stack would deploy "
            "something else tomorrow; give a tag or a full commit id "
            f"(today it is {found[names[2]]})"
        )
    short = re.fullmatch(r"[0-9a-f]{7,39}", tag)
    remedy = "a commit id needs all its 40 digits ('git rev-parse HEAD')" if short else "push it"
    raise fault(f"app/git/ref: {redact(url)} has no tag {tag}; {remedy}")


def _make(url: str, commit: str, place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(place.parent)
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
    try:
        _export(url, commit, work)
        try:
            (work / "copy").rename(place)
        except OSError:
            if not place.is_dir():  # otherwise another run was faster, with the same files
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed runs left behind."""
    for left in folder.glob(".making-*"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _export(url: str, commit: str, work: Path) -> None:
    """Write `work`/copy: the tree of `commit` and the list of its submodules."""
    repository, tree = work / "repository", work / "copy" / "tree"
    tree.mkdir(parents=True)
    _git("init", "--quiet", "--bare", "--template=", str(repository), url=url)
    (repository / "info").mkdir(exist_ok=True)
    (repository / "info" / "attributes").write_text(_RAW, encoding="ascii")
    here = ("--git-dir", str(repository), "-c", "core.autocrlf=false", "-c", "core.symlinks=true")
    quick = (*here, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
    try:
        _git(*quick, "--depth=1", "--", url, commit, url=url, seconds=_FETCH_SECONDS)
    except _GitRefusedError:
        # Some servers hand out a commit only as part of a branch's or tag's history.
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        _git(*quick, "--", url, *everything, url=url, seconds=_FETCH_SECONDS)
    try:
        kind = _git(*here, "cat-file", "-t", commit, url=url).strip()
    except _GitRefusedError:
        kind = ""
    if kind != "commit":
        raise fault(f"app/git/ref: {redact(url)} has no commit {commit}; push it first, or give a tag's name")
    listing = _git(*here, "ls-tree", "-r", "-z", "--full-tree", commit, url=url).split("\0")
    submodules = [line.partition("\t")[2] for line in listing if line.startswith("160000 ")]
    names = "".join(f"{name}\0" for name in submodules)
    (work / "copy" / "submodules").write_text(names, encoding="utf-8", errors="surrogateescape")
    there = (*here, "--work-tree", str(tree))
    _git(*there, "read-tree", commit, url=url)
    _git(*there, "checkout-index", "--all", "--force", url=url, seconds=_FETCH_SECONDS)


def _git(*arguments: str, url: str, seconds: float = _ASK_SECONDS) -> str:
    """Run git and return what it prints. It can't ask anything: it has no terminal."""
    kept = {key: value for key, value in os.environ.items() if key not in _LOCAL_VARIABLES}
    never_ask = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C"}
    protocols = {"GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh"}  # the user's insteadOf may need them
    try:
        process = subprocess.Popen(
            ["git", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
            env={**kept, **never_ask, **protocols},
            start_new_session=True,  # no terminal for ssh, and one group to end
        )
    except OSError as error:
        raise fault(f"app/git: git can't be run ({error.strerror}); install it, or use app/path") from error
    try:
        answer, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise fault(
            f"app/git/url: {redact(url)} did not answer within {seconds:.0f} s; try 'git ls-remote' with it"
        ) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0:
        reason = " ".join(shown(line) for line in redact(complaint).split("\n") if line.strip())
        raise _GitRefusedError(
            [f"app/git/url: git can't read {redact(url)}: {reason}; try 'git ls-remote' with it"]
        )
    return answer
