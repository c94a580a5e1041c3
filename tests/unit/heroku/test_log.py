"""An app's log at Heroku, asked of a small server here; a log that can't be had is no failure of its own."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from components.heroku import log, reasons
from components.platforms import last_words
from components.targets import heroku
from unit import hooks, recorder, servers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = [
    "one",
    "Gr\u00fc\u00dfe",
    "app[web.1]: KeyError: 'SECRET_KEY'",
    "State changed from starting to crashed",
]


class Heroku(HTTPServer):
    """Opens log sessions, and serves the log; `asked` are method, path, headers and body of each request."""

    def __init__(self, answer: bytes | None, session: str | None, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.session = json.dumps({"logplex_url": f"{self.url}/log?srv=1"}) if session is None else session
        self.answer, self.status = answer, status


class Handler(BaseHTTPRequestHandler):
    """Answers as Heroku does, or worse."""

    server: Heroku

    def do_POST(self) -> None:
        """Open a session."""
        self._note(self.rfile.read(int(self.headers["Content-Length"])))
        self._say(self.server.status, self.server.session.encode())

    def do_GET(self) -> None:
        """Serve the log; without an answer, something that is no HTTP."""
        self._note(b"")
        if self.server.answer is None:
            self.wfile.write(b"garbage\r\n\r\n")
        else:
            self._say(200, self.server.answer)

    def _note(self, body: bytes) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers), body))

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(
    answer: bytes | None = "\n".join(LINES).encode(), session: str | None = None, status: int = 201
) -> Iterator[Heroku]:
    """A server, as long as it is needed."""
    with servers.running(Heroku(answer, session, status)) as server:
        yield server


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, and no others."""
    for name in ("HEROKU_API_KEY", "HEROKU_API_URL", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def recent(server: Heroku, **config: str) -> list[str]:
    """The log as a stack with a configuration gets it."""
    given = {"heroku:url": server.url, **{f"heroku:{key}": value for key, value in config.items()}}
    return recorder.as_stack("dev", lambda: log.recent("bookstore-ab12"), config=given)


def key_of(server: Heroku) -> str:
    """The key that the session was asked for with."""
    return server.asked[0][2]["Authorization"].removeprefix("Bearer ")


def test_the_last_lines_are_asked_for() -> None:
    """By a session of the app's, then at the address that it names."""
    with serving() as server:
        assert recent(server, apiKey="k3y") == LINES
    (verb, path, headers, body), (second, place, more, _) = server.asked
    assert (verb, path, second, place) == ("POST", "/apps/bookstore-ab12/log-sessions", "GET", "/log?srv=1")
    assert json.loads(body) == {"lines": 1500, "tail": False}
    assert headers["Accept"] == "application/vnd.heroku+json; version=3"
    assert "Authorization" not in more


def test_the_key_is_the_stack_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the provider takes it: the stack's before the environment's."""
    monkeypatch.setenv("HEROKU_API_KEY", "of the environment")
    with serving() as server:
        recent(server, apiKey="of the stack")
    assert key_of(server) == "of the stack"


def test_the_key_may_be_the_environment_s(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before that of ~/.netrc; so may the address."""
    (home / ".netrc").write_text("machine api.heroku.com login me password of-netrc\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HEROKU_API_KEY", "of the environment")
    with serving() as server:
        monkeypatch.setenv("HEROKU_API_URL", server.url)
        recorder.as_stack("dev", lambda: log.recent("bookstore"))
    assert key_of(server) == "of the environment"


def test_the_key_may_be_the_command_line_s(home: Path) -> None:
    """`heroku login` leaves it there."""
    netrc = home / ".netrc"
    netrc.write_text("machine other password no\nmachine api.heroku.com\n  login me\n  password of-netrc\n")
    netrc.chmod(0o600)
    with serving() as server:
        recent(server)
    assert key_of(server) == "of-netrc"


@pytest.mark.parametrize(
    ("netrc", "says"),
    [
        (None, "No such file"),
        ("machine other password no\n", "there is no API key"),
        ("mach", "~/.netrc can't be"),
    ],
    ids=["none", "of another", "broken"],
)
def test_without_a_key_that_is_said(home: Path, netrc: str | None, says: str) -> None:
    """Nobody is asked then."""
    if netrc is not None:
        (home / ".netrc").write_text(netrc)
        (home / ".netrc").chmod(0o600)
    with serving() as server, pytest.raises((OSError, ValueError), match=says):
        recent(server)
    assert server.asked == []


FAULTS: dict[str, dict[str, Any]] = {
    "not allowed": {"status": 401, "session": '{"id": "unauthorized"}'},
    "no app": {"status": 404, "session": '{"id": "not_found"}'},
    "no JSON": {"session": "<html>"},
    "no address": {"session": "{}"},
    "no object": {"session": "[]"},
    "a strange address": {"session": '{"logplex_url": "nowhere"}'},
    "nobody there": {"session": '{"logplex_url": "http://127.0.0.1:1/"}'},
    "no HTTP": {"answer": None},
}


def shown(server: Heroku, url: str = "") -> tuple[list[bool], list[tuple[str, str]]]:
    """What the hook of the probe answers and says."""
    config = {"heroku:url": url or server.url, "heroku:apiKey": "c4n4ry"}
    return hooks.asked(
        lambda: last_words.hook("log", "bookstore-ab12", heroku._last_words, reasons.of_log),
        ["it failed"],
        config=config,
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_log_that_can_t_be_had_is_a_warning(fault: str) -> None:
    """Not a failure instead of the one that it was to explain; the key stands in no message."""
    with serving(**FAULTS[fault]) as server:
        answers, said = shown(server)
    ((severity, text),) = said
    assert (answers, severity) == ([False], "warning")
    assert text.startswith("the log of bookstore-ab12 can't be had: ")
    assert "c4n4ry" not in text


def test_an_address_of_no_server_is_a_warning_too() -> None:
    """As with a slip in the configuration."""
    with serving() as server:
        answers, said = shown(server, "nowhere")
    assert answers == [False]
    assert [severity for severity, _ in said] == ["warning"]


def test_the_log_and_its_reason_are_shown() -> None:
    """The app's own lines first, then what they mean; nothing is tried again."""
    with serving() as server:
        answers, said = shown(server)
    assert answers == [False]
    told = (
        "the app ended while it was starting, or soon after: KeyError: 'SECRET_KEY'; "
        "if that is an environment variable, set it in app.environment or secrets"
    )
    assert said == [
        ("error", "\n".join(["the app's log:", *(f"  | {line}" for line in LINES)])),
        ("error", f"bookstore-ab12: {told}"),
    ]


def test_of_a_long_log_the_end_is_shown() -> None:
    """Of the lines that tell something."""
    lines = [f"app[web.1]: {number}" for number in range(100)]
    with serving("\n".join([*lines, *(["heroku[router]: at=info x"] * 50)]).encode()) as server:
        _, said = shown(server)
    assert said[0][1].splitlines()[1:] == [f"  | {line}" for line in lines[-last_words.LINES :]]


def test_a_log_that_tells_nothing_is_not_shown() -> None:
    """An empty frame would look like a fault."""
    with serving(b"heroku[router]: at=info x\n") as server:
        assert shown(server) == ([False], [])
