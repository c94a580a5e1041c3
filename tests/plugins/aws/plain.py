"""Start the emulated provider with instances that are rows of the account: nothing boots.

A bundle's content says what becomes of it: `crash` and `pip` fail, `slow` is slow; a variable FAIL fails.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
import threading
import time
from typing import Any
from unittest import mock

from sandbox.plugins.aws import environment, fleet, provider, worker
from sandbox.plugins.aws.guest import engine
from sandbox.plugins.aws.instance import Outcome
from sandbox.plugins.cloud import workers
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.serve import serve

ACCOUNT = Account.here()
FAILED = Outcome(failed=True)


@dataclasses.dataclass
class Machine:
    """A machine's name; its address is of a network for documentation."""

    name: str
    address: str = "192.0.2.1"


@dataclasses.dataclass
class Double:
    """What an instance is asked to do."""

    machine: Machine

    @classmethod
    def launch(cls, name: str, suite: str) -> Double:
        """Write it down."""
        ACCOUNT.put("machines", name, ACCOUNT.row("machines", name) or {"suite": suite})
        return cls(Machine(name))

    def deploy(self, bundle: bytes, order: dict[str, Any]) -> Outcome:
        """Deploy, or fail."""
        ACCOUNT.change("machines", self.machine.name, bundle=bundle.decode(), order=order)
        if bundle == b"slow":
            time.sleep(1.5)
        if bundle == b"pip":
            return Outcome(failed=True, event=engine.DEPENDENCIES)
        return FAILED if bundle == b"crash" or "FAIL" in order["variables"] else Outcome(failed=False)

    def configure(self, order: dict[str, Any]) -> Outcome:
        """Take other variables, or fail."""
        ACCOUNT.change("machines", self.machine.name, order=order)
        return FAILED if "FAIL" in order["variables"] else Outcome(failed=False)

    def balance(self, order: dict[str, Any]) -> None:
        """Stand in front of others."""
        ACCOUNT.change("machines", self.machine.name, balance=order)

    def answers(self, path: str, matcher: str, seconds: float) -> str:
        """Answer 200, but at /broken."""
        del seconds
        return (
            ""
            if path != "/broken" or "200" not in matcher
            else "Health checks failed with these codes: [500]"
        )

    def takes_connections(self) -> bool:
        """It does."""
        return True

    def log(self, name: str, lines: int) -> str:
        """A line."""
        return f"{lines} lines of {name}\n"


class Machines:
    """What is asked of this computer's machines, and of its addresses."""

    numbers = itertools.count(10)

    def down(self, name: str) -> None:
        """Forget it."""
        ACCOUNT.drop("machines", name)

    def find(self, name: str) -> Machine | None:
        """Whether it is there."""
        return Machine(name) if ACCOUNT.row("machines", name) else None

    def assign(self, name: str, number: int | None) -> None:
        """Give it the environment's address, or take it away."""
        if ACCOUNT.row("machines", name):
            ACCOUNT.change("machines", name, number=number)

    def reserve(self) -> int:
        """A number of an address."""
        return next(self.numbers)

    def release(self, number: int) -> None:
        """Nothing to give back."""

    def address(self, number: int) -> str:
        """The address of a number."""
        return f"192.0.2.{number}"


def wake(provider: str, account: Account, identity: str) -> None:
    """Work in a thread: a test has no time for processes."""
    del provider
    threading.Thread(target=worker.work, args=(account, identity), daemon=True).start()


def main() -> None:
    """Put doubles in the places of the real ones, and serve."""
    machines = Machines()
    for module, name, double in (
        (fleet, "machines", machines),
        (fleet, "instances", machines),
        (environment, "addresses", machines),
        (worker, "addresses", machines),
        (fleet, "Instance", Double),
        (workers, "wake", wake),
        (environment, "POLL_SECONDS", 0.02),
    ):
        mock.patch.object(module, name, double).start()  # refuses a name that nothing has
    serve(provider.make(ACCOUNT), sys.argv[1:])


if __name__ == "__main__":
    main()
