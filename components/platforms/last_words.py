"""An app's last words on a platform: the end of its log, and what that means."""

from collections.abc import Awaitable, Callable
from typing import Final

import pulumi

from components import explained
from components.explained import Reason

LINES: Final = 40


def hook(
    name: str,
    whose: pulumi.Input[str],
    read: Callable[[str], Awaitable[list[str]]],
    reason: Callable[[list[str]], Reason | None],
) -> pulumi.ErrorHook:
    """Return a hook that shows why what was deployed does not answer, whatever the failure; see `show`."""

    async def answer(_: pulumi.ErrorHookArgs) -> bool:
        await show(str(await pulumi.Output.from_input(whose).future()), read, reason)
        return False

    return pulumi.ErrorHook(name, answer)


async def show(
    whose: str,
    read: Callable[[str], Awaitable[list[str]]],
    reason: Callable[[list[str]], Reason | None],
) -> None:
    """Show why what was deployed does not answer, in the app's words and in ours.

    `whose` names it for people, and to `read`, which returns the lines that may tell, the oldest first; its
    OSError or ValueError says why they can't be had. `reason` finds what they mean.
    """
    try:
        lines = await read(whose)
    except (OSError, ValueError) as error:
        pulumi.log.warn(f"the log of {whose} can't be had: {error}")
        return
    if lines:
        pulumi.log.error(explained.quoted("the app's log", lines[-LINES:]))
    found = reason(lines)
    if found:
        pulumi.log.error(f"{whose}: {found.meaning}; {found.remedy}")
