"""CloudWatch Logs, played by a small server, with the log of an environment."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from components.beanstalk import log
from unit import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

NAME: Final = "bookstore-ab12cd34"
APP, ENGINE = (f"/aws/elasticbeanstalk/{NAME}/var/log/{file}" for file in log.FILES)
NEW, OLD = "i-0123456789abcdef0", "i-0fedcba9876543210"
CRASH: Final = ["Gr\u00fc\u00dfe", "web[7]: Traceback:", "web[7]: ModuleNotFoundError: No module named 'x'"]
VARIABLES: Final = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"),
    *("AWS_DEFAULT_REGION", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"),
)
KEYS: Final = {
    "aws:region": "eu-central-1",
    "aws:accessKey": "AKIAOFTHESTACK",
    "aws:secretKey": "c4n4ry",
    "aws:token": "t0k3n-c4n4ry",
}

Streams = dict[str, dict[str, list[str]]]  # group to stream to its entries' texts


class Cloud(HTTPServer):
    """Has streams, and answers in pages of one entry; `asked` are headers and body of each request."""

    def __init__(self, streams: Streams, answer: tuple[int, bytes] | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.streams, self.answer = streams, answer
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.before_each: Callable[[], object] = lambda: None


class Handler(BaseHTTPRequestHandler):
    """Answers FilterLogEvents as CloudWatch Logs does, or worse."""

    server: Cloud

    def do_POST(self) -> None:
        """Answer."""
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((dict(self.headers), wanted))
        self.server.before_each()
        status, body = self.server.answer or self._found(wanted)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _found(self, wanted: dict[str, Any]) -> tuple[int, bytes]:
        group = self.server.streams.get(wanted["logGroupName"])
        names = wanted.get("logStreamNames") or list(group or ())
        if group is None or set(names) - set(group):
            return refusal("ResourceNotFoundException")
        entries = [{"timestamp": 5, "message": text} for name in names for text in group[name]]
        first = int(wanted.get("nextToken", 0))
        more = {"nextToken": str(first + 1)} if first < len(entries) else {}  # so the last page is empty
        return 200, json.dumps({"events": entries[first : first + 1], **more}).encode()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def refusal(code: str) -> tuple[int, bytes]:
    """An answer with an error; as the real one's of a signature do, it repeats what it was asked with."""
    return 400, json.dumps({"__type": code, "message": "x-amz-security-token:t0k3n-c4n4ry"}).encode()


def empty_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let there be no credentials but those of a stack."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@contextmanager
def serving(streams: Streams | None = None, answer: tuple[int, bytes] | None = None) -> Iterator[Cloud]:
    """A server that boto3 asks, as long as it is needed; `answer` are the status and body of all answers."""
    cloud = Cloud({APP: {NEW: CRASH}} if streams is None else streams, answer)
    url = f"http://127.0.0.1:{cloud.server_port}"
    with servers.running(cloud), mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": url}):
        yield cloud
