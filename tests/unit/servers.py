"""Small servers that play a cloud, as long as a test needs them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import HTTPServer

Server = TypeVar("Server", bound="HTTPServer")


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Serve in the background until the end of the block, then close it."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
