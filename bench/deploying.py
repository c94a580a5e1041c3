"""Deploying, against a hand-written script and against an empty program."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandbox import demo, machines
from sandbox.paths import ROOT
from sandbox.plugins.command_plugin import ensure
from sandbox.project import Scratch, Stack
from sandbox.say import step

FIRST = 3
AGAIN = 5
OURS, OTHER = "bench-ours", "bench-by-hand"
SAMPLE = ROOT / "assets" / "app"
EMPTY = "name: empty\nruntime:\n  name: python\n  options: {toolchain: pip, virtualenv: .venv}\n"


@dataclass(frozen=True)
class Pair:
    """Seconds of both sides, measured one right after the other."""

    ours: float
    other: float


@dataclass(frozen=True)
class Comparison:
    """Something done in two ways."""

    name: str
    ours: str
    other: str
    pairs: tuple[Pair, ...]


def seconds(action: Callable[[], object]) -> float:
    """Measure one action as a whole."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def by_hand(machine: machines.Machine, app: Path) -> None:
    """Send the app and the script over one connection."""
    script = (ROOT / "bench" / "by-hand.sh").read_text()
    with subprocess.Popen(["tar", "-C", str(app), "-c", "."], stdout=subprocess.PIPE) as archive:
        subprocess.run(
            [*machine.ssh_command(), script], stdin=archive.stdout, check=True, capture_output=True
        )


def edit(app: Path, number: int) -> None:
    """Change one line of the app."""
    file = app / "run.py"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("# edition")]
    file.write_text("\n".join([*lines, f"# edition {number}", ""]))


def fresh(name: str) -> machines.Machine:
    """Return a machine on which nothing has been done."""
    machines.down(name)
    return machines.up(name)


def measure() -> Iterator[Comparison]:
    """Make the comparisons, and take down what they needed."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(
            shutil.copytree(SAMPLE, Path(folder) / "app", ignore=shutil.ignore_patterns("__pycache__"))
        )
        scratch = Scratch.create("bench", target="vm", plugins=ensure)
        try:
            stack = scratch.stack("local")
            yield _first(stack, app)
            yield _changed(stack, app)
            yield _unchanged(stack, _empty(Path(folder), scratch))
        finally:
            scratch.remove()
            machines.down(OURS)
            machines.down(OTHER)


def _point(stack: Stack, machine: machines.Machine, app: Path) -> None:
    stack.config({"flask-deploy:app": {"path": str(app)}})
    demo.configure(stack, machine)


def _first(stack: Stack, app: Path) -> Comparison:
    pairs = []
    for number in range(FIRST):
        step(f"first deployment, {number + 1} of {FIRST}: about a minute")
        ours, other = fresh(OURS), fresh(OTHER)
        _point(stack, ours, app)
        pairs.append(Pair(seconds(stack.up), seconds(partial(by_hand, other, app))))
        if number + 1 < FIRST:
            stack.destroy()
    return Comparison("first deployment", "`pulumi up`", "a script over one connection", tuple(pairs))


def _changed(stack: Stack, app: Path) -> Comparison:
    pairs = []
    other = machines.up(OTHER)
    for number in range(AGAIN):
        step(f"one changed line, {number + 1} of {AGAIN}: some seconds")
        edit(app, number)
        pairs.append(Pair(seconds(stack.up), seconds(partial(by_hand, other, app))))
    return Comparison(
        "one line of the app changed", "`pulumi up`", "a script over one connection", tuple(pairs)
    )


def _unchanged(stack: Stack, empty: Stack) -> Comparison:
    pairs = []
    for number in range(AGAIN):
        step(f"nothing changed, {number + 1} of {AGAIN}: some seconds")
        pairs.append(Pair(seconds(stack.preview), seconds(empty.preview)))
    return Comparison(
        "nothing changed", "`pulumi preview`", "`pulumi preview` of an empty program", tuple(pairs)
    )


def _empty(folder: Path, scratch: Scratch) -> Stack:
    project = folder / "empty"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(EMPTY)
    (project / "__main__.py").write_text("import pulumi\n")
    venv = (scratch.root / ".venv").resolve()
    copy = Scratch.create("bench-empty", source=project, venv=venv)
    return copy.stack("empty")
