"""Waiting for something that takes its time, as resource.StateChangeConf of the Terraform SDK does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.calls import Call

_FIRST: Final = 0.1  # seconds
_LONGEST: Final = 2.0  # the real one's is 10: no use to wait for that here


def poll(call: Call, ask: Callable[[], str]) -> str:
    """Ask again and again while the answer is `pending`; the first other answer."""
    wait = _FIRST
    while (status := ask()) == "pending":
        call.sleep(wait)
        wait = min(2 * wait, _LONGEST)
    return status
