"""Hold a folder for this process alone, for as long as it runs."""

import os
from pathlib import Path
from typing import Final

from components.errors import fault

_HELD: Final[dict[Path, int]] = {}  # open for the rest of the process, whose end lets go of them


def hold(path: Path) -> None:
    """Hold `path`, a file that is made if need be, against other processes; again does no harm.

    Where the system has no such locks, nothing is held.

    Raises:
        ConfigError: Another process has it.
    """
    try:
        import fcntl  # noqa: PLC0415  Windows has none
    except ImportError:
        return
    if path.resolve() in _HELD:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise fault(
            f"{path.with_suffix('')}: another run of this checkout is at work with it; "
            "wait for its end, or use another checkout for the other stack"
        ) from None
    _HELD[path.resolve()] = descriptor
