"""Debian machines on this computer: real systemd, sshd and apt, made in seconds, no account.

`up` and `find` give a `Machine`; `python -m sandbox.machines` is the same by hand.
"""

from sandbox.machines.errors import MachineError
from sandbox.machines.gateway import gateway
from sandbox.machines.lifecycle import (
    Status,
    down,
    find,
    power_cut,
    poweroff,
    reboot,
    status,
    up,
)
from sandbox.machines.machine import Machine
from sandbox.machines.ownership import clean

__all__ = [
    "Machine",
    "MachineError",
    "Status",
    "clean",
    "down",
    "find",
    "gateway",
    "power_cut",
    "poweroff",
    "reboot",
    "status",
    "up",
]
