"""The probe, against small servers: what it accepts, what it says otherwise, and that it always ends."""

from __future__ import annotations

import argparse
import os
import runpy
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from components import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROBE: Final = render.ASSETS / "scripts/probe.py"
RELEASE: Final = "3f9c0a71be52"
OK: Final = f"HTTP/1.1 200 OK\r\nX-Release: {RELEASE}\r\nContent-Length: 2\r\n\r\nok".encode()
OLD: Final = OK.replace(RELEASE.encode(), b"000000000000")
UNNAMED: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BROKEN: Final = OK.replace(b"200 OK", b"500 Internal Server Error")
MISSING: Final = OK.replace(b"200 OK", b"404 Not Found")
MOVED: Final = OK.replace(b"200 OK", b"302 Found").replace(b"Content", b"Location: /login\r\nContent")
SLOW: Final = None  # takes the question and never answers
CLOSED: Final = b""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A server's answers, one after the other and the last for ever; what is asked, and what is said then."""

    answers: tuple[bytes | None, ...] = ()
    says: str = ""
    accept: str = "success"
    protocol: str = "http"
    tcp: bool = False
    seconds: float = 0.9
    patience: float = 0
    pause: float = 0.1
    any_release: bool = False  # whether answers need not name their release
    place: str = ""  # where there is no server


GET: Final = "GET /healthz?full=1"
AFTER: Final = "(after 0.9 seconds)"
RIGHT: Final = {
    "right": Case(answers=(OK,)),
    "right by address": Case(answers=(OK,), tcp=True),
    "right by uwsgi": Case(answers=(OK,), protocol="uwsgi"),
    "right in the end": Case(answers=(BROKEN, OLD, CLOSED, OK), seconds=10),
    "404 where any answer counts": Case(answers=(MISSING,), accept="any"),
    "redirect where any answer counts": Case(answers=(MOVED,), accept="any"),
    "another release where any counts": Case(answers=(OLD,), any_release=True),
    "no release where any counts": Case(answers=(UNNAMED,), any_release=True),
    "slow once": Case(answers=(SLOW, OK), patience=0.3, seconds=10),
    "slow once, by uwsgi": Case(answers=(SLOW, OK), protocol="uwsgi", patience=0.3, seconds=10),
}
WRONG: Final = {
    "500": Case(answers=(BROKEN,), says=f"{GET} answered 500 {AFTER}"),
    "500 where any answer counts": Case(answers=(BROKEN,), says=f"{GET} answered 500 {AFTER}", accept="any"),
    "500 by uwsgi": Case(answers=(BROKEN,), says=f"{GET} answered 500 {AFTER}", protocol="uwsgi"),
    "404": Case(answers=(MISSING,), says=f"{GET} answered 404 {AFTER}"),
    "500 of any release": Case(answers=(BROKEN,), says=f"{GET} answered 500 {AFTER}", any_release=True),
    "500 asked gently": Case(answers=(BROKEN,), says=f"{GET} answered 500 {AFTER}", pause=0.5),
    "redirect": Case(answers=(MOVED,), says=f"{GET} answered 302 to /login {AFTER}"),
    "redirect by uwsgi": Case(
        answers=(MOVED,), says=f"{GET} answered 302 to /login {AFTER}", protocol="uwsgi"
    ),
    "another release": Case(answers=(OLD,), says=f"{GET} was answered by release 000000000000 {AFTER}"),
    "another release by uwsgi": Case(
        answers=(OLD,), says=f"{GET} was answered by release 000000000000 {AFTER}", protocol="uwsgi"
    ),
    "no release": Case(answers=(UNNAMED,), says=f"{GET} was answered by release unknown {AFTER}"),
    "never": Case(answers=(SLOW,), says=f"{GET}: timed out {AFTER}", patience=0.3),
    "never, by uwsgi": Case(
        answers=(SLOW,), says=f"{GET}: timed out {AFTER}", protocol="uwsgi", patience=0.3
    ),
    "500, and no time for another": Case(
        answers=(BROKEN, SLOW), says=f"{GET} answered 500 {AFTER}", patience=30
    ),
    "closed": Case(answers=(CLOSED,), says=f"{GET}: Remote end closed connection without response {AFTER}"),
    "closed by uwsgi": Case(
        answers=(CLOSED,),
        says=f"{GET}: the app closed the connection without an answer {AFTER}",
        protocol="uwsgi",
    ),
    "garbage": Case(answers=(b"garbage\r\n\r\n",), says=f"{GET}: garbage\r\n {AFTER}"),
    "no socket": Case(place="/nowhere/app.sock", says=f"{GET}: [Errno 2] No such file or directory {AFTER}"),
    "no socket for uwsgi": Case(
        place="/nowhere/app.sock",
        protocol="uwsgi",
        says=f"{GET}: [Errno 2] No such file or directory {AFTER}",
    ),
    "nobody": Case(place="127.0.0.1:1", says=f"{GET}: [Errno 111] Connection refused {AFTER}"),
}
CASES: Final = {**RIGHT, **WRONG}


class Server:
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, case: Case, path: Path) -> None:
        self.asked: list[bytes] = []
        self.place = case.place
        self._case = case
        self._held: list[socket.socket] = []
        if case.tcp:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen()
            self.place = self.place or str(path)
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in (self._listener, *self._held):
            connection.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                answers = self._case.answers
                answer = answers[min(len(self.asked), len(answers) - 1)]
                read = _packet if self._case.protocol == "uwsgi" else _request
                self.asked.append(read(connection))
                if answer is None:
                    self._held.append(connection)
                    continue
                with connection, suppress(OSError):
                    connection.sendall(answer)


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (part := connection.recv(65536)):
        data += part
    return data


def _packet(connection: socket.socket) -> bytes:
    head = connection.recv(4, socket.MSG_WAITALL)
    _, size, _ = struct.unpack("<BHB", head)
    return head + connection.recv(size, socket.MSG_WAITALL)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the probe as a program, and what a fake `systemctl show` says meanwhile."""

    case: Case
    seconds: int
    options: tuple[str, ...] = ()
    shown: str = ""


Ended = tuple[int, str, str]  # exit code, standard output, standard error
UNIT: Final = ("--unit", "a@b.service")
REMEDY: Final = ("--remedy", "look there")
RUNS: Final = {
    "right": Run(case=RIGHT["right by address"], seconds=10, options=REMEDY),
    "wrong": Run(case=WRONG["500"], seconds=1, options=REMEDY),
    "restarted": Run(case=WRONG["500"], seconds=60, options=UNIT, shown="NRestarts=1 ActiveState=active"),
    "failed": Run(case=WRONG["500"], seconds=60, options=UNIT, shown="NRestarts=0 ActiveState=failed"),
    "goes on": Run(case=WRONG["500"], seconds=1, options=UNIT, shown="NRestarts=0 ActiveState=active"),
}
ASKED: Final = "show --property=NRestarts,ActiveState a@b.service"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Ended]]]:
    """The runs: the probe's text in the standard input of python3, as everywhere."""

    def run(which: Run) -> Ended:
        folder = tmp_path_factory.mktemp("run")
        systemctl = folder / "systemctl"
        systemctl.write_text(f'#!/bin/sh\n[ "$*" = "{ASKED}" ] && echo "{which.shown}"\n')
        systemctl.chmod(0o755)
        server = Server(which.case, folder / "socket")
        words = [server.place, which.case.protocol, "/", which.case.accept, str(which.seconds), RELEASE]
        done = subprocess.run(
            [sys.executable, "-", *words, *which.options],
            input=PROBE.read_text(),
            env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        server.close()
        return done.returncode, done.stdout, done.stderr

    with ThreadPoolExecutor(len(RUNS)) as pool:
        yield {name: pool.submit(run, which) for name, which in RUNS.items()}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the probe says in the end ('' when the answer was right), and what its server was asked."""

    said: str
    asked: list[bytes]


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory, running: dict[str, Future[Ended]]
) -> Iterator[dict[str, Outcome]]:
    """How each case ends. They run side by side, since most last as long as the probe is patient."""
    assert running  # the programs, meanwhile
    folder = tmp_path_factory.mktemp("probe")
    question = runpy.run_path(str(PROBE))["Question"]

    def ask(case: Case, place: str) -> str:
        options = argparse.Namespace(
            place=place,
            protocol=case.protocol,
            path="/healthz?full=1",
            accept=case.accept,
            seconds=case.seconds,
            release=RELEASE,
            host="shop.example",
            unit="",
            patience=case.patience,
            pause=case.pause,
            any_release=case.any_release,
        )
        return str(question(options).wait())

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(CASES)))
        servers, asking = {}, {}
        for number, (name, case) in enumerate(CASES.items()):
            servers[name] = Server(case, folder / str(number))
            stack.callback(servers[name].close)
            asking[name] = pool.submit(ask, case, servers[name].place)
        yield {
            name: Outcome(said=ended.result(timeout=20), asked=servers[name].asked)
            for name, ended in asking.items()
        }


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_taken(outcomes: dict[str, Outcome], name: str) -> None:
    """By this release, and 2xx or, without a health path of the app's own, below 500."""
    assert outcomes[name].said == ""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_told(outcomes: dict[str, Outcome], name: str) -> None:
    """What came instead, or why nothing came, and how long it was asked for."""
    assert outcomes[name].said == WRONG[name].says


def test_a_question_by_http_is_the_app_s(outcomes: dict[str, Outcome]) -> None:
    """Its path with the query, its host name; once it is answered, no more."""
    (asked,) = outcomes["right"].asked
    head = asked.decode().split("\r\n")
    assert head[0] == "GET /healthz?full=1 HTTP/1.1"
    assert "Host: shop.example" in head


def test_a_question_by_uwsgi_is_the_same(outcomes: dict[str, Outcome]) -> None:
    """In the web server's own variables."""
    (packet,) = outcomes["right by uwsgi"].asked
    body, words = packet[4:], []
    while body:
        size = int.from_bytes(body[:2], "little")
        words.append(body[2 : 2 + size].decode())
        body = body[2 + size :]
    variables = dict(zip(words[::2], words[1::2], strict=True))
    assert packet[0] == packet[3] == 0
    wanted = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/healthz?full=1",
        "PATH_INFO": "/healthz",
        "QUERY_STRING": "full=1",
        "HTTP_HOST": "shop.example",
    }
    assert wanted.items() <= variables.items()


def test_a_wrong_answer_is_asked_for_again(outcomes: dict[str, Outcome]) -> None:
    """An app may need a while; a right answer ends it at once."""
    assert len(outcomes["500"].asked) > 2
    assert len(outcomes["right in the end"].asked) == 4


def test_between_two_questions_is_a_pause(outcomes: dict[str, Outcome]) -> None:
    """As long as was asked for: a platform's log is not to be full of questions."""
    assert 1 <= len(outcomes["500 asked gently"].asked) <= 2


def test_a_right_answer_is_silence(running: dict[str, Future[Ended]]) -> None:
    """And exit code 0."""
    assert running["right"].result() == (0, "", "")


def test_a_wrong_answer_is_a_line_and_the_remedy(running: dict[str, Future[Ended]]) -> None:
    """And exit code 1, which makes the step red."""
    assert running["wrong"].result() == (1, "GET / answered 500 (after 1 seconds)\n  look there\n", "")


@pytest.mark.parametrize("how", ["restarted", "failed"])
def test_an_app_that_has_ended_is_not_waited_for(running: dict[str, Future[Ended]], how: str) -> None:
    """Systemd knows: the log of the first failure is the one to show, long before the minute is over."""
    assert running[how].result() == (1, "the app ended while it was starting\n", "")


def test_an_app_that_goes_on_is_asked_again(running: dict[str, Future[Ended]]) -> None:
    """Until the time is over; without a remedy there is one line."""
    assert running["goes on"].result() == (1, "GET / answered 500 (after 1 seconds)\n", "")
