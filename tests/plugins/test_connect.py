"""Connections: attempts and the jump. Expectations recorded from 1.2.1."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from .harness import Failed, Plugin
from .sshd import free_port, make_key
from .wire import REMOTE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .sshd import Sshd


def test_refused(said: Callable[..., str], plugin: Plugin) -> None:
    """A limit of two means three attempts, two of which are told of; the text counts two."""
    problem = said(port=free_port(), dialErrorLimit=2)
    assert problem == "after 2 failed attempts: dial tcp 127.0.0.1:PORT: connect: connection refused"
    lines = ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]
    assert plugin.engine.lines == [("INFO", True, line) for line in lines]


def test_the_default_is_eleven_attempts_in_eleven_seconds(said: Callable[..., str]) -> None:
    """The pauses grow from 0.1 s by half: 11.3 s in all, too short for a machine that boots."""
    begun = time.monotonic()
    problem = said(port=free_port(), dialErrorLimit=None)
    assert problem == "after 10 failed attempts: dial tcp 127.0.0.1:PORT: connect: connection refused"
    assert 11 < time.monotonic() - begun < 14


def test_without_limit_only_the_engine_ends_it(said: Callable[..., str], plugin: Plugin) -> None:
    """With -1 there is no end but customTimeouts, which does end the attempts."""
    assert said(port=free_port(), dialErrorLimit=-1, timeout=1) == "context deadline exceeded"
    assert plugin.engine.said()[0] == "Dial 1/inf failed: retrying"


def test_a_machine_that_comes_up_is_reached(said: Callable[..., str], machine: Sshd) -> None:
    """Attempts go on while nothing listens, and the command runs when something does."""
    port = free_port()

    def come_up() -> None:
        time.sleep(1)
        server = socket.create_server(("127.0.0.1", port))
        client, _ = server.accept()
        onward = socket.create_connection(("127.0.0.1", machine.port))
        threading.Thread(target=pour, args=(client, onward), daemon=True).start()
        pour(onward, client)

    def pour(source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            sink.sendall(data)

    threading.Thread(target=come_up, daemon=True).start()
    assert said(port=port, dialErrorLimit=10) == "hi"


def test_an_address_that_does_not_answer(said: Callable[..., str], machine: Sshd) -> None:
    """PerDialTimeout ends an attempt whose packets are dropped: here, a full queue of a listener."""
    del machine
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = full.getsockname()[1]
    waiting = [socket.socket() for _ in range(8)]
    for client in waiting:
        client.setblocking(False)  # noqa: FBT003 - positional only
        client.connect_ex(("127.0.0.1", port))
    begun = time.monotonic()
    problem = said(port=port, perDialTimeout=1, dialErrorLimit=1)
    assert problem == "after 1 failed attempts: dial tcp 127.0.0.1:PORT: i/o timeout"
    assert 2 < time.monotonic() - begun < 4


def test_a_server_that_stays_silent_is_waited_for(own_plugin: Plugin, machine: Sshd) -> None:
    """PerDialTimeout covers the TCP connection only: a server without a greeting hangs the resource."""
    silent = socket.create_server(("127.0.0.1", 0))
    connection = machine.connection(port=silent.getsockname()[1], perDialTimeout=1)
    with pytest.raises(Failed) as caught:
        own_plugin.create(REMOTE, {"connection": connection, "create": "true"}, limit=4)
    assert caught.value.code == "DEADLINE_EXCEEDED"


def test_a_wrong_key_is_tried_again(said: Callable[..., str], machine: Sshd, tmp_path: Path) -> None:
    """Each attempt is a connection in the server's log: three failures more than the limit of a ban."""
    before = machine.log.count("Connection from 127.0.0.1")
    problem = said(privateKey=make_key(tmp_path / "wrong"), dialErrorLimit=3)
    assert problem == (
        "after 3 failed attempts: ssh: handshake failed: ssh: unable to authenticate, "
        "attempted methods [none publickey], no supported methods remain"
    )
    assert machine.log.count("Connection from 127.0.0.1") - before == 4


def test_a_wrong_host_key_is_tried_again(
    said: Callable[..., str], plugin: Plugin, machine: Sshd, tmp_path: Path
) -> None:
    """Another key than the pinned one is refused, and asked for again."""
    make_key(tmp_path / "other")
    before = machine.log.count("Connection from 127.0.0.1")
    problem = said(hostKey=(tmp_path / "other.pub").read_text(), dialErrorLimit=2)
    assert problem == "after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch"
    assert machine.log.count("Connection from 127.0.0.1") - before == 3
    assert plugin.engine.said() == ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]


def test_without_a_host_key_any_machine_is_trusted(said: Callable[..., str]) -> None:
    """No hostKey means no check."""
    assert said(hostKey=None) == "hi"


CLOSED, WRONG, RETRY = "closed port", "wrong key", "dialErrorLimit"


class Jump(NamedTuple):
    """What differs in the two connections, the outcome, and the attempts that are told of."""

    target: dict[str, object]
    proxy: dict[str, object]
    said: str
    lines: tuple[str, ...] = ()


REFUSED = "dial tcp 127.0.0.1:PORT: connect: connection refused"
JUMPS = [
    Jump({}, {}, "hi"),
    Jump({}, {"port": CLOSED, RETRY: 1}, f"proxy: after 1 failed attempts: {REFUSED}", ("Dial proxy 1/1",)),
    Jump({}, {"privateKey": "x"}, "proxy: ssh: no key found"),
    Jump(
        {"port": CLOSED, RETRY: 1},
        {},
        "proxy: after 1 failed attempts: ssh: rejected: connect failed (Connection refused)",
        ("Dial from proxy 1/1",),
    ),
    # The second attempt finds the channel through the proxy closed, and hides the true cause.
    Jump(
        {"privateKey": WRONG, RETRY: 2},
        {},
        "proxy: after 2 failed attempts: ssh: handshake failed: EOF",
        ("Dial 1/2", "Dial 2/2"),
    ),
]


@pytest.mark.parametrize("case", JUMPS, ids=lambda case: case.said)
def test_a_jump(said: Callable[..., str], plugin: Plugin, machine: Sshd, tmp_path: Path, case: Jump) -> None:
    """The machine is reached through one other, and errors say which of the three steps failed."""
    stands_for = {CLOSED: free_port(), WRONG: make_key(tmp_path / "wrong")}
    target, proxy = (
        {name: stands_for.get(str(value), value) for name, value in part.items()}
        for part in (case.target, case.proxy)
    )
    assert said(**target, proxy=machine.connection(**proxy)) == case.said
    assert [line for line in plugin.engine.said() if line != "hi"] == [
        f"{line} failed: retrying" for line in case.lines
    ]


def test_a_server_without_sessions(said: Callable[..., str], start_machine: Callable[..., Sshd]) -> None:
    """A session that the server refuses is an error, and no attempt."""
    other = start_machine("MaxSessions 0")
    outcome = said(port=other.port, privateKey=other.key)
    assert outcome == "ssh: rejected: connect failed (open failed)"
