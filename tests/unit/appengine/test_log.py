"""A version's log in Cloud Logging, asked of a small server here; one that can't be had is a warning."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Final

import pytest

from components.appengine import log, reasons
from components.platforms import last_words
from unit import hooks, servers
from unit.engine import Engine, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

VERSION: Final = "r3f9c0a71be52-0a1b2c"
CLIENT: Final = {"accessToken": "c4n4ry"}
ERROR: Final = "OSError: [Errno 30] Read-only file system: '/workspace/instance'"


class Google(HTTPServer):
    """Answers with one page after the other; `asked` are path, headers and body of each request."""

    def __init__(self, pages: Sequence[Any], status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Mapping[str, str], dict[str, Any]]] = []
        self.pages, self.status = list(pages), status


class Handler(BaseHTTPRequestHandler):
    """Answers as Google does, or worse: bytes as they are."""

    server: Google

    def do_POST(self) -> None:
        """Give the next page."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        page = self.server.pages.pop(0)
        if page is None:
            self.wfile.write(b"garbage\r\n\r\n")
            return
        content = page if isinstance(page, bytes) else json.dumps(page).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(*pages: Any, status: int = 200) -> Iterator[Google]:
    """A server, as long as it is needed."""
    with servers.running(Google(pages, status)) as server:
        yield server


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would be asked for a server here."""
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


def entries(*texts: str, page: str = "") -> dict[str, Any]:
    """A page of the log, the newest entry first."""
    found: dict[str, Any] = {"entries": [{"textPayload": text} for text in texts]}
    return {**found, "nextPageToken": page} if page else found


def shown(server: Google, client: Any = None, url: str = "") -> list[tuple[str, str]]:
    """What the hook of a probe says; nothing is tried again."""

    async def read(whose: str) -> list[str]:
        return await log.recent("my-project", whose)

    answers, said = hooks.asked(
        lambda: last_words.hook("log", VERSION, read, reasons.of_log),
        ["it failed"],
        config={"gcp:loggingCustomEndpoint": url or f"http://127.0.0.1:{server.server_port}/v2/"},
        engine=Engine({"getClientConfig": client or CLIENT}),
    )
    assert answers == [False]
    return said


def test_the_log_and_its_reason_are_shown() -> None:
    """The version's own lines, the oldest first, then what they mean."""
    with serving(entries(f"Traceback\n{ERROR}", "Starting gunicorn")) as server:
        said = shown(server)
    assert said[0] == ("error", f"the app's log:\n  | Starting gunicorn\n  | Traceback\n  | {ERROR}")
    assert said[1][1].startswith(f"{VERSION}: the app writes beside its code, and only /tmp can be written")
    assert len(said) == 2


def test_what_is_asked_for() -> None:
    """What this version has said lately, in the project's name and by the provider's credentials."""
    with serving({}) as server:
        assert shown(server) == []
    ((path, headers, body),) = server.asked
    assert path == "/v2/entries:list"
    assert (headers["Authorization"], headers["X-Goog-User-Project"]) == ("Bearer c4n4ry", "my-project")
    assert (body["resourceNames"], body["orderBy"]) == (["projects/my-project"], "timestamp desc")
    assert f'resource.labels.version_id="{VERSION}"' in body["filter"]


def test_the_search_is_one_line_of_google_s_language() -> None:
    """https://cloud.google.com/logging/docs/view/logging-query-language."""
    assert log.search(VERSION, datetime(2026, 11, 26, 18, 5, 9, tzinfo=UTC)) == (
        'resource.type="gae_app" AND resource.labels.module_id="default" '
        f'AND resource.labels.version_id="{VERSION}" AND textPayload:* AND timestamp>="2026-11-26T18:05:09Z"'
    )


def test_an_empty_page_is_not_the_end() -> None:
    """Google has searched for a while then, and goes on when it is asked again."""
    with serving({"nextPageToken": "on"}, entries("second", page="more"), entries("first")) as server:
        ((_, text), *_) = shown(server)
    assert text.splitlines()[1:] == ["  | first", "  | second"]
    assert [body.get("pageToken") for _, _, body in server.asked] == [None, "on", "more"]


def test_the_search_ends() -> None:
    """Whatever Google says of more."""
    with serving(*([{"nextPageToken": "on"}] * (log.PAGES + 1))) as server:
        assert shown(server) == []
    assert len(server.asked) == log.PAGES


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (entries(), 403),
        (b"<html>", 200),
        ([], 200),
        ({"entries": [{"jsonPayload": {}}]}, 200),
        ({"entries": [1]}, 200),
        (None, 200),
    ],
    ids=["not allowed", "no JSON", "no object", "no text", "no entry", "no HTTP"],
)
def test_a_log_that_can_t_be_had_is_a_warning(page: Any, status: int) -> None:
    """Not a failure instead of the one that it was to explain; no message has the token."""
    with serving(page, status=status) as server:
        ((severity, text),) = shown(server)
    assert severity == "warning"
    assert text.startswith(f"the log of {VERSION} can't be had: ")
    assert "c4n4ry" not in text


@pytest.mark.parametrize("url", ["nowhere", "http://127.0.0.1:1/"])
def test_an_address_of_no_server_is_a_warning_too(url: str) -> None:
    """As with a slip in the configuration."""
    with serving() as server:
        ((severity, _),) = shown(server, url=url)
    assert severity == "warning"


def test_credentials_that_are_not_accepted_are_a_warning() -> None:
    """In the provider's words; Cloud Logging is not asked."""
    with serving() as server:
        ((severity, text),) = shown(server, Refusal("invalid_grant"))
    assert (severity, server.asked) == ("warning", [])
    assert "invalid_grant" in text
