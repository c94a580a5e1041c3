"""The question before a machine is cleared: does an SSH server answer there? And that it always ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from components import render

REACHABLE = render.ASSETS / "scripts/reachable.py"


def asked(port: int, seconds: float = 0.6) -> tuple[int, str]:
    """Ask on this computer as a stack does; exit code and what was said."""
    command = [sys.executable, "-", "127.0.0.1", str(port), str(seconds), "vm/host: root@203.0.113.7 port 22"]
    done = subprocess.run(
        command, input=REACHABLE.read_text(), capture_output=True, text=True, check=False, timeout=30
    )
    return done.returncode, done.stdout


def test_a_server_that_answers_is_enough() -> None:
    """Who it is and whether the key is right are asked by the step that follows."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def greet() -> None:
            connection, _ = server.accept()
            connection.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
            connection.close()

        threading.Thread(target=greet, daemon=True).start()
        assert asked(server.getsockname()[1]) == (0, "")


@pytest.mark.parametrize(
    ("greeting", "problem"),
    [(b"HTTP/1.1 400\r\n", "what answers there is not SSH"), (None, "it does not answer"), (b"", "not SSH")],
    ids=["web", "silent", "closed"],
)
def test_another_answer_is_none(greeting: bytes | None, problem: str) -> None:
    """One that accepts the connection and never speaks is given up as well."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        kept: list[socket.socket] = []

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                kept.append(connection)
                if greeting is not None:
                    connection.sendall(greeting)
                    connection.close()

        threading.Thread(target=answer, daemon=True).start()
        code, said = asked(server.getsockname()[1])
    assert code == 1
    assert f"vm/host: root@203.0.113.7 port 22: {problem}" in said or problem in said
    assert "(after 0.6 seconds), so the app can't be taken off it" in said


def test_a_closed_port_is_said_with_the_ways_out() -> None:
    """Both of them: a machine that comes back, and one that never will."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    code, said = asked(port)
    assert code == 1
    assert "connection refused (after 0.6 seconds)" in said
    assert "start it" in said
    assert "pulumi state delete --all" in said
