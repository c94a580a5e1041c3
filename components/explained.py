"""A provider's failure in words: what its text means, what to do, and whether waiting helps."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pulumi

PAUSE_SECONDS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A part of the provider's error text, what it means, and what to do."""

    sign: str
    meaning: str
    remedy: str
    passes: bool = False  # whether waiting may help


def first(reasons: tuple[Reason, ...], error: str) -> Reason | None:
    """Return the first reason whose sign is in the text."""
    return next((reason for reason in reasons if reason.sign in error), None)


def quoted(title: str, lines: list[str]) -> str:
    """Return lines of somebody else's as a part of a message, below a title."""
    return "\n".join([f"{title}:", *(f"  | {line}" for line in lines)])


def hook(
    name: str, where: str, reason: Callable[[str], Reason | None], seconds: int = 0, advice: str = ""
) -> pulumi.ErrorHook:
    """Return a hook that explains a failure, and tries again for up to `seconds` where waiting may help.

    `where` says which part of the configuration it comes from, and stands in front of the message.
    `reason` finds the reason in the provider's text; None means that the text explains itself.
    `advice` is said after each failure, explained or not.
    """
    deadlines: dict[str, float] = {}  # by resource

    async def explain(args: pulumi.ErrorHookArgs) -> bool:
        found = reason(args.errors[0])
        if found is None:
            if advice:
                pulumi.log.error(f"{where}: {advice}")
            return False
        deadline = deadlines.setdefault(args.name, time.monotonic() + seconds)
        if found.passes and time.monotonic() < deadline:
            await asyncio.sleep(PAUSE_SECONDS)
            return True
        waited = f" (after {seconds} seconds)" if found.passes and seconds else ""
        more = f"; {advice}" if advice else ""
        pulumi.log.error(f"{where}: {found.meaning}{waited}; {found.remedy}{more}")
        return False

    return pulumi.ErrorHook(name, explain)
