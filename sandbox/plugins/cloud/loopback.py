"""An API over HTTP on this computer's loopback: for what a program asks of a cloud beside the provider."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler


def serve(handler: type[BaseHTTPRequestHandler], port: int = 0) -> str:
    """Serve in the background while this process runs; the address. OSError when the port is taken."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def port(url: str) -> int | None:
    """The port of an address on this computer's loopback; None for any other address."""
    parts = urlsplit(url)
    return parts.port if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} else None
