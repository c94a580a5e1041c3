"""What a command prints: kept whole for the state, and shown line by line while it runs."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call

# The longest line that the official plugin can log, with its end: Go's bufio.MaxScanTokenSize.
_LONGEST = 64 * 1024


@dataclass
class Output:
    """What a command printed, so far; `logging` is the resource's input."""

    logging: str | None
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    both: bytearray = field(default_factory=bytearray)
    _log: queue.SimpleQueue[bytes | None] = field(default_factory=queue.SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, data: bytes, *, error: bool) -> None:
        """Take what was printed on one of the streams. An unknown `logging` shows nothing."""
        shown = {None, "stdoutAndStderr", "stderr" if error else "stdout"}
        with self._lock:
            (self.stderr if error else self.stdout).extend(data)
            self.both.extend(data)
            if self.logging in shown:
                self._log.put(data)

    def end(self) -> None:
        """Nothing more will come."""
        self._log.put(None)

    def show(self, call: Call) -> None:
        """Log every line as it comes, until the end.

        The official plugin stops reading at a line that is too long, and then waits for ever to
        hand over what follows: the resource hangs. So does this.
        """
        rest = b""
        for data in iter(self._log.get, None):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                _log_line(call, line)
            if len(rest) > _LONGEST:
                threading.Event().wait()
        if rest and len(rest) < _LONGEST:
            _log_line(call, rest)

    def results(self) -> dict[str, str]:
        """The outputs, each without one newline at its end."""
        return {
            "stdout": text(bytes(self.stdout.removesuffix(b"\n"))),
            "stderr": text(bytes(self.stderr.removesuffix(b"\n"))),
        }


def _log_line(call: Call, line: bytes) -> None:
    if len(line) >= _LONGEST:
        threading.Event().wait()
    call.log(line.removesuffix(b"\r").decode(errors="replace"), ephemeral=True)


def text(data: bytes) -> str:
    """Bytes as a string that the protocol refuses when they are not UTF-8."""
    return data.decode(errors="surrogateescape")
