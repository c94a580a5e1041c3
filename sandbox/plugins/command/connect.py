"""Connect to a machine as the official plugin does: with its retries, and through its one jump."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.command.dial import (
    DialError,
    handshake,
    open_socket,
    wait_for,
)
from sandbox.plugins.command.keys import Credentials, credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.values import Props

T = TypeVar("T")

# Seconds between attempts, of the Pulumi SDK's retry package (v3.224.0).
_FIRST_DELAY, _GROWTH, _LONGEST_DELAY = 0.1, 1.5, 5.0


def connect(call: Call, connection: Props) -> asyncssh.SSHClientConnection:
    """A new connection. Every failure of an attempt is retried, a refused key as much as a refusal.

    Raises RefusedError after the last attempt, when the call is over, and for unusable keys.
    """
    known = credentials(connection)
    limit = int(connection["dialErrorLimit"])
    proxy = connection.get("proxy")
    if proxy is None:
        return _retry(call, "Dial", limit, lambda: _direct(connection, known))
    try:
        return _through(call, connection, known, proxy)
    except RefusedError as problem:
        raise RefusedError(f"proxy: {problem}", problem.code) from None


def _direct(connection: Props, known: Credentials) -> asyncssh.SSHClientConnection:
    link = open_socket(connection)
    return wait_for(handshake(connection, known, sock=link))


def _through(call: Call, connection: Props, known: Credentials, proxy: Props) -> asyncssh.SSHClientConnection:
    proxy_known = credentials(proxy)
    jump = _retry(call, "Dial proxy", int(proxy["dialErrorLimit"]), lambda: _direct(proxy, proxy_known))
    limit = int(connection["dialErrorLimit"])
    _retry(call, "Dial from proxy", limit, lambda: wait_for(_reach(jump, connection)))
    spent: list[bool] = []

    def once() -> asyncssh.SSHClientConnection:
        # The first failure closes the one channel through the proxy; the retries find it closed,
        # and their error is the one that is shown.
        if spent:
            raise DialError("ssh: handshake failed: EOF")
        spent.append(True)
        return wait_for(handshake(connection, known, tunnel=jump))

    return _retry(call, "Dial", limit, once)


async def _reach(jump: asyncssh.SSHClientConnection, connection: Props) -> None:
    """Whether the proxy can reach the machine."""
    try:
        channel, _ = await jump.create_connection(
            asyncssh.SSHTCPSession, connection["host"], int(connection["port"])
        )
    except asyncssh.ChannelOpenError as error:
        raise DialError(rejected(error)) from None
    channel.close()


def rejected(error: asyncssh.ChannelOpenError) -> str:
    """What is said of a channel that the server refuses to open."""
    reasons = {1: "administratively prohibited", 2: "connect failed", 3: "unknown channel type"}
    return f"ssh: rejected: {reasons.get(error.code, 'resource shortage')} ({error.reason})"


def _retry(call: Call, what: str, limit: int, attempt: Callable[[], T]) -> T:
    """Try `limit` times more after the first failure; for ever with a negative limit."""
    delay, failures = _FIRST_DELAY, 0
    while True:
        try:
            return attempt()
        except DialError as problem:
            failures += 1
            if limit >= 0 and failures > limit:
                text = f"after {failures - 1} failed attempts: {problem}"
                raise RefusedError(text) from None
        shown: Any = "inf" if limit == -1 else limit
        call.log(f"{what} {failures}/{shown} failed: retrying", ephemeral=True)
        call.sleep(min(delay, _LONGEST_DELAY))
        delay *= _GROWTH
