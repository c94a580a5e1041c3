"""Which checkout has which network on this computer: one file below /run, under a lock.

An entry is written before what it stands for is made, and removed after that is gone, so that
a killed run leaves nothing that nobody knows of.
"""

import ipaddress
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.machines import locks, paths
from sandbox.machines.errors import MachineError
from sandbox.machines.run import run

_FILE: Final = paths.RUN / "registry.json"
_LOCK: Final = paths.RUN / "registry.lock"
_RANGE: Final = ipaddress.IPv4Network("10.213.0.0/16")


@dataclass(frozen=True, kw_only=True)
class Network:
    """One checkout's bridge and its /24."""

    owner: str
    subnet: str  # "10.213.7"

    @property
    def bridge(self) -> str:
        """The interface; 11 characters of the 15 that Linux allows."""
        return f"fd-{self.owner}"

    @property
    def gateway(self) -> str:
        """This computer's address on the bridge."""
        return f"{self.subnet}.1"

    def address(self, index: int) -> str:
        """The address of the machine with this number."""
        return f"{self.subnet}.{index}"


class Registry:
    """The file's content while its lock is held; `save` after each change."""

    def __init__(self) -> None:
        try:
            self._value: dict[str, Any] = json.loads(_FILE.read_text())
        except FileNotFoundError:
            self._value = {"ip_forward": None, "checkouts": {}}

    def save(self) -> None:
        """Write the file whole."""
        fresh = _FILE.with_suffix(".new")
        fresh.write_text(json.dumps(self._value, indent=1))
        fresh.rename(_FILE)

    @property
    def ip_forward(self) -> str | None:
        """What net.ipv4.ip_forward was before the first checkout."""
        value: str | None = self._value["ip_forward"]
        return value

    @ip_forward.setter
    def ip_forward(self, value: str) -> None:
        self._value["ip_forward"] = value

    def network(self, owner: str) -> Network | None:
        """The network of `owner`, or None."""
        entry = self._value["checkouts"].get(owner)
        return Network(owner=owner, subnet=entry["subnet"]) if entry else None

    def checkouts(self) -> dict[str, Path]:
        """Every owner and the directory of its checkout."""
        return {owner: Path(entry["path"]) for owner, entry in self._value["checkouts"].items()}

    def claim(self, owner: str, checkout: Path, wanted: str | None) -> Network:
        """Reserve a /24 for `owner`: the one it had before, if that is still free."""
        taken = {entry["subnet"] for entry in self._value["checkouts"].values()}
        subnet = _choose(owner, taken, wanted)
        self._value["checkouts"][owner] = {"path": str(checkout), "subnet": subnet}
        self.save()
        return Network(owner=owner, subnet=subnet)

    def release(self, owner: str) -> None:
        """Forget `owner`."""
        self._value["checkouts"].pop(owner, None)
        self.save()

    def remove_if_empty(self) -> None:
        """Remove the files when no checkout is left."""
        if not self._value["checkouts"]:
            _FILE.unlink(missing_ok=True)
            _LOCK.unlink(missing_ok=True)


@contextmanager
def opened() -> Iterator[Registry]:
    """The registry, for this process alone; held for milliseconds."""
    with locks.exclusive(_LOCK):
        yield Registry()


def _choose(owner: str, taken: set[str], wanted: str | None) -> str:
    routes = _routes()
    start = int(owner, 16)
    numbers = [(start + step) % 256 for step in range(256)]
    candidates = ([wanted] if wanted else []) + [f"10.213.{number}" for number in numbers]
    free = [subnet for subnet in candidates if subnet not in taken]
    # A wide route, such as a company's 10.0.0.0/8 through a VPN, overlaps with every candidate:
    # then only routes into our own range count.
    for relevant in (routes, [route for route in routes if route.subnet_of(_RANGE)]):
        for subnet in free:
            network = ipaddress.IPv4Network(f"{subnet}.0/24")
            if not any(route.overlaps(network) for route in relevant):
                return subnet
    raise MachineError(f"no /24 of {_RANGE} is free on this computer (see `ip route`)")


def _routes() -> list[ipaddress.IPv4Network]:
    routes = json.loads(run("ip", "-j", "-4", "route", "show", "table", "all"))
    destinations = [route["dst"] for route in routes if route["dst"] != "default"]
    return [ipaddress.IPv4Network(destination) for destination in destinations]
