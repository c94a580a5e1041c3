"""An instance as a sandbox machine: its seed from the account, its disk, its power."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.machines import MachineError, instances, lifecycle
from sandbox.machines.seed import Seed
from sandbox.plugins.alicloud import catalogue, reach
from sandbox.plugins.calls import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.cloud.account import Account

# What a boot of this computer is called: its machines don't outlive it, as an instance outlives its host.
_BOOT: Final = "/proc/sys/kernel/random/boot_id"


def decoded(user_data: str) -> bytes:
    """User data as the guest gets it: what happens to be valid base64 is taken for that."""
    try:
        return base64.b64decode(user_data, validate=True)
    except (binascii.Error, ValueError):
        return user_data.encode()


class Machines:
    """The machines of an account's instances; each is called as its instance's id."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def launch(self, identity: str) -> None:
        """Boot it from its image, with user data, behind its security groups; RefusedError if that fails."""
        tables = self._account.tables()
        suite = self._suite(tables["instances"][identity]["imageId"])
        rules = reach.rules(identity, tables)
        _told(lambda: instances.launch(identity, suite=suite, seed=self._seed(identity), rules=rules))
        self._note_boot(identity)
        reach.enforce(self._account)  # others may let it in by its address, which is known now

    def start(self, identity: str) -> None:
        """Switch it on."""
        _told(lambda: instances.start(identity))
        self._note_boot(identity)

    def stop(self, identity: str) -> None:
        """Switch it off in an orderly way."""
        _told(lambda: instances.stop(identity))

    def reboot(self, identity: str) -> None:
        """Switch it off and on."""
        _told(lambda: instances.reboot(identity))

    def reseed(self, identity: str) -> None:
        """Let its next boot find what the account says of it now."""
        _told(lambda: instances.reseed(identity, self._seed(identity)))

    def replace_disk(self, identity: str) -> None:
        """Give it a fresh disk of the image that the account names; it is off then."""
        row = self._row(identity)
        suite = self._suite(row["imageId"])
        _told(lambda: instances.replace_disk(identity, suite=suite, seed=self._seed(identity)))

    def remove(self, identity: str) -> None:
        """Take it down with its disk."""
        _told(lambda: lifecycle.down(identity))

    def revive(self) -> None:
        """Start those that were on when this computer went down: a cloud does that when a host fails."""
        for identity, row in self._account.table("instances").items():
            found = instances.find(identity)
            if found and not found.running and row["status"] == "Running" and row.get("boot") != _boot():
                self.start(identity)

    def _note_boot(self, identity: str) -> None:
        self._account.change("instances", identity, boot=_boot())

    def _row(self, identity: str) -> Any:
        return self._account.row("instances", identity)

    def _suite(self, image: str) -> str:
        found = catalogue.find_image(self._account, image)
        suite = found.suite if found else None
        if suite is None:
            known = ", ".join(catalogue.SUITES)
            raise RefusedError(
                f"the sandbox has no machine for the image {image}: only for {known}; see sandbox/README.md"
            )
        return suite

    def _seed(self, identity: str) -> Seed:
        row = self._row(identity)
        pair = self._account.row("keyPairs", row.get("keyName", ""))
        return Seed(
            instance_id=identity,
            hostname=row["hostName"],
            public_keys=(pair["publicKey"],) if pair else (),
            user_data=decoded(row.get("userData", "")),
        )


def _told(work: Callable[[], object]) -> None:
    try:
        work()
    except MachineError as problem:
        raise RefusedError(f"the sandbox's machine failed: {problem}") from problem


def _boot() -> str:
    return Path(_BOOT).read_text(encoding="ascii").strip()
