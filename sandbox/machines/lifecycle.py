"""Make, find, restart and remove this checkout's machines: what the rest of the sandbox calls."""

import re
from dataclasses import dataclass
from typing import Final

from sandbox.machines import (
    base,
    firewall,
    making,
    network,
    ownership,
    paths,
    power,
    registry,
    trees,
)
from sandbox.machines.errors import MachineError
from sandbox.machines.machine import Machine, Made, all_made, read_made

_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class Status:
    """One line of `status`."""

    name: str
    suite: str
    address: str
    state: str  # running, starting, stopped


def up(name: str, suite: str | None = None) -> Machine:
    """The machine `name`, made and started as far as it isn't yet; takes logins on return.

    A running one is returned at once; one that is on but takes no logins for a minute is started
    again. `suite` is bookworm or trixie; None is what the machine has, for a new one bookworm.

    Raises:
        MachineError: bad name or suite, something that the host lacks, or a failed boot.
    """
    check_name(name)
    found = find(name)
    if found is not None:
        _same_suite(found.suite, name, suite)
        if network.stands(paths.THIS) and _protected(name):
            return found
    with making.standing(name) as (before, net):
        if before is not None:
            _same_suite(before.suite, name, suite)
        made = before or making.make(name, suite or base.DEFAULT_SUITE, net)
        address = net.address(made.index)
        if not (power.is_on(name) and power.gets_ready(name, address)):
            making.start(made, net)
            power.wait_until_ready(name, made.folder, address)
        elif made.rules is not None:
            firewall.apply(name, address, made.rules)
        return made.machine(net)


def find(name: str) -> Machine | None:
    """The machine if it takes logins now, otherwise None; changes nothing."""
    made = read_made(name)
    if made is None:
        return None
    net = registry.Network(owner=paths.THIS, subnet=made.subnet)
    found = made.machine(net)
    return found if power.is_ready(name, found.address) else None


def down(name: str) -> None:
    """Switch the machine off and remove it; nothing to do when there is none."""
    check_name(name)
    traces = (paths.record(name), paths.MACHINES / name, *paths.MACHINES.glob(f".{name}.*"))
    if not any(trace.exists() for trace in traces):
        return
    with ownership.using(name):
        power.shut_down(name)
        firewall.remove(name)
        making.sweep(name)
        trees.remove(paths.MACHINES / name)


def reboot(machine: Machine) -> Machine:
    """Restart the guest by its own means and wait until it takes logins again."""
    folder = paths.MACHINES / machine.name
    before = power.restart(machine.name)
    if before is None:
        raise MachineError(f"machine {machine.name} is not running")
    power.wait_until_ready(machine.name, folder, machine.address, other_than=before)
    return machine


def poweroff(machine: Machine) -> None:
    """Switch off in an orderly way; `up` starts the same machine again."""
    power.shut_down(machine.name)


def power_cut(machine: Machine) -> None:
    """Kill the machine's processes at once; `up` starts the same machine again."""
    power.cut(machine.name)


def status() -> list[Status]:
    """Every machine of this checkout."""
    return [
        Status(
            name=made.name,
            suite=made.suite,
            address=made.address,
            state=_state(made),
        )
        for made in all_made()
    ]


def _state(made: Made) -> str:
    if power.is_ready(made.name, made.address):
        return "running"
    return "starting" if power.is_on(made.name) else "stopped"


def _protected(name: str) -> bool:
    """Whether the machine's own firewall stands, where it has one."""
    made = read_made(name)
    return made is None or made.rules is None or firewall.stands(name)


def check_name(name: str) -> None:
    """Refuse a name that no machine can have. Raises MachineError."""
    if not _NAME.fullmatch(name):
        raise MachineError(
            f"machine name {name!r}: 1-30 lower-case letters, digits and dashes, a letter first, "
            "no dash last; for example 'web-1'"
        )


def _same_suite(has: str, name: str, wanted: str | None) -> None:
    if wanted not in (None, has):
        raise MachineError(f"machine {name} is {has}, not {wanted}: take it down first")
