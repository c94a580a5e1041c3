"""Run one command on a machine: no terminal, standard input from a string, output as it comes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import asyncssh
from asyncssh.packet import String

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.command.connect import connect, rejected
from sandbox.plugins.command.dial import wait_for
from sandbox.plugins.command.gotext import quote, remote_exit
from sandbox.plugins.command.lines import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.values import Props

_STREAMS = ("stdout", "stderr")
# The official plugin closes the session and leaves the connection open for its whole life.
_kept: list[asyncssh.SSHClientConnection] = []


class _Session(asyncssh.SSHClientSession[bytes]):
    """Collects the output; `done` is set when the server has closed the channel."""

    def __init__(self, output: Output, command: str, environment: _Environment) -> None:
        self.output = output
        self.command = command
        self.environment = environment
        self.done = threading.Event()
        self.status: int | None = None
        self.signal: str | None = None
        self.unsent = 0

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Take over how the command is asked for.

        asyncssh sends the environment without waiting for the answers, but a refusal must keep the
        command from being started; and it takes an empty command for a shell.
        """
        self.channel = chan
        ask = chan._make_request  # noqa: SLF001 - the one place where it can be done

        async def ask_in_order(request: bytes, *args: bytes) -> bool | None:
            if request not in {b"exec", b"shell"}:
                return await ask(request, *args)
            for name, value in self.environment.variables:
                if not await ask(b"env", String(name), String(value)):
                    self.environment.refused(name)
            return await ask(b"exec", String(self.command))

        chan._make_request = ask_in_order  # type: ignore[method-assign] # noqa: SLF001

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        self.output.add(data, error=datatype == asyncssh.EXTENDED_DATA_STDERR)

    def exit_status_received(self, status: int) -> None:
        self.status = status
        self.unsent = self.channel.get_write_buffer_size()

    def exit_signal_received(self, signal: str, *_: object) -> None:
        self.signal = signal

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.output.end()
        self.done.set()


class _Environment:
    """The variables to send, the user's first, and what a refusal means."""

    def __init__(self, tell: Callable[[str, str], None], inputs: Props, previous: Props) -> None:
        self._tell = tell
        self._own = inputs.get("environment", {})
        self.variables = list(self._own.items())
        if inputs.get("addPreviousOutputInEnv", True):
            self.variables += [
                (f"PULUMI_COMMAND_{stream.upper()}", previous[stream])
                for stream in _STREAMS
                if previous.get(stream)
            ]

    def refused(self, name: str) -> None:
        """Warn; RefusedError for one of the user's."""
        own = name in self._own
        text = f"Unable to set '{name}': the server's AcceptEnv does not name it."
        self._tell(text, "error" if own else "warning")
        if own:
            problem = f"could not set environment variable {quote(name)}: ssh: setenv failed"
            raise RefusedError(problem)


def run(call: Call, command: str, inputs: Props, previous: Props) -> Output:
    """Run it and wait. Raises RefusedError with the command and all that it printed.

    Nothing ends it early: not the engine's cancel, not a time limit.
    """
    machine = connect(call, inputs["connection"])
    _kept.append(machine)
    output = Output(inputs.get("logging"))
    session = _Session(output, command, _Environment(call.log, inputs, previous))
    if wait_for(_start(machine, session, (inputs.get("stdin") or "").encode())):
        output.show(call)
        session.done.wait()
        problem = remote_exit(session.status, session.signal)
        if problem is None and session.unsent:
            problem = "EOF"  # The command ended well, but did not take all of its input.
    else:
        problem = f"ssh: command {command} failed"
    if problem is not None:
        printed = output.both.decode(errors="replace")
        raise RefusedError(f"{problem}: running {quote(command)}:\n{printed}")
    return output


async def _start(machine: asyncssh.SSHClientConnection, session: _Session, stdin: bytes) -> bool:
    """Start the command and hand it its input; whether the server agreed."""
    try:
        channel, _ = await machine.create_session(lambda: session, session.command, encoding=None)
    except asyncssh.ChannelOpenError as error:
        if error.code == asyncssh.OPEN_REQUEST_SESSION_FAILED:
            return False
        raise RefusedError(rejected(error)) from None
    if stdin:
        channel.write(stdin)
    channel.write_eof()
    return True
