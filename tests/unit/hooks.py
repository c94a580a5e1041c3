"""Asks a hook what to do about a provider's failures, and hears what it says."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pulumi

from unit import recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest


class Clock:
    """A time that passes only while somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.now += seconds


def asked(
    make: Callable[[], pulumi.ErrorHook],
    texts: Iterable[str],
    between: Callable[[], None] = lambda: None,
    *,
    resources: Iterable[str] = (),
    **options: Any,
) -> tuple[list[bool], list[tuple[str, str]]]:
    """What a hook answers to one failure after the other, and what it says.

    `resources` are the names of those that fail, in turn; all of one without. `options` are the recorder's.
    """
    answers: list[bool] = []
    names = list(resources)

    async def ask(hook: pulumi.ErrorHook) -> str:
        for number, text in enumerate(texts):
            name = names[number % len(names)] if names else "resource"
            arguments = pulumi.ErrorHookArgs(urn="", id="", name=name, type="", errors=[text])
            answer: Any = hook(arguments)
            answers.append(await answer)
            between()
        return "asked"

    def program() -> None:
        pulumi.export("done", ask(make()))

    recording = recorder.run(program, **options)
    assert (recording.error, recording.outputs) == (None, {"done": "asked"})
    return answers, recording.said
