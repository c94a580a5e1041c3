"""Numbers of addresses in the checkout's network: each machine has one, and a cloud's elastic addresses too.

A number is the last part of an address. What comes before it can change when the computer restarts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sandbox.machines import locks, ownership, paths, registry
from sandbox.machines import network as networks
from sandbox.machines.errors import MachineError
from sandbox.machines.machine import all_made

_NUMBERS: Final = range(10, 250)
_RESERVED: Final = paths.MACHINES / ".reserved"  # a file for each number that is no machine's own


@contextmanager
def free_number() -> Iterator[int]:
    """A number that nobody has, while it is written down.

    Raises:
        MachineError: all are in use.
    """
    with locks.exclusive(paths.RUN / paths.THIS / "numbers.lock"):
        taken = {made.index for made in all_made()} | {int(path.name) for path in _RESERVED.glob("*")}
        number = next((number for number in _NUMBERS if number not in taken), None)
        if number is None:
            raise MachineError(f"all {len(_NUMBERS)} addresses of this checkout's network are in use")
        yield number


def reserve() -> int:
    """Take a number for an address that is assigned to machines, one after the other."""
    with locks.shared(ownership.lease(paths.THIS)), free_number() as number:
        _RESERVED.mkdir(mode=0o700, parents=True, exist_ok=True)
        (_RESERVED / str(number)).touch()
        return number


def release(number: int) -> None:
    """Give a number back; nothing to do when it is free."""
    Path(_RESERVED / str(number)).unlink(missing_ok=True)


def address(number: int) -> str:
    """The address with this number, as the checkout's network is now; it is made if need be."""
    with locks.shared(ownership.lease(paths.THIS)), registry.opened() as entries:
        found = entries.network(paths.THIS) or networks.ensure(entries, None)
        return found.address(number)
