"""Run one machine: start systemd-nspawn, and start it again when its guest reboots.

`python -m sandbox.machines.supervisor RECORD NAME own|delegated COMMAND…`: a process of its own,
or a unit of the host's systemd, which delegates control groups to it. The record names this
process for as long as the machine is switched on.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from sandbox.machines import cgroups
from sandbox.machines.processes import started_at

# With --keep-unit, nspawn leaves the restart to its caller and says so with this status:
# systemd-nspawn@.service has RestartForceExitStatus=133.
REBOOT = 133


def main(arguments: list[str]) -> int:
    """Run the machine until it is switched off; returns nspawn's exit status."""
    record, name, kind, command = Path(arguments[0]), *arguments[1:3], arguments[3:]
    lock = os.open(record.with_suffix(".on"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{name} is on already")
        return 1
    groups = cgroups.make_delegated() if kind == "delegated" else cgroups.make(name)
    pid = os.getpid()
    text = json.dumps({"pid": pid, "started": started_at(pid), "groups": [str(group) for group in groups]})
    fresh = record.with_suffix(".new")
    fresh.write_text(text)
    fresh.rename(record)
    try:
        return _run(command, groups)
    finally:
        cgroups.empty(groups)
        record.unlink(missing_ok=True)


def _run(command: list[str], groups: list[Path]) -> int:
    """Run nspawn again and again while its guest asks for it."""
    stopping = False
    child: subprocess.Popen[bytes] | None = None

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        if child is not None and child.poll() is None:
            child.terminate()  # nspawn passes it on as the orderly shutdown that systemd knows

    signal.signal(signal.SIGTERM, stop)
    status = REBOOT
    while status == REBOOT and not stopping:
        # nspawn must not outlive its supervisor: nobody would start it again when it ends with a
        # reboot. Its guest may (nspawn sets it no such signal): who finds us dead empties the groups.
        child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: cgroups.join(groups),  # noqa: PLW1509  one thread only
        )
        status = child.wait()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
