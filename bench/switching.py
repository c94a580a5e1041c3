"""While a release takes over: how long requests take, and how many are lost, against just before."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.load import Answer, Kind, Load
from sandbox import demo, machines
from sandbox.plugins.command_plugin import ensure
from sandbox.project import Scratch
from sandbox.say import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.project import Stack

STACKS: Final = ("nginx-uwsgi", "nginx-gunicorn", "apache-uwsgi", "apache-gunicorn")
NAME: Final = "bench-switch"
KINDS: Final = (
    Kind(name="kept-alive", path="/"),
    Kind(name="new", path="/", kept_alive=False),
    Kind(name="post", path="/echo", method="POST"),
)
STEADY_SECONDS: Final = 10
AROUND_SECONDS: Final = 1  # before the first answer of the new release, and after the last one of the old
RELEASES: Final = 7  # enough for a median that a busy moment of the computer does not move
LOWEST_PRIORITY: Final = 19
SOURCE: Final = """\
from flask import Flask, request

app = Flask(__name__)


@app.get("/")
def front():
    return "edition {number}"


@app.post("/echo")
def echo():
    return request.form["text"]
"""


@dataclass(frozen=True)
class Switch:
    """One web stack's releases under load: 99th percentiles in milliseconds, before and during a switch."""

    web_stack: str
    steady: tuple[float, ...]
    during: tuple[float, ...]
    requests: int
    failed: int


def p99(answers: list[Answer], began: float, ended: float) -> float:
    """Return the 99th percentile of what was asked for in that time, in milliseconds."""
    found = [answer.seconds for answer in answers if began <= answer.began <= ended]
    return 1000 * statistics.quantiles(found, n=100)[98]


def around(answers: list[Answer], old: str, new: str) -> tuple[float, float]:
    """Return from when to when a new release took over from an old one."""
    first = min(answer.began for answer in answers if answer.release == new)
    last = max(answer.began for answer in answers if answer.release == old)
    return first - AROUND_SECONDS, last + AROUND_SECONDS


def measure() -> Iterator[Switch]:
    """Measure each web stack, and take down what that needed."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "app"
        app.mkdir()
        (app / "requirements.txt").write_text("flask>=3,<4\n")
        scratch = Scratch.create(NAME, target="vm", plugins=ensure)
        try:
            for web_stack in STACKS:
                step(f"releases of {web_stack} under load: about three minutes")
                yield _switch(scratch.stack("local"), web_stack, app, Path(folder) / web_stack)
        finally:
            machines.down(NAME)
            scratch.remove()


def _switch(stack: Stack, web_stack: str, app: Path, notes: Path) -> Switch:
    machines.down(NAME)
    machine = machines.up(NAME)
    small = {"name": "small", "path": str(app), "wsgi": "app:app"}
    demo.configure(stack, machine, web_stack=web_stack, app=small)
    _edit(app, 0)
    stack.up()
    old = stack.outputs()["release"]
    notes.mkdir()
    steady, during = [], []
    with Load(f"http://{machine.address}", KINDS, notes) as load:
        for number in range(RELEASES):
            began = time.time()
            time.sleep(STEADY_SECONDS)
            ended = time.time()
            _edit(app, number + 1)
            with _out_of_the_way():
                stack.up()
            time.sleep(AROUND_SECONDS)
            new, answers = stack.outputs()["release"], load.answers()
            steady.append(p99(answers, began, ended))
            during.append(p99(answers, *around(answers, old, new)))
            old = new
        failed = sum(load.stop().values())
        answers = load.answers()
    stack.destroy()
    return Switch(web_stack, tuple(steady), tuple(during), len(answers), failed)


@contextmanager
def _out_of_the_way() -> Iterator[None]:
    """Run the engine when nothing else wants to: it has a computer of its own where it is used."""
    os.setpriority(os.PRIO_PROCESS, 0, LOWEST_PRIORITY)
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, 0)


def _edit(app: Path, number: int) -> None:
    (app / "app.py").write_text(SOURCE.replace("{number}", str(number)))
