"""File locks that end with their holder, even one that was killed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def _acquire(path: Path, operation: int) -> int:
    while True:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:  # the directory was removed in between
            continue
        try:
            fcntl.flock(descriptor, operation)
            # The last user removes the file. Who waited on the removed one holds nothing.
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold `path` alone; wait for it."""
    with _held(path, fcntl.LOCK_EX):
        yield


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold `path` together with other sharers; wait for an exclusive holder."""
    with _held(path, fcntl.LOCK_SH):
        yield


@contextmanager
def attempt(path: Path) -> Iterator[bool]:
    """Hold `path` alone if nobody has it; says whether that worked."""
    try:
        descriptor = _acquire(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)


def is_free(path: Path) -> bool:
    """Whether nobody holds `path` now."""
    with attempt(path) as free:
        return free


@contextmanager
def _held(path: Path, operation: int) -> Iterator[None]:
    descriptor = _acquire(path, operation)
    try:
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)
