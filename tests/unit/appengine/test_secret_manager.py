"""The secrets of an app on App Engine, read when it starts, against a server that answers as documented."""

import base64
import json
import os
import runpy
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest

from unit import servers

NAME = "projects/p/secrets/bookstore-database-url/versions/3"
ASSET = Path(__file__).parents[3] / "assets/platforms/secret_manager.py"


class Google(BaseHTTPRequestHandler):
    """The metadata server and Secret Manager, which want their headers."""

    def do_GET(self) -> None:
        """Answer one request: 403 without the header that belongs to the address."""
        if self.path == "/token" and self.headers["Metadata-Flavor"] == "Google":
            self._answer(200, {"access_token": "t0ken", "expires_in": 3599})
        elif self.path == f"/{NAME}:access" and self.headers["Authorization"] == "Bearer t0ken":
            self._answer(200, {"payload": {"data": base64.b64encode("pass\nwörd".encode()).decode()}})
        else:
            self._answer(403, {"error": {"code": 403}})

    def _answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def google() -> Iterator[str]:
    """Serve both; the address."""
    with servers.running(HTTPServer(("127.0.0.1", 0), Google)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def _load(address: str, names: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEPLOY_SECRETS", json.dumps(names))
    load = runpy.run_path(str(ASSET))["load"]
    load.__globals__.update(METADATA=f"{address}/token", API=address)
    load()


def test_a_secret_becomes_a_variable(google: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte: new lines and other letters than ASCII too."""
    monkeypatch.setenv("DATABASE_URL", "before")
    _load(google, {"DATABASE_URL": NAME}, monkeypatch)
    assert os.environ["DATABASE_URL"] == "pass\nwörd"


def test_a_secret_that_may_not_be_read_ends_the_start(google: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app without its secrets might write to a database of its own."""
    with pytest.raises(HTTPError, match="403"):
        _load(google, {"DATABASE_URL": "projects/p/secrets/other/versions/1"}, monkeypatch)


def test_without_secrets_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the account needs no right to read any, and there may be no variable."""
    _load("http://127.0.0.1:9", {}, monkeypatch)
    monkeypatch.delenv("FLASK_DEPLOY_SECRETS")
    runpy.run_path(str(ASSET))["load"]()
