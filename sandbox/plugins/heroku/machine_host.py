"""Apps on this computer's machines: what the API needs of them, and who does an app's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import machines
from sandbox.machines.machine import read_made
from sandbox.plugins.cloud import workers
from sandbox.plugins.heroku.guest import places
from sandbox.plugins.heroku.guest.logplex import Log
from sandbox.plugins.heroku.slughost import SUITE

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Account


class MachineHost:
    """The machines of an account's apps."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def claim(self, machine: str) -> str:
        """Make an app's machine; its address."""
        return machines.up(machine, SUITE).address

    def exists(self, machine: str) -> bool:
        """Whether it is there, switched on or not."""
        return read_made(machine) is not None

    def drop(self, machine: str) -> None:
        """Take it down."""
        machines.down(machine)

    def logs(self, machine: str) -> str:
        """The app's log, read from the machine's disk: it need not run for that."""
        made = read_made(machine)
        if made is None:
            return ""
        return Log(made.folder / "tree" / places.LOG.relative_to("/")).tail()

    def wake(self, app_id: str) -> None:
        """Start the app's worker, unless it works already: it looks again before it ends."""
        workers.wake("heroku", self._account, app_id)
