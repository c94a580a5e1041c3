"""Google's front end for one app: takes requests on the machine's ports 80 and 443, and hands them on.

A request whose host is the machine's own address is answered as the default service's https address is:
for people and programs that know neither the name nor the sandbox's authority.
"""

from __future__ import annotations

import http.client
import json
import uuid
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.gcp.guest import cloud_logging, handlers, servers
from sandbox.plugins.gcp.guest.routing import Asker, route
from sandbox.plugins.gcp.guest.servers import SecureHandler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.plugins.gcp.guest.document import Document, Source, Version
    from sandbox.plugins.gcp.guest.handlers import Decision
    from sandbox.plugins.gcp.guest.instances import Pool

REQUEST_SECONDS: Final = 600  # with automatic scaling
LIMIT: Final = 32 << 20  # bytes of a request, and of an answer
_HOP: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "trailer", "transfer-encoding", "upgrade"),
        "te",  # codespell:ignore
    }
)
_WORDS: Final = {
    404: "The requested URL was not found on this server.",
    405: "The request method is inappropriate for the URL.",
    413: "Your client issued a request that was too large.",
    500: "The server encountered an error and could not complete your request.",
    502: "The server encountered a temporary error and could not complete your request.",
}


class Handler(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    source: ClassVar[Source]
    pool: ClassVar[Pool]
    address: ClassVar[str]
    secure: ClassVar[bool]

    def answer(self) -> None:
        """Answer one request."""
        body = self._body()
        document = self.source.now()
        host = self.headers.get("Host", "")
        if host == cloud_logging.HOST and self.secure:
            self._api(document, body or b"")
            return
        scheme = "https" if self.secure else "http"
        if host.partition(":")[0] == self.address:
            host, scheme = document.hostname, "https"
        asker = Asker(address=self.client_address[0], cookies=self.headers.get("Cookie", ""))
        found = route(document, host, asker)
        version = found.version
        if body is None or version is None:
            self._refuse(404 if version is None else 413)
            return
        decision = handlers.decide(version.handlers, version.build, self.path.partition("?")[0], scheme)
        if decision.kind == "app":
            self._proxy(version, body, host=host, scheme=scheme, cookie=found.cookie)
        elif decision.kind == "redirect":
            place = f"{decision.scheme}://{host.partition(':')[0]}{self.path}"
            self._send(decision.code, [("Location", place), ("Content-Type", "text/html")], b"")
        else:
            self._file(decision)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def _api(self, document: Document, body: bytes) -> None:
        status, told = cloud_logging.answer(document, self.headers.get("Authorization", ""), self.path, body)
        self._send(status, [("Content-Type", "application/json; charset=UTF-8")], json.dumps(told).encode())

    def _file(self, decision: Decision) -> None:
        if decision.file is None:
            self._refuse(404)
        elif self.command not in {"GET", "HEAD"}:
            self._refuse(405)
        elif self.headers.get("If-None-Match") == decision.file.headers["ETag"]:
            self._send(304, decision.file.headers.items(), b"")
        else:
            self._send(200, decision.file.headers.items(), decision.file.path.read_bytes())

    def _proxy(self, version: Version, body: bytes, *, host: str, scheme: str, cookie: str) -> None:
        instance = self.pool.take(version)
        if instance is None:
            self._refuse(500)
            return
        connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=REQUEST_SECONDS)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._forwarded(host, scheme, len(body)):
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._refuse(502)
            return
        finally:
            connection.close()
        kept = [(name, value) for name, value in response.getheaders() if name.lower() not in _DROPPED]
        if cookie:
            kept.append(("Set-Cookie", cookie))
        if len(content) > LIMIT:
            self._refuse(500)
        else:
            length = response.getheader("Content-Length") if self.command == "HEAD" else None
            self._send(response.status, kept, content, length=length)

    def _forwarded(self, host: str, scheme: str, length: int) -> Iterable[tuple[str, str]]:
        """The client's headers without those that only Google sets, and these."""
        for name, value in self.headers.items():
            if name.lower() not in _OWN and not name.lower().startswith(("x-appengine-", "x-google-")):
                yield name, value
        trace = uuid.uuid4().hex
        yield "Host", host
        yield "X-Forwarded-For", ", ".join([*self.headers.get_all("X-Forwarded-For", []), self._client()])
        yield "X-Forwarded-Proto", scheme
        yield "X-Appengine-Https", "on" if scheme == "https" else "off"
        yield "X-Appengine-User-Ip", self._client()
        yield "X-Appengine-Request-Log-Id", trace
        yield "X-Cloud-Trace-Context", f"{trace}/1"
        if length or self.command in {"POST", "PUT", "PATCH"}:
            yield "Content-Length", str(length)

    def _client(self) -> str:
        return str(self.client_address[0])

    def _body(self) -> bytes | None:
        """The whole request, as the front end waits for it; None when it is too large."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            pieces = b""
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                pieces += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                continue
            return pieces if len(pieces) <= LIMIT else None
        length = int(self.headers.get("Content-Length") or 0)
        if length > LIMIT:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _refuse(self, status: int) -> None:
        words = http.client.responses[status]
        page = f"<html><head><title>{status} {words}</title></head><body><h1>Error: {words}</h1>"
        page += f"<h2>{_WORDS[status]}</h2></body></html>\n"
        self._send(status, [("Content-Type", "text/html; charset=UTF-8")], page.encode())

    def _send(
        self, status: int, headers: Iterable[tuple[str, str]], body: bytes, *, length: str | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.send_header("Server", "Google Frontend")
        if status not in {204, 304}:
            self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in {204, 304}:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: nobody reads it."""


_DROPPED: Final = _HOP | {"content-length", "date", "server"}
_OWN: Final = _HOP | {
    "content-length",
    "host",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-cloud-trace-context",
}


def serve(source: Source, pool: Pool, address: str) -> None:
    """Answer on the address's ports 80 and 443 in the background."""
    shared = {"source": source, "pool": pool, "address": address}
    servers.start((address, 80), type("Plain", (Handler,), {**shared, "secure": False}))
    secure = type("Secure", (SecureHandler, Handler), {**shared, "secure": True})
    servers.start((address, 443), secure, "front")
