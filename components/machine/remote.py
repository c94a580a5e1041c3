"""The only door to a machine: a step of the plan as a `remote.Command`, a file as a `remote.CopyToRemote`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
from pulumi_command import remote

from components.machine.plan import Step

# pulumi-command tries again whatever the reason, and many tries with a wrong key get the sender banned.
# Waiting for a machine that boots is the affair of `explain`.
TRIES: Final = 3
DIAL_SECONDS: Final = 15
CONNECT_SECONDS: Final = TRIES * DIAL_SECONDS


@dataclass(frozen=True, kw_only=True)
class Login:
    """How to reach a machine, and what makes it that machine and no other behind the same address."""

    host: pulumi.Input[str]
    user: str
    host_key: pulumi.Input[str]
    identity: pulumi.Input[str]
    described: str  # for messages: which machine, and where its configuration stands
    after: tuple[pulumi.Resource, ...] = ()  # what has to be there before it can be reached
    ends_with: pulumi.Resource | None = None  # when that is deleted, the machine is gone, and all on it
    wait_seconds: int  # for a machine that is still booting
    port: int = 22
    private_key: pulumi.Input[str] | None = None

    def connection(self) -> remote.ConnectionArgs:
        """Return the connection of one step. Without a private key the user's ssh-agent has it."""
        return remote.ConnectionArgs(
            host=self.host,
            port=self.port,
            user=self.user,
            host_key=self.host_key,
            private_key=self.private_key,
            dial_error_limit=TRIES,
            per_dial_timeout=DIAL_SECONDS,
        )


def run(
    name: str,
    step: Step,
    login: Login,
    *,
    opts: pulumi.ResourceOptions,
    undo: tuple[str, ...] = (),
) -> remote.Command:
    """Run a step as the resource `name`; it runs again whenever its command or its input changes.

    `undo` are the arguments with which the same script is run when the resource is deleted (the
    provider sends the input again then). There is no `update`: every script may run twice.
    There is no `environment`: sshd refuses it. A secret step's output is neither shown nor logged.
    """
    identity = pulumi.Output.from_input(login.identity)
    text = step.stdin()
    return remote.Command(
        name,
        connection=login.connection(),
        create=identity.apply(lambda value: step.command(login.user, value)),
        delete=identity.apply(lambda value: step.command(login.user, value, *undo)) if undo else None,
        stdin=pulumi.Output.secret(text) if step.secret else text,
        logging=remote.Logging.NONE if step.secret else None,
        add_previous_output_in_env=False,
        opts=opts,
    )


def copy(
    name: str, source: Path, path: str, login: Login, *, opts: pulumi.ResourceOptions
) -> remote.CopyToRemote:
    """Copy one file.

    The provider copies again only when content or path changed, so a new machine is a trigger.
    """
    return remote.CopyToRemote(
        name,
        connection=login.connection(),
        source=pulumi.FileAsset(str(source)),
        remote_path=path,
        triggers=[login.identity],
        opts=opts,
    )
