"""Switch machines on and off, and tell which are on."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from sandbox.machines import cgroups, host, paths
from sandbox.machines.errors import MachineError
from sandbox.machines.processes import Supervisor, has_booted, takes_logins
from sandbox.machines.registry import Network
from sandbox.machines.run import succeeds

BOOT_SECONDS: Final = 60.0
POWEROFF_SECONDS: Final = 10.0
# systemd(1), "SIGNALS": what init does on SIGRTMIN plus this
_POWEROFF: Final = signal.SIGRTMIN + 4
_REBOOT: Final = signal.SIGRTMIN + 5
_COLOUR: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\))|\r")


def is_on(name: str) -> bool:
    """Whether the machine is switched on, ready or not."""
    supervisor = Supervisor.read(paths.record(name))
    return supervisor is not None and supervisor.alive


def is_ready(name: str, address: str, *, other_than: int | None = None) -> bool:
    """Whether the machine takes logins; `other_than` is the leader of the boot before."""
    found = leader(name)
    return found not in (None, other_than) and takes_logins(found or 0, address)


def leader(name: str) -> int | None:
    """The machine's PID 1 as this computer numbers it."""
    supervisor = Supervisor.read(paths.record(name))
    return supervisor.leader() if supervisor else None


def start(name: str, folder: Path, network: Network) -> None:
    """Start the machine's supervisor, so that it outlives this process and this login."""
    unit = paths.host_name(name)
    console = folder / "console.log"
    console.unlink(missing_ok=True)
    environment = {
        "PYTHONPATH": str(paths.CHECKOUT),
        # Guests see control groups of version 2 only, as on today's machines, even where this
        # computer has both; systemd 257 (Debian 13) accepts nothing else.
        "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
    }
    own_groups = not host.has_systemd()
    command = [
        *(sys.executable, "-m", "sandbox.machines.supervisor", str(paths.record(name)), unit),
        "own" if own_groups else "delegated",
        *("systemd-nspawn", f"--directory={folder / 'tree'}", f"--machine={unit}"),
        *(f"--hostname={name}", f"--network-bridge={network.bridge}", "--boot"),
        *("--register=no", "--keep-unit", "--settings=no", "--console=read-only"),
        *("--resolv-conf=off", "--timezone=off", "--link-journal=no"),
    ]
    if own_groups:
        with console.open("wb") as log:
            subprocess.run(
                ["setsid", "--fork", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=dict(os.environ) | environment,
                check=True,
            )
        return
    forget_unit(name)
    properties = {
        "Delegate": "yes",
        "KillMode": "mixed",
        "TimeoutStopSec": "15",
        "TasksMax": "16384",
        "StandardOutput": f"append:{console}",
        "StandardError": f"append:{console}",
    }
    subprocess.run(
        [
            *("systemd-run", "--quiet", "--collect", f"--unit={unit}", "--working-directory=/"),
            *(f"--property={key}={value}" for key, value in properties.items()),
            *(f"--setenv={key}={value}" for key, value in environment.items()),
            *("--", *command),
        ],
        check=True,
    )


def gets_ready(name: str, address: str, *, other_than: int | None = None) -> bool:
    """Wait until a machine that is on takes logins, ends, or has had a minute; whether it does."""

    def ready() -> bool:
        return is_ready(name, address, other_than=other_than)

    _wait(lambda: ready() or not is_on(name), BOOT_SECONDS)
    return ready()


def wait_until_ready(name: str, folder: Path, address: str, *, other_than: int | None = None) -> None:
    """Wait until a machine that was just started takes logins.

    Raises:
        MachineError: it ended, or takes longer than a minute; holds the console's last lines.
    """
    _wait_for_supervisor(name)
    if not gets_ready(name, address, other_than=other_than):
        raise _failure(name, folder)


def wait_until_running(name: str, folder: Path) -> None:
    """Wait until a machine that was just started has a PID 1: it exists, and is far from ready.

    Raises:
        MachineError: it ended, or takes longer than a minute; holds the console's last lines.
    """
    _wait_for_supervisor(name)
    _wait(lambda: has_booted(leader(name)) or not is_on(name), BOOT_SECONDS)
    if not is_on(name) or not has_booted(leader(name)):
        raise _failure(name, folder)


def _wait_for_supervisor(name: str) -> None:
    """It needs some tenths of a second to say that it is there."""
    _wait(lambda: is_on(name), 10)


def _failure(name: str, folder: Path) -> MachineError:
    why = f"took longer than {BOOT_SECONDS:.0f} s to start" if is_on(name) else "ended"
    console = folder / "console.log"
    text = console.read_text(errors="replace") if console.exists() else ""
    last = "\n".join(_COLOUR.sub("", text).rstrip().splitlines()[-15:])
    return MachineError(f"machine {name} {why}; its console ({console}) ends with:\n{last}")


def shut_down(name: str) -> None:
    """Switch off in an orderly way; the hard way if the guest needs longer than 10 s for it."""
    found = leader(name)
    if found is not None:
        with suppress(ProcessLookupError):
            os.kill(found, _POWEROFF)
        _wait(lambda: not is_on(name), POWEROFF_SECONDS)
    cut(name)


def cut(name: str, owner: str = paths.THIS) -> None:
    """Switch off at once, as a power cut does: nothing in the guest gets to say goodbye."""
    record = paths.record(name, owner)
    supervisor = Supervisor.read(record)
    if supervisor is not None:
        if supervisor.alive:
            with suppress(ProcessLookupError):
                os.kill(supervisor.pid, signal.SIGKILL)  # and nspawn with it
        cgroups.empty(supervisor.groups)
    forget_unit(name, owner)
    record.unlink(missing_ok=True)
    _forget_nspawn(name, owner)


def restart(name: str) -> int | None:
    """Ask the guest to reboot; returns the leader of the boot that ends."""
    found = leader(name)
    if found is not None:
        os.kill(found, _REBOOT)
    return found


def forget_unit(name: str, owner: str = paths.THIS) -> None:
    """Wait for the end of a machine's unit, where the host has systemd, and forget its failure."""
    if host.has_systemd():
        unit = f"{paths.host_name(name, owner)}.service"
        succeeds("systemctl", "stop", unit)
        succeeds("systemctl", "reset-failed", unit)


def _forget_nspawn(name: str, owner: str) -> None:
    """Remove what nspawn leaves in /run: its lock when killed, its folder where /run is no tmpfs."""
    nspawn = Path("/run/systemd/nspawn")
    for kind in ("propagate", "unix-export"):
        with suppress(OSError):
            (nspawn / kind / paths.host_name(name, owner)).rmdir()
    if owner == paths.THIS:
        with suppress(FileNotFoundError):
            tree = (paths.MACHINES / name / "tree").stat()
            (nspawn / "locks" / f"inode-{tree.st_dev}:{tree.st_ino}").unlink()


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
