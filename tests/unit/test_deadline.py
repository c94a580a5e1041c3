"""A time-out for what a provider waits for without end: the run ends, as by Ctrl-C pressed twice."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components import deadline
from unit import recorder
from unit.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi.runtime import mocks

TOLD = "build: not done in time; run it again"


class Slow(Engine):
    """Makes a resource once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Wait, since it takes so long."""
        self.may.wait(5)
        return super().new_resource(args)


class Build(pulumi.CustomResource):
    """Something that takes its time."""

    def __init__(self, name: str = "build") -> None:
        super().__init__("heroku:build/build:Build", name)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The interrupts that a process gets, which stands for the engine."""
    found: list[int] = []
    former = signal.signal(signal.SIGINT, lambda number, _: found.append(number))
    monkeypatch.setattr(deadline, "_engine", os.getpid)
    monkeypatch.setattr(deadline, "PAUSE_SECONDS", 0.05)
    yield found
    signal.signal(signal.SIGINT, former)


@pytest.mark.covers(91)
def test_what_takes_too_long_ends_the_run(interrupted: list[int]) -> None:
    """The engine waits for what is under way; only a second interrupt ends it."""
    engine = Slow()

    async def look_on() -> None:
        for _ in range(500):
            await asyncio.sleep(0.01)
            if len(interrupted) == 2:
                break
        engine.may.set()

    def program() -> None:
        deadline.watch(Build(), 0.06, TOLD)
        pulumi.export("seen", look_on())

    done = recorder.run(program, engine=engine)
    assert (done.error, done.said) == (None, [("error", TOLD)])
    assert interrupted == [signal.SIGINT, signal.SIGINT]


def test_the_time_begins_with_what_it_waits_for(interrupted: list[int]) -> None:
    """A step that has to wait for another one is not late before it has begun."""
    engine = Slow()
    began: list[float] = []

    async def look_on() -> None:
        await asyncio.sleep(0.2)  # longer than the time-out of the second one
        began.append(len(interrupted))
        engine.may.set()

    def program() -> None:
        deadline.watch(Build("second"), 0.1, TOLD, after=[Build("first")])
        pulumi.export("seen", look_on())

    done = recorder.run(program, engine=engine)
    assert (done.error, done.said, began) == (None, [], [0])


def timers(monkeypatch: pytest.MonkeyPatch, *, preview: bool) -> list[asyncio.TimerHandle]:
    """The time-outs of a run that builds at once."""
    found: list[asyncio.TimerHandle] = []

    def program() -> None:
        loop = asyncio.get_running_loop()
        real = loop.call_later

        def call_later(seconds: float, callback: Any, *arguments: Any, **options: Any) -> asyncio.TimerHandle:
            timer = real(seconds, callback, *arguments, **options)
            if callback is deadline._give_up:
                assert seconds == 420
                found.append(timer)
            return timer

        monkeypatch.setattr(loop, "call_later", call_later)
        deadline.watch(Build(), 420, TOLD)

    done = recorder.run(program, preview=preview)
    assert (done.error, done.said) == (None, [])
    return found


def test_what_is_done_in_time_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the rest of the run takes longer."""
    assert [timer.cancelled() for timer in timers(monkeypatch, preview=False)] == [True]


def test_a_preview_builds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """So there is nothing to wait for."""
    assert timers(monkeypatch, preview=True) == []


def engine_among(monkeypatch: pytest.MonkeyPatch, processes: Mapping[int, str]) -> int | None:
    """What is taken for the engine among processes: id to the parent's id and name."""
    monkeypatch.setattr(os, "getppid", lambda: 30)
    monkeypatch.setattr(deadline, "_status", lambda process: processes.get(process, ""))
    return deadline._engine()


def test_the_engine_above_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest one, by its name alone; its helper for Python is not the engine."""
    processes = {30: "20 pulumi-language", 20: "10 /usr/bin/pulumi", 10: "5 pulumi", 5: "1 bash"}
    assert engine_among(monkeypatch, processes) == 20


@pytest.mark.parametrize("processes", [{30: "1 python"}, {}, {30: "0 systemd"}], ids=["none", "gone", "odd"])
def test_there_may_be_no_engine(monkeypatch: pytest.MonkeyPatch, processes: dict[int, str]) -> None:
    """None of the processes above is one."""
    assert engine_among(monkeypatch, processes) is None


def test_a_process_is_known_by_its_parent_and_name() -> None:
    """As the system tells it."""
    parent, _, name = deadline._status(os.getpid()).partition(" ")
    assert int(parent) == os.getppid()
    assert "python" in name or "pytest" in name
    assert deadline._status(2**22 + 1) == ""


def test_where_processes_can_t_be_listed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slim images have no `ps`; then the user has to end it."""
    monkeypatch.setenv("PATH", "/nowhere")
    done = recorder.run(lambda: deadline._give_up(TOLD))
    assert done.error is None
    assert done.said == [("error", TOLD), ("error", "press Ctrl-C twice to end it")]
