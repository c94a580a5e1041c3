"""Requests without end to a URL, by wrk, which tries nothing again: each answer noted, each failure counted.

Source: https://github.com/wg/wrk, Debian and Ubuntu package `wrk`.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

SCRIPT: Final = Path(__file__).with_name("load.lua")
CONNECTIONS: Final = 4  # for each kind
PAUSE_MILLISECONDS: Final = 40
LONGEST_SECONDS: Final = 600
PATIENCE_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of request."""

    name: str
    path: str
    method: str = "GET"
    kept_alive: bool = True


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer: when it was asked for (seconds since 1970), how long it took, what came."""

    kind: str
    began: float
    seconds: float
    status: int
    release: str  # "-" when it names none


class Load:
    """wrk at work, a process for each kind; about 25 requests a second for each connection."""

    def __init__(self, url: str, kinds: tuple[Kind, ...], folder: Path) -> None:
        self._folder = folder
        self._running = {kind.name: self._start(url, kind) for kind in kinds}

    def _start(self, url: str, kind: Kind) -> subprocess.Popen[str]:
        wrk = shutil.which("wrk")
        if wrk is None:
            raise FileNotFoundError("wrk is missing; sandbox/setup.sh load installs it")
        notes = self._folder / kind.name
        notes.mkdir()
        connections = ["--threads", str(CONNECTIONS), "--connections", str(CONNECTIONS)]
        times = ["--duration", str(LONGEST_SECONDS), "--timeout", str(PATIENCE_SECONDS)]
        options = [str(notes), str(PAUSE_MILLISECONDS), kind.method]
        options.append("keep-alive" if kind.kept_alive else "close")
        command = [wrk, *connections, *times, "--script", str(SCRIPT), url + kind.path, "--", *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def answers(self) -> list[Answer]:
        """Return all answers so far, in the order in which they were asked for."""
        found = []
        for name in self._running:
            for notes in (self._folder / name).iterdir():
                # The last line may not be whole yet.
                for line in notes.read_text().rpartition("\n")[0].splitlines():
                    began, seconds, status, release = line.split()
                    found.append(
                        Answer(
                            kind=name,
                            began=float(began),
                            seconds=float(seconds),
                            status=int(status),
                            release=release,
                        )
                    )
        return sorted(found, key=lambda answer: answer.began)

    def stop(self) -> dict[str, int]:
        """End it; return how many requests failed: connect, read, write, timeout, status (400 and above)."""
        failed: dict[str, int] = {}
        for name, process in self._running.items():
            process.send_signal(signal.SIGINT)  # it ends, and reports
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
            reported = re.search(r"^errors: (.*)$", said, re.MULTILINE)
            if reported is None:
                raise RuntimeError(f"wrk ({name}) ended without its report:\n{said}")
            for entry in reported[1].split():
                what, _, count = entry.partition("=")
                failed[what] = failed.get(what, 0) + int(count)
        return failed

    def __enter__(self) -> Self:
        """For `with`: whatever happens, no process is left."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what still runs."""
        for process in self._running.values():
            if process.poll() is None:
                process.kill()
                process.wait()
