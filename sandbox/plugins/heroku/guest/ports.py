"""Which ports are listened on, read from /proc: asking a port would be a request to the app."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

_LISTEN: Final = "0A"  # Linux, include/net/tcp_states.h
_LOOPBACK: Final = ("0100007F", "00000000000000000000000001000000")


def listens(port: int) -> bool:
    """Whether something listens on a port where a router can reach it: not on the loopback alone."""
    return any(found == port and address not in _LOOPBACK for address, found in _listening())


def free_port() -> int:
    """A port for a dyno, as Heroku chooses them: at random."""
    taken = {port for _, port in _listening()}
    return random.choice([port for port in range(3000, 30000) if port not in taken])  # noqa: S311


def _listening() -> list[tuple[str, int]]:
    """Address, as the kernel writes it, and port of every listening socket."""
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, port = local.partition(":")
            if state == _LISTEN:
                found.append((address, int(port, 16)))
    return found
