"""The processes below the language host: told to end, made to end, never left behind."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 5.0  # seconds between asking a program to end and making it end


@dataclass
class Child:
    """A running program."""

    process: subprocess.Popen[bytes]

    def interrupt(self) -> None:
        """Ask it to end, and see to it that it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            threading.Timer(PATIENCE, self.kill).start()

    def kill(self) -> None:
        """Make it end."""
        with suppress(ProcessLookupError):
            self.process.kill()

    def wait(self) -> int:
        """Its exit code; negative: the signal that ended it."""
        return self.process.wait()


class Children:
    """The processes below the language host, so that none outlives it."""

    def __init__(self) -> None:
        self._running: list[Child] = []

    @contextmanager
    def start(self, command: Sequence[str], *, env: Mapping[str, str], **how: Any) -> Iterator[Child]:
        """Run a command; it writes to our own output, which the engine shows line by line."""
        child = Child(subprocess.Popen(command, env=dict(env), stdin=subprocess.DEVNULL, **how))
        self._running.append(child)
        try:
            yield child
        finally:
            self._running.remove(child)

    def interrupt(self) -> None:
        """Ask all to end."""
        for child in tuple(self._running):
            child.interrupt()

    def end(self) -> None:
        """Ask all to end, wait a little, then make them."""
        running = tuple(self._running)
        for child in running:
            with suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGINT)
        for child in running:
            try:
                child.process.wait(PATIENCE / 2)
            except subprocess.TimeoutExpired:
                child.kill()
