"""Somebody who asks a URL all the time, while something happens to what answers there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from sandbox import check
from sandbox.say import SandboxError

if TYPE_CHECKING:
    from types import TracebackType


class Visitor:
    """Asks as long as its `with` lasts: `answers` are status and release of each answer, 0 for none."""

    def __init__(self, url: str, *, pause: float = 0.05, patience: float = 5) -> None:
        self.answers: list[tuple[int, str]] = []
        self._url, self._pause, self._patience = url, pause, patience
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    @property
    def statuses(self) -> list[int]:
        """The answers' statuses."""
        return [status for status, _ in self.answers]

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        """End, after the answer to the last question."""
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.wait(self._pause):
            try:
                answer = check.ask(self._url, seconds=self._patience)
            except SandboxError:
                self.answers.append((0, ""))
            else:
                self.answers.append((answer.status, answer.headers.get("x-release", "")))
