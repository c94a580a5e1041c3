"""Servers that answer in the background, each connection in a thread of its own, some with TLS."""

from __future__ import annotations

import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.plugins.gcp.guest import places


class SecureHandler(BaseHTTPRequestHandler):
    """A connection with TLS."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        """Shake hands here, so that a client that does not can hold up nobody else."""
        self.request.settimeout(self.timeout)
        self.request.do_handshake()
        super().setup()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or did not like the certificate, is nobody's fault."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def start(place: tuple[str, int], handler: type[BaseHTTPRequestHandler], certificate: str = "") -> None:
    """Serve at an address and port; `certificate` is one of places.TLS, for handlers with TLS."""
    server = _Server(place, handler)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(places.TLS / f"{certificate}.pem", places.TLS / f"{certificate}.key")
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
