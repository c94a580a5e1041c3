"""Locks and all-or-nothing writes."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@contextmanager
def lock(path: Path, what: str) -> Iterator[None]:
    """Hold `path` as a lock against other processes, and say so when one has to be waited for.

    The kernel lets go of it when the process ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say.step(f"waiting for another process: it is {what}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, text: str, *, mode: int = 0o644) -> bool:
    """Write `text` as a whole or not at all; False when the file had it already."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=mode)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return True


def remove_all(folders: Iterable[Path]) -> None:
    """Remove folders with what is in them."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
