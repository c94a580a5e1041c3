"""Make machines from trees, and switch them on: what `lifecycle` and `instances` have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sandbox.machines import (
    addresses,
    base,
    firewall,
    guest,
    host,
    network,
    ownership,
    paths,
    power,
    registry,
    trees,
    variants,
)
from sandbox.machines.errors import MachineError
from sandbox.machines.firewall import Rules
from sandbox.machines.machine import Made, read_made
from sandbox.machines.seed import Seed


@contextmanager
def standing(name: str) -> Iterator[tuple[Made | None, registry.Network]]:
    """The machine for us alone, as far as it was made, and the checkout's network, which stands then.

    Raises:
        MachineError: something that this computer lacks.
    """
    host.require()
    with ownership.using(name):
        made = read_made(name)
        sweep(name)
        with registry.opened() as entries:
            ownership.forget_others(entries)
            net = network.ensure(entries, made.subnet if made else None)
        if made is not None and made.subnet != net.subnet:  # another checkout has taken the one it had
            made = replace(made, subnet=net.subnet)
            made.save(made.folder)
        yield made, net


def make(name: str, suite: str, net: registry.Network) -> Made:
    """Make a machine that takes a login of the sandbox's."""
    partial = _partial(name)
    tree = base.ensure(suite)
    host_keys = guest.make_keys(partial)
    trees.copy(tree, partial / "tree")
    if host_keys.wait() != 0:
        raise MachineError("ssh-keygen could not make host keys")
    guest.personalise(partial, name)
    host_key = guest.host_key(partial)
    (partial / "known_hosts").write_text(f"{name} {host_key}\n")
    return _settle(partial, Made(name=name, suite=suite, index=0, subnet=net.subnet, host_key=host_key))


def make_seeded(name: str, suite: str, net: registry.Network, seed: Seed, rules: Rules) -> Made:
    """Make a machine as a cloud does: its keys and logins are cloud-init's business."""
    partial = _partial(name)
    _fresh_disk(partial, suite, seed)
    made = Made(name=name, suite=suite, index=0, subnet=net.subnet, host_key="", seeded=True, rules=rules)
    return _settle(partial, made)


def replace_disk(made: Made, suite: str, seed: Seed) -> Made:
    """Give a machine that is off a fresh tree: same name and address, and nothing of what it held."""
    partial = _partial(made.name)
    _fresh_disk(partial, suite, seed)
    (made.folder / "tree").rename(partial / "old")
    (partial / "tree").rename(made.folder / "tree")
    trees.remove(partial)
    made = replace(made, suite=suite)
    made.save(made.folder)
    return made


def start(made: Made, net: registry.Network) -> None:
    """Switch a machine on, behind its firewall from the first moment."""
    power.cut(made.name)  # what a killed supervisor has left, or a guest that hangs
    address = net.address(made.index)
    if made.rules is not None:
        firewall.apply(made.name, address, made.rules)
    known = [address, *([net.address(made.elastic)] if made.elastic is not None else [])]
    guest.prepare_start(made.folder, addresses=known, gateway=net.gateway)
    power.start(made.name, made.folder, net)


def sweep(name: str) -> None:
    """Remove what a killed run has left half made or half removed."""
    for path in paths.MACHINES.glob(f".{name}.*"):
        trees.remove(path)


def _partial(name: str) -> Path:
    """A folder beside the machine's place; it is moved there when it is whole."""
    partial = paths.MACHINES / f".{name}.partial"
    partial.mkdir(mode=0o700, parents=True)
    return partial


def _fresh_disk(folder: Path, suite: str, seed: Seed) -> None:
    trees.copy(base.ensure(suite, variants.CLOUD), folder / "tree")
    guest.bear(folder, seed)


def _settle(partial: Path, made: Made) -> Made:
    with addresses.free_number() as number:
        made = replace(made, index=number)
        made.save(partial)
        partial.rename(made.folder)
    return made
