"""A time-out for what a provider waits for without end: a build, a step on a machine that is gone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pulumi

PAUSE_SECONDS: Final = 2  # until the message has arrived, and between the two interrupts
# A program of its own, since the first interrupt ends this one: the engine takes back all that it waits for.
INTERRUPTS: Final = """\
import os, signal, sys, time
for _ in range(2):
    time.sleep(float(sys.argv[2]))
    os.kill(int(sys.argv[1]), signal.SIGINT)
"""


def watch(
    resource: pulumi.CustomResource, seconds: float, message: str, after: Sequence[pulumi.Resource] = ()
) -> None:
    """End the run when a resource is not there so many seconds after those that it waits for.

    The message says which one, and what to do. The engine waits for what is under way, and neither its
    `customTimeouts` nor one interrupt ends that: only a second one does, as when Ctrl-C is pressed twice.
    """
    if pulumi.runtime.is_dry_run():
        return
    loop = asyncio.get_running_loop()

    def start(_: object) -> None:
        timer = loop.call_later(seconds, _give_up, message)
        resource.id.apply(lambda _: timer.cancel())

    pulumi.Output.all(*(each.urn for each in after)).apply(start)


def _give_up(message: str) -> None:
    pulumi.log.error(message)
    engine = _engine()
    if engine is None:
        pulumi.log.error("press Ctrl-C twice to end it")
        return
    nowhere = subprocess.DEVNULL
    subprocess.Popen(
        [sys.executable, "-c", INTERRUPTS, str(engine), str(PAUSE_SECONDS)],
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
    )


def _engine() -> int | None:
    """The id of the nearest `pulumi` above this process; None when there is none to be found."""
    process = os.getppid()
    while process > 1:
        parent, _, name = _status(process).partition(" ")
        if Path(name.strip()).name == "pulumi":
            return process
        process = int(parent or 0)
    return None


def _status(process: int) -> str:
    """The parent's id and the name of a process, empty when that can't be told."""
    command = ["ps", "-o", "ppid=,comm=", "-p", str(process)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # there is no `ps`
        return ""
    return done.stdout.strip()
