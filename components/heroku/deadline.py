"""A time-out for builds: the provider itself would ask for 26 hours, whatever it is told."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import Final

import pulumi

PAUSE_SECONDS: Final = 2  # until the message has arrived, and between the two interrupts


def watch(resource: pulumi.CustomResource, minutes: float) -> None:
    """End the run when a resource is not there after some minutes.

    The engine waits for what is under way. Only a second interrupt ends it: what Ctrl-C twice would do.
    """
    if pulumi.runtime.is_dry_run():
        return
    loop = asyncio.get_running_loop()
    timer = loop.call_later(minutes * 60, _give_up, minutes)
    resource.id.apply(lambda _: timer.cancel())


def _give_up(minutes: float) -> None:
    pulumi.log.error(
        f"heroku/buildMinutes: the build is not done after {minutes:g} minutes, so this run ends here; "
        "look at it with 'heroku builds:output'; the next 'pulumi up' starts another one, "
        "and what served still serves"
    )
    loop = asyncio.get_running_loop()
    for times in (1, 2):
        loop.call_later(times * PAUSE_SECONDS, _interrupt_engine)


def _interrupt_engine() -> None:
    """Interrupt the nearest `pulumi` above this process; say so when there is none to be found."""
    process = os.getppid()
    while process > 1:
        parent, _, name = _status(process).partition(" ")
        if Path(name.strip()).name == "pulumi":
            os.kill(process, signal.SIGINT)
            return
        process = int(parent or 0)
    pulumi.log.error("press Ctrl-C twice to end it")


def _status(process: int) -> str:
    """The parent's id and the name of a process, empty when that can't be told."""
    command = ["ps", "-o", "ppid=,comm=", "-p", str(process)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # there is no `ps`
        return ""
    return done.stdout.strip()
