"""An app's last words on a platform: the end of its log, and what that means."""

from collections.abc import Awaitable, Callable
from typing import Final

import pulumi

from components.explained import Reason

LINES: Final = 40


def hook(
    name: str,
    whose: pulumi.Input[str],
    read: Callable[[str], Awaitable[list[str]]],
    reason: Callable[[list[str]], Reason | None],
) -> pulumi.ErrorHook:
    """Return a hook that shows why what was deployed does not answer, in the app's words and in ours.

    `whose` names it for people, and to `read`, which returns the lines that may tell, the oldest first; its
    OSError or ValueError says why they can't be had. `reason` finds what they mean.
    """

    async def show(_: pulumi.ErrorHookArgs) -> bool:
        known = str(await pulumi.Output.from_input(whose).future())
        try:
            lines = await read(known)
        except (OSError, ValueError) as error:
            pulumi.log.warn(f"the log of {known} can't be had: {error}")
            return False
        if lines:
            pulumi.log.error("\n".join(["the app's log:", *(f"  | {line}" for line in lines[-LINES:])]))
        found = reason(lines)
        if found:
            pulumi.log.error(f"{known}: {found.meaning}; {found.remedy}")
        return False

    return pulumi.ErrorHook(name, show)
