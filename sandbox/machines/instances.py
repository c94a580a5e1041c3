"""Machines as a cloud has them: born from an image with user data, behind a security group.

They come without a login of the sandbox's and without host keys: cloud-init makes both in the guest, from the
seed. Here they are "Running" as a cloud's API says it: switched on, long before sshd and cloud-init are
ready. `lifecycle.status` and `lifecycle.down` know them as well.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.machines import firewall, guest, making, ownership, power
from sandbox.machines.errors import MachineError
from sandbox.machines.firewall import Rules
from sandbox.machines.lifecycle import check_name
from sandbox.machines.machine import Made, read_made
from sandbox.machines.run import succeeds
from sandbox.machines.seed import Seed


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What a cloud's API says of a machine, and its disk."""

    name: str
    suite: str
    address: str
    running: bool
    root: Path  # the machine's file system


def launch(name: str, *, suite: str, seed: Seed, rules: Rules) -> Instance:
    """Make the machine and switch it on, as far as that isn't done; returns as soon as it runs.

    Raises:
        MachineError: bad name or suite, something that the host lacks, or a machine that ends at once.
    """
    check_name(name)
    with making.standing(name) as (found, net):
        made = found or making.make_seeded(name, suite, net, seed, rules)
        if not power.is_on(name):
            making.start(made, net)
            power.wait_until_running(name, made.folder)
        return _instance(made)


def find(name: str) -> Instance | None:
    """The machine as it is now, switched on or not; None when there is none."""
    made = read_made(name)
    return _instance(made) if made is not None else None


def start(name: str) -> Instance:
    """Switch it on; nothing to do when it runs."""
    with making.standing(name) as (found, net):
        made = _made(name, found)
        if not power.is_on(name):
            making.start(made, net)
            power.wait_until_running(name, made.folder)
        return _instance(made)


def stop(name: str) -> None:
    """Switch it off in an orderly way."""
    with ownership.using(name):
        power.shut_down(_made(name, read_made(name)).name)


def reboot(name: str) -> Instance:
    """Switch it off in an orderly way, and on again."""
    stop(name)
    return start(name)


def reseed(name: str, seed: Seed) -> None:
    """Tell the machine something else at its next boot."""
    with ownership.using(name):
        seed.write(_made(name, read_made(name)).folder / "tree")


def replace_disk(name: str, *, suite: str, seed: Seed) -> Instance:
    """Switch the machine off and give it a fresh disk: same name and address, all that it held is gone."""
    with making.standing(name) as (found, _):
        made = _made(name, found)
        power.shut_down(name)
        return _instance(making.replace_disk(made, suite, seed))


def protect(name: str, rules: Rules) -> None:
    """Put other rules in force, at once; they hold over restarts. Nothing to do when they do hold."""
    with ownership.using(name):
        made = _made(name, read_made(name))
        if made.rules == rules and firewall.stands(name):
            return
        firewall.apply(name, made.address, rules)
        replace(made, rules=rules).save(made.folder)


def assign(name: str, number: int | None) -> None:
    """Give the machine a further address, or take it away again; at once, and over restarts.

    The address is in the guest, as with the binding mode BINDED of a cloud: nothing is translated.
    """
    with making.standing(name) as (found, net):
        made = _made(name, found)
        if made.elastic not in (None, number):
            _move_address("del", made, net.address(made.elastic))
        made = replace(made, elastic=number)
        made.save(made.folder)
        addresses = [made.address, *([net.address(number)] if number is not None else [])]
        guest.write_network(made.folder, addresses=addresses, gateway=net.gateway)
        if number is not None:
            _move_address("replace", made, net.address(number))
            # The machine that had it before may still be remembered for it.
            succeeds("ip", "neighbour", "flush", "to", net.address(number), "dev", net.bridge)


def _move_address(how: str, made: Made, address: str) -> None:
    if (found := power.leader(made.name)) is not None:
        inside = ("nsenter", f"--target={found}", "--net")
        succeeds(*inside, "ip", "address", how, f"{address}/32", "dev", "host0")


def _made(name: str, found: Made | None) -> Made:
    if found is None or not found.seeded:
        raise MachineError(f"there is no instance {name}")
    return found


def _instance(made: Made) -> Instance:
    return Instance(
        name=made.name,
        suite=made.suite,
        address=made.address,
        running=power.is_on(made.name),
        root=made.folder / "tree",
    )
