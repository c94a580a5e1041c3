"""Make, find, restart and remove this checkout's machines: what the rest of the sandbox calls."""

import re
from dataclasses import dataclass, replace
from typing import Final

from sandbox.machines import (
    base,
    guest,
    host,
    locks,
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
_INDEXES: Final = range(10, 250)


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
    _check(name)
    found = find(name)
    if found is not None:
        _same_suite(found.suite, name, suite)
        if network.stands(paths.THIS):
            return found
    host.require()
    with ownership.using(name):
        made = read_made(name)
        if made is not None:
            _same_suite(made.suite, name, suite)
        _sweep(name)
        with registry.opened() as entries:
            ownership.forget_others(entries)
            net = network.ensure(entries, made.subnet if made else None)
        made = made or _make(name, suite or base.DEFAULT_SUITE, net)
        if made.subnet != net.subnet:  # another checkout has taken the one it had
            made = replace(made, subnet=net.subnet)
            made.save(made.folder)
        address = net.address(made.index)
        if not (power.is_on(name) and power.gets_ready(name, address)):
            power.cut(name)  # what a killed supervisor has left, or a guest that hangs
            guest.prepare_start(made.folder, address=address, gateway=net.gateway)
            power.start(name, made.folder, net)
            power.wait_until_ready(name, made.folder, address)
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
    _check(name)
    traces = (paths.record(name), paths.MACHINES / name, *paths.MACHINES.glob(f".{name}.*"))
    if not any(trace.exists() for trace in traces):
        return
    with ownership.using(name):
        power.shut_down(name)
        _sweep(name)
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
            address=f"{made.subnet}.{made.index}",
            state=_state(made),
        )
        for made in all_made()
    ]


def _make(name: str, suite: str, net: registry.Network) -> Made:
    """Make the machine beside its place and move it there when it is whole."""
    tree = base.ensure(suite)
    partial = paths.MACHINES / f".{name}.partial"
    partial.mkdir(mode=0o700, parents=True)
    host_keys = guest.make_keys(partial)
    trees.copy(tree, partial / "tree")
    if host_keys.wait() != 0:
        raise MachineError("ssh-keygen could not make host keys")
    guest.personalise(partial, name)
    with locks.exclusive(paths.RUN / paths.THIS / "numbers.lock"):
        taken = {made.index for made in all_made()}
        made = Made(
            name=name,
            suite=suite,
            index=next(index for index in _INDEXES if index not in taken),
            subnet=net.subnet,
            host_key=guest.host_key(partial),
        )
        (partial / "known_hosts").write_text(f"{name} {made.host_key}\n")
        made.save(partial)
        partial.rename(made.folder)
    return made


def _sweep(name: str) -> None:
    """Remove what a killed run has left half made or half removed."""
    for path in paths.MACHINES.glob(f".{name}.*"):
        trees.remove(path)


def _state(made: Made) -> str:
    if power.is_ready(made.name, f"{made.subnet}.{made.index}"):
        return "running"
    return "starting" if power.is_on(made.name) else "stopped"


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise MachineError(
            f"machine name {name!r}: 1-30 lower-case letters, digits and dashes, a letter first, "
            "no dash last; for example 'web-1'"
        )


def _same_suite(has: str, name: str, wanted: str | None) -> None:
    if wanted not in (None, has):
        raise MachineError(f"machine {name} is {has}, not {wanted}: take it down first")
