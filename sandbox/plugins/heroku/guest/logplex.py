"""The app's log, as Heroku's Logplex keeps it: the last 1500 lines of all sources.

https://devcenter.heroku.com/articles/logging#log-history-limits
"""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest import places

if TYPE_CHECKING:
    from pathlib import Path

LINES: Final = 1500
_MOST: Final = 1 << 20  # bytes: from here on what is too old is cut off


def now() -> str:
    """The time as the log has it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Log:
    """One file, written to by several processes."""

    def __init__(self, path: Path = places.LOG) -> None:
        self._path = path

    def write(self, source: str, process: str, text: str, at: str = "") -> None:
        """Add a text, for example of source `app`, process `web.1`; each of its lines becomes one."""
        start = f"{at or now()} {source}[{process}]: "
        lines = "".join(f"{start}{line.rstrip()}\n" for line in text.splitlines() or [""])
        with self._path.open("a+", encoding="utf-8", errors="replace") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(lines)
            file.flush()
            if file.tell() > _MOST:
                file.seek(0)
                kept = file.readlines()[-LINES:]
                file.truncate(0)
                file.writelines(kept)

    def tail(self) -> str:
        """The last lines."""
        if not self._path.exists():
            return ""
        with self._path.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return "".join(file.readlines()[-LINES:])
