"""Which ports are listened on, and whose connection one is, read from /proc."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTEN: Final = "0A"  # Linux, include/net/tcp_states.h


def listens(port: int) -> bool:
    """Whether something listens on a port: to ask it would be a request to the app."""
    return any(local == port and state == _LISTEN for local, _, state, _ in _sockets())


def free_port() -> int:
    """A port for an instance."""
    taken = {local for local, *_ in _sockets()}
    return random.choice([port for port in range(20000, 30000) if port not in taken])  # noqa: S311


def owner(local: int, remote: int) -> int | None:
    """The user whose process has the connection from this local to this remote port."""
    return next((user for here, there, _, user in _sockets() if (here, there) == (local, remote)), None)


def _sockets() -> Iterator[tuple[int, int, str, int]]:
    """Local port, remote port, state and user of every TCP socket."""
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, remote, state, _, _, _, user, *_ = line.split()
            yield int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16), state, int(user)
