"""One attempt to connect to a machine, and the text of its failure."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from sandbox.plugins.command.gotext import os_error

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from sandbox.plugins.command.keys import Credentials
    from sandbox.plugins.values import Props

T = TypeVar("T")

# What Go sets on each connection (net.Dialer, KeepAliveConfig in Go 1.23): an idle one whose other end
# is gone is given up after 15 seconds and 9 questions, 15 seconds apart.
_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 9),
)

_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


class DialError(Exception):
    """An attempt failed; the text is the one that the official plugin gives."""


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run SSH work on the one loop that all connections share, and wait for it."""
    with _lock:
        if not _loops:
            _loops.append(asyncio.new_event_loop())
            threading.Thread(target=_loops[0].run_forever, daemon=True).start()
    return asyncio.run_coroutine_threadsafe(work, _loops[0]).result()


class _Client(asyncssh.SSHClient):
    """Answers what the server asks for, and remembers which ways were tried."""

    def __init__(self, known: Credentials) -> None:
        self.known = known
        self.tried = ["none"]
        self.asked = False
        self.machine: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.machine = conn

    def _first(self, method: str) -> bool:
        new = method in self.known.methods and method not in self.tried
        if new:
            self.tried.append(method)
        return new

    async def public_key_auth_requested(
        self,
    ) -> Sequence[asyncssh.SSHKey | asyncssh.SSHKeyPair]:
        if not self._first("publickey"):
            return []
        if self.known.key is not None:
            return [self.known.key]
        agent = await asyncssh.connect_agent(self.known.agent or "")
        return await agent.get_keys()

    def password_auth_requested(self) -> str | None:
        return self.known.password if self._first("password") else None

    def kbdint_auth_requested(self) -> str | None:
        return "" if self._first("keyboard-interactive") else None

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> Sequence[str] | None:
        del name, instructions, lang
        self.asked = True
        return [self.known.password or ""] * len(prompts)

    def refused_unasked(self) -> bool:
        """Whether the server ended the last way, keyboard-interactive, without a question."""
        return self.tried[-1] == "keyboard-interactive" and not self.asked

    def no_common_key(self) -> bool:
        """Whether the server left at the negotiation: it has no host key of the pinned kind.

        An RSA key can never be pinned: only `ssh-rsa` is offered then, which OpenSSH has disabled
        since 8.8 (https://www.openssh.com/txt/release-8.8).
        """
        spoke = self.machine is not None and bool(self.machine.get_extra_info("server_version"))
        return spoke and self.known.host_key is not None and self.tried == ["none"]


def _port(connection: Props) -> int:
    return int(connection["port"])


def open_socket(connection: Props) -> socket.socket:
    """A TCP connection. The time limit covers this, and nothing after it."""
    # An empty host is this computer, as for every Go program.
    host = connection["host"] or "localhost"
    limit = int(connection["perDialTimeout"]) or None
    try:
        found = socket.getaddrinfo(host, _port(connection), type=socket.SOCK_STREAM)
    except socket.gaierror:
        raise DialError(f"dial tcp: lookup {host}: no such host") from None
    problem = ""
    for family, kind, protocol, _, address in found:
        name = str(address[0])
        shown = f"[{name}]" if family == socket.AF_INET6 else name
        where = f"{shown if connection['host'] else ''}:{_port(connection)}"
        link = socket.socket(family, kind, protocol)
        link.settimeout(limit)
        for level, option, value in _KEEPALIVE:
            link.setsockopt(level, option, value)
        try:
            link.connect(address)
        except TimeoutError:
            problem = problem or f"dial tcp {where}: i/o timeout"
        except OSError as error:
            problem = problem or f"dial tcp {where}: connect: {os_error(error)}"
        else:
            link.setblocking(False)  # noqa: FBT003 - positional only
            return link
        link.close()
    raise DialError(problem)


async def handshake(connection: Props, known: Credentials, **through: Any) -> asyncssh.SSHClientConnection:
    """Speak SSH over `sock=` or `tunnel=`. A server that stays silent is waited for without end."""
    client = _Client(known)
    pinned = known.host_key
    try:
        made, _ = await asyncssh.create_connection(
            lambda: client,
            connection["host"] or "localhost",
            _port(connection),
            username=known.user,
            # Nothing of the user's own set-up: no ~/.ssh, no default keys, no agent.
            config=None,
            client_keys=None,
            agent_path=None,
            known_hosts=None if pinned is None else ([pinned], [], []),
            server_host_key_algs="default" if pinned is None else [pinned.get_algorithm()],
            preferred_auth=known.methods or ("none",),
            connect_timeout=None,
            login_timeout=0,
            gss_host=None,
            x509_trusted_certs=None,
            compression_algs=None,
            **through,
        )
    except (asyncssh.Error, OSError, ValueError) as error:
        if link := through.get("sock"):
            with contextlib.suppress(OSError):
                link.close()
        raise DialError(f"ssh: handshake failed: {_reason(error, client)}") from None
    return made


def _reason(error: Exception, client: _Client) -> str:
    text = os_error(error) if isinstance(error, OSError) else str(error)
    match error:
        case asyncssh.HostKeyNotVerifiable():
            text = "ssh: host key mismatch"
        case asyncssh.PermissionDenied() if client.refused_unasked():
            text = "ssh: unexpected message type 51 (expected 60)"
        case asyncssh.PermissionDenied():
            tried = " ".join(client.tried)
            text = f"ssh: unable to authenticate, attempted methods [{tried}], "
            text += "no supported methods remain"
        case asyncssh.DisconnectError() | ConnectionResetError() if client.no_common_key():
            kind = client.known.host_key.get_algorithm() if client.known.host_key else ""
            text = f"ssh: no common algorithm for host key; we offered: [{kind}], peer offered: "
        case asyncssh.ConnectionLost():
            text = "EOF"
        case asyncssh.DisconnectError():
            text = f"ssh: {error.reason}"
    return text
