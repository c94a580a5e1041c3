"""The dyno manager's side of the router: which dyno gets a request, and what the log says of it.

nginx (router.conf) asks before every request, and reports every one. Codes are those of
https://devcenter.heroku.com/articles/error-codes.
"""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.heroku.guest import places

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.heroku.guest.logplex import Log

DESCRIPTIONS: Final = {
    "H10": "App crashed",
    "H12": "Request timeout",
    "H13": "Connection closed without response",
    "H14": "No web processes running",
    "H19": "Backend connection timeout",
    "H20": "App boot timeout",
    "H21": "Backend connection refused",
    "H27": "Client Request Interrupted",
    "H81": "Blank app",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Where a request goes, or why it goes nowhere."""

    dyno: str = ""
    port: int = 0
    code: str = ""
    status: int = 503


class _Lookup(BaseHTTPRequestHandler):
    """One question of nginx: a request for this host, where to?"""

    protocol_version = "HTTP/1.1"
    choose: ClassVar[Callable[[str], Answer]]

    def do_GET(self) -> None:
        """Answer 200 with a dyno, or 403 with the reason."""
        answer = type(self).choose(self.headers.get("X-Host", "").rpartition(":")[0] or self._host())
        self.send_response(200 if answer.port else 403)
        told = {
            "X-Request": self._request_id(),
            "X-Dyno": answer.dyno,
            "X-Dyno-Port": str(answer.port),
            "X-Code": answer.code,
            "X-Desc": DESCRIPTIONS.get(answer.code, ""),
            "X-Status": str(answer.status),
            "Content-Length": "0",
        }
        for name, value in told.items():
            if value:
                self.send_header(name, value)
        self.end_headers()

    def _host(self) -> str:
        return self.headers.get("X-Host", "")

    def _request_id(self) -> str:
        """The client's own id when it is a sensible one: devcenter, http-request-id."""
        given = self.headers.get("X-Request-Id", "")
        sensible = 20 <= len(given) <= 200 and all(c.isalnum() or c in "-_=+/" for c in given)
        return given if sensible and given.isascii() else str(uuid.uuid4())

    def log_message(self, *_: Any) -> None:
        """Say nothing: the access log does."""


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 512


def serve_lookups(choose: Callable[[str], Answer]) -> None:
    """Answer nginx's questions in the background; `choose` may take its time."""
    places.LOOKUP.unlink(missing_ok=True)
    handler = type("Lookup", (_Lookup,), {"choose": staticmethod(choose)})
    server = _Server(str(places.LOOKUP), handler)
    places.LOOKUP.chmod(0o666)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def log_accesses(log: Log) -> None:
    """Copy nginx's reports into the log in the background."""
    places.ACCESS.unlink(missing_ok=True)
    reports = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    reports.bind(str(places.ACCESS))
    places.ACCESS.chmod(0o666)

    def copy() -> None:
        while True:
            text = reports.recv(1 << 16).decode(errors="replace")
            log.write("heroku", "router", describe(json.loads(text[text.index("{") :])))

    threading.Thread(target=copy, daemon=True).start()


def describe(report: dict[str, str]) -> str:
    """A router's line in the log."""
    code = report["code"] or _fault(report)
    start = f'at=error code={code} desc="{DESCRIPTIONS[code]}"' if code else "at=info"
    if code == "H81":
        start = f'at=info code={code} desc="{DESCRIPTIONS[code]}"'
    own_answer = bool(report["code"])
    return (
        f'{start} method={report["method"]} path="{report["path"]}" host={report["host"]} '
        f'request_id={report["request_id"]} fwd="{report["fwd"]}" dyno={report["dyno"]} '
        f"connect={'' if own_answer else _milliseconds(report['connect'])} "
        f"service={'' if own_answer else _milliseconds(report['service'])} "
        f"status={report['status']} bytes={report['bytes']} protocol={report['protocol']}"
    )


def _fault(report: dict[str, str]) -> str:
    """What nginx met at the dyno."""
    connected = report["connect"] not in ("", "-")
    if report["upstream"] == "504":
        return "H12" if connected else "H19"
    if report["upstream"] == "502":
        return "H13" if connected else "H21"
    return "H27" if report["status"] == "499" else ""


def _milliseconds(seconds: str) -> str:
    return "" if seconds in ("", "-") else f"{float(seconds) * 1000:.0f}ms"
