"""The Platform API over HTTP, for clients that are not the provider: what asks for a log, the real plugin."""

from __future__ import annotations

import base64
import binascii
import json
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sandbox.plugins.cloud import loopback
from sandbox.plugins.heroku.api import credentials
from sandbox.plugins.heroku.api.dispatch import LostError, dispatch, open_to_all
from sandbox.plugins.heroku.api.platform import ApiError
from sandbox.plugins.heroku.api.routes import Request

if TYPE_CHECKING:
    from sandbox.plugins.heroku.api.platform import Platform

_STATUS: Final = {
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "rate_limit": 429,
    "internal_server_error": 500,
}


def serve(platform: Platform, port: int = 0) -> str:
    """Serve in the background on this computer's loopback; the address. OSError when the port is taken."""

    class Handler(_Handler):
        api = platform

    return loopback.serve(Handler, port)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Platform

    def do_GET(self) -> None:
        """Answer."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        try:
            status, answer = 200, self._answer(path, raw)
        except ApiError as problem:
            status = _STATUS.get(problem.identity, 422)
            answer = {"id": problem.identity, "message": str(problem)}
        except LostError:
            self.close_connection = True
            return
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        """Answer."""
        self.do_GET()

    def do_PATCH(self) -> None:
        """Answer."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Answer."""
        self.do_GET()

    def do_DELETE(self) -> None:
        """Answer."""
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, path: str, raw: bytes) -> Any:
        blob = path.startswith("/blobs/")
        if not open_to_all(path):
            credentials.check(self.api.account, self._key())
        request = Request(
            method=self.command,
            path=path,
            body=json.loads(raw) if raw.strip() and not blob else {},
            raw=raw if blob else b"",
            base=f"http://{self.headers['Host']}",
        )
        return dispatch(self.api, request)

    def _key(self) -> str:
        """The key: a bearer token, or the password of basic authentication."""
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer":
            return str(value)
        try:
            return base64.b64decode(value).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
