"""The four faults that can be asked of any operation of an emulated cloud.

refused    the service says no, for want of a permission; nothing happens
throttled  too many requests: the provider waits and tries again by itself, so it only takes longer
failed     a server error: nothing happens (what the provider then remembers is another matter)
landed     the service did it, and the answer was lost: the provider sees a time-out
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.plugins.calls import Call, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.plugins.cloud.account import Account

THROTTLED_SECONDS = 2.0  # a real provider waits longer (30 s and doubling for Heroku)


@dataclass(frozen=True)
class Texts:
    """How a cloud's provider words a fault; `{what}` is the operation and the resource type."""

    refused: str
    failed: str
    landed: str


@dataclass(frozen=True)
class Cloud:
    """An emulated cloud: its account, and its provider's words."""

    account: Account
    texts: Texts

    @contextmanager
    def operation(self, call: Call, token: str, name: str) -> Iterator[None]:
        """Run one operation, with the fault that was planted for it, if any."""
        kind = self.account.take_fault(token, name)
        what = f"{name} {token}"
        if kind == "refused":
            raise RefusedError(self.texts.refused.format(what=what))
        if kind == "failed":
            raise RefusedError(self.texts.failed.format(what=what))
        if kind == "throttled":
            call.sleep(THROTTLED_SECONDS)
        yield
        if kind == "landed":
            raise RefusedError(self.texts.landed.format(what=what))
