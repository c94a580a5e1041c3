"""Everything that answers in an app's machine: `python3 -m …guest.platform ADDRESS`, as a service."""

from __future__ import annotations

import os
import socket
import sys

from sandbox.plugins.gcp.guest import front_end, identity, secret_manager
from sandbox.plugins.gcp.guest.document import Source
from sandbox.plugins.gcp.guest.instances import Pool, stop_all


def main(address: str) -> None:
    """Serve until it is killed."""
    stop_all()
    source, tokens = Source(), identity.Tokens()
    pool = Pool(source)
    identity.serve(source, tokens)
    secret_manager.serve(source, tokens)
    front_end.serve(source, pool, address)
    _tell_systemd()
    pool.watch()


def _tell_systemd() -> None:
    """Say that everything answers: sd_notify(3)."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.sendto(b"READY=1", path.replace("@", "\0", 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
