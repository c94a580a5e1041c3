"""The secrets of an app on App Engine, read when it starts, against a server that answers as documented."""

import base64
import json
import os
import runpy
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest

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
    server = HTTPServer(("127.0.0.1", 0), Google)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _load(folder: Path, address: str, names: dict[str, str]) -> None:
    shutil.copy(ASSET, folder)
    (folder / "flask_deploy_secrets.json").write_text(json.dumps(names), encoding="utf-8")
    load = runpy.run_path(str(folder / ASSET.name))["load"]
    load.__globals__.update(METADATA=f"{address}/token", API=address)
    load()


def test_a_secret_becomes_a_variable(tmp_path: Path, google: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte: new lines and other letters than ASCII too."""
    monkeypatch.setenv("DATABASE_URL", "before")
    _load(tmp_path, google, {"DATABASE_URL": NAME})
    assert os.environ["DATABASE_URL"] == "pass\nwörd"


def test_a_secret_that_may_not_be_read_ends_the_start(tmp_path: Path, google: str) -> None:
    """An app without its secrets might write to a database of its own."""
    with pytest.raises(HTTPError, match="403"):
        _load(tmp_path, google, {"DATABASE_URL": "projects/p/secrets/other/versions/1"})


def test_without_secrets_nobody_is_asked(tmp_path: Path) -> None:
    """Then the account needs no right to read any."""
    _load(tmp_path, "http://127.0.0.1:9", {})
