"""Before a machine is cleared it is asked whether it is there: `destroy` of a dead one says what to do.

`destroy` does not run the program, so nothing of it can explain the provider's error or set a time-out.
What the state holds it does run: a local command that does nothing but when it is deleted, which is
before the claim is.
"""

import shlex
from typing import Final

import pulumi
from pulumi_command import local

from components import render
from components.machine.remote import Login

SECONDS: Final = 30


def make(name: str, login: Login, *, opts: pulumi.ResourceOptions) -> local.Command:
    """Return the question as a resource; what it depends on is deleted after the answer, if that was yes."""
    return local.Command(
        name,
        delete=pulumi.Output.from_input(login.host).apply(
            lambda host: shlex.join(
                ["python3", "-", host, str(login.port), str(SECONDS), login.described],
            )
        ),
        stdin=render.asset("scripts/reachable.py"),
        add_previous_output_in_env=False,
        opts=opts,
    )
