"""The app's log: https://devcenter.heroku.com/articles/platform-api-reference#log-session.

A session's address is good for five minutes, as Heroku's are, for whoever knows it.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.api.platform import app_row
from sandbox.plugins.heroku.guest.logplex import LINES

if TYPE_CHECKING:
    from sandbox.plugins.heroku.api.platform import Platform

MOST: Final = LINES
_SECONDS: Final = 300
_sessions: dict[str, tuple[float, str, int]] = {}  # of this process: its addresses end with it


def create(platform: Platform, app: str, lines: int) -> str:
    """Open a session for the last lines; its name."""
    with platform.account.opened() as tables:
        machine = app_row(tables, app)["machine"]
    name = str(uuid.uuid4())
    _sessions[name] = (time.monotonic(), machine, min(lines, MOST))
    return name


def read(platform: Platform, session: str) -> str:
    """The lines; nothing when there is no such session any more."""
    began, machine, lines = _sessions.get(session, (0.0, "", 0))
    if not machine or time.monotonic() - began > _SECONDS:
        return ""
    return "".join(platform.host.logs(machine).splitlines(keepends=True)[-lines:])
