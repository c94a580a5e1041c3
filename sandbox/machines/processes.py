"""Which processes a machine consists of. A pid alone names nobody: the start time tells."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


def started_at(pid: int) -> int:
    """When `pid` started, in clock ticks since boot; 0 if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] in "ZX" else int(fields[19])  # proc(5): field 22, counted from 3


@dataclass(frozen=True, kw_only=True)
class Supervisor:
    """The process that runs one machine, and the control groups that hold the guest."""

    pid: int
    started: int
    groups: tuple[Path, ...]

    @classmethod
    def read(cls, record: Path) -> "Supervisor | None":
        """What the record says, or None when there is none that is whole."""
        try:
            value = json.loads(record.read_text())
            return cls(
                pid=value["pid"],
                started=value["started"],
                groups=tuple(Path(group) for group in value["groups"]),
            )
        except (OSError, ValueError, KeyError):
            return None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return self.started != 0 and started_at(self.pid) == self.started

    def leader(self) -> int | None:
        """The guest's PID 1 as this host numbers it, or None while there is none."""
        if not self.alive:
            return None
        for nspawn in _children(self.pid):
            for pid in _children(nspawn):
                with suppress(OSError, StopIteration):
                    status = Path(f"/proc/{pid}/status").read_text().splitlines()
                    inside = next(line for line in status if line.startswith("NSpid:"))
                    if inside.split()[-1] == "1":
                        return pid
        return None


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def has_booted(leader: int | None) -> bool:
    """Whether the guest's own init runs: nspawn starts it when all is set up, the network too."""
    if leader is None:
        return False
    try:
        return Path(f"/proc/{leader}/exe").readlink().name != "systemd-nspawn"
    except OSError:
        return False


def takes_logins(leader: int, address: str) -> bool:
    """Whether the guest has its address, listens for SSH, and has ended "booting up".

    Read from /proc: a connection that never logs in costs a penalty with OpenSSH 9.8 and later.
    """
    proc = Path(f"/proc/{leader}")
    try:
        listening = any(
            fields[1].endswith(":0016") and fields[3] == "0A"
            for table in ("tcp", "tcp6")
            for fields in map(str.split, (proc / "net" / table).read_text().splitlines())
        )
        addressed = address in (proc / "net" / "fib_trie").read_text().split()
        return listening and addressed and not (proc / "root/run/nologin").exists()
    except OSError:
        return False
