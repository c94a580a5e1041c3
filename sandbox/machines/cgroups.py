"""A machine's own control groups: no other machine's systemd manages the same one.

`systemd-nspawn --keep-unit` puts its guest into `payload` below the group that it was started
in. Two guests started in one group would share it, and one's systemd would stop the other's
services.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PARENT = "flask-deploy"


def _mounts() -> list[tuple[str, Path]]:
    """File system type and mount point of every hierarchy; version 2 first, where it is there."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind = after.split()[0]
        if kind in {"cgroup", "cgroup2"}:
            found.append((kind, Path(before.split()[4])))
    return sorted(found, reverse=True)


def make(name: str) -> list[Path]:
    """Make the groups of machine `name` where nobody manages groups: no systemd on this host."""
    made = []
    for _, mount in _mounts():
        path = mount / _PARENT / name
        with suppress(OSError):  # a hierarchy that is mounted read-only is not used by a guest
            path.mkdir(parents=True, exist_ok=True)
            made.append(path)
    return made


def make_delegated() -> list[Path]:
    """Make a group for the guest inside this process's unit (`Delegate=yes`), and step aside.

    A group of version 2 that holds processes can't hand controllers to groups below it.
    """
    own = next(
        line.partition("::")[2]
        for line in Path("/proc/self/cgroup").read_text().splitlines()
        if line.startswith("0::")
    )
    unit = next(mount for kind, mount in _mounts() if kind == "cgroup2") / own.lstrip("/")
    (unit / "watch").mkdir(exist_ok=True)
    (unit / "watch" / "cgroup.procs").write_text(str(os.getpid()))
    (unit / "machine").mkdir(exist_ok=True)
    return [unit / "machine"]


def join(groups: Iterable[Path]) -> None:
    """Move this process into `groups`."""
    for group in groups:
        with suppress(OSError):  # version 1 of cpuset takes nobody before it has processors
            (group / "cgroup.procs").write_text(str(os.getpid()))


def empty(groups: Iterable[Path], *, seconds: float = 10) -> None:
    """Kill whatever still runs in `groups` and remove them."""
    deadline = time.monotonic() + seconds
    for group in groups:
        while (pids := _pids(group)) and time.monotonic() < deadline:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        for path, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()
        with suppress(OSError):  # the last machine takes the common parent along
            if group.parent.name == _PARENT:
                group.parent.rmdir()


def _pids(group: Path) -> list[int]:
    pids: list[int] = []
    for path, _, _ in os.walk(group):
        with suppress(OSError):
            pids += [int(pid) for pid in (Path(path) / "cgroup.procs").read_text().split()]
    return [pid for pid in pids if pid > 0]
