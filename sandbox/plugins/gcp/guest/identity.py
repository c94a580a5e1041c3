"""Who an instance is to Google's APIs: the metadata server's tokens.

https://cloud.google.com/appengine/docs/standard/services/metadata-server
"""

from __future__ import annotations

import json
import secrets
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.gcp.guest import places, servers
from sandbox.plugins.gcp.guest.ports import owner

if TYPE_CHECKING:
    from sandbox.plugins.gcp.guest.document import Source, Version

_FLAVOUR: Final = "Metadata-Flavor"
_ROOT: Final = "/computeMetadata/v1"
_ACCOUNT: Final = f"{_ROOT}/instance/service-accounts/default"
_SECONDS: Final = 3599
_PORT: Final = 80


class Tokens:
    """The access tokens that were given, each with its service account."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def give(self, account: str) -> str:
        """Another one."""
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self._of[token] = account
        return token

    def account(self, header: str) -> str:
        """Whose token an Authorization header has; empty for nobody's."""
        return self._of.get(header.removeprefix("Bearer "), "")


class Handler(BaseHTTPRequestHandler):
    """One question of an instance. Which one asks is seen by the user of its socket."""

    protocol_version = "HTTP/1.1"
    source: ClassVar[Source]
    tokens: ClassVar[Tokens]

    def do_GET(self) -> None:
        """Answer it."""
        if self.headers.get(_FLAVOUR) != "Google":
            self._answer(403, f"Missing {_FLAVOUR}:Google header.")
            return
        version = self._asker()
        document = self.source.now()
        path = self.path.partition("?")[0].rstrip("/")
        about = {f"{_ROOT}/project/project-id": document.project}
        if version is not None:
            about[f"{_ACCOUNT}/email"] = version.account
            if path == f"{_ACCOUNT}/token" and version.account in document.accounts:
                token = {"access_token": self.tokens.give(version.account), "token_type": "Bearer"}
                about[path] = json.dumps({**token, "expires_in": _SECONDS})
        self._answer(200 if path in about else 404, about.get(path, "Not Found"))

    def _asker(self) -> Version | None:
        user = owner(self.client_address[1], _PORT)
        return next((version for version in self.source.now().versions if version.user == user), None)

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        kind = "application/json" if text.startswith("{") else "text/plain"
        for name, value in {_FLAVOUR: "Google", "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serve(source: Source, tokens: Tokens) -> None:
    """Answer on the metadata server's address in the background."""
    handler = type("Metadata", (Handler,), {"source": source, "tokens": tokens})
    servers.start((places.METADATA, _PORT), handler)
