"""An app's worker: does what was asked of the platform, after the answer to that was given.

As at Heroku, a build goes on when whoever asked for it is gone: the worker is a process of its own. One at
a time for each app; it ends when nothing is left to do. One that is killed has a successor that starts
again with whatever is pending.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sandbox.machines import MachineError, locks
from sandbox.plugins.cloud import workers
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.heroku import tasks
from sandbox.plugins.heroku.api.platform import Platform, Row, owned
from sandbox.plugins.heroku.machine_host import MachineHost
from sandbox.plugins.heroku.slughost import Slughost

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.cloud.account import Table
    from sandbox.plugins.heroku.tasks import Worksite


class Ready(Protocol):
    """How a machine's name becomes a place where work is done."""

    def __call__(self, name: str) -> Worksite:
        """The machine, switched on."""


def work(platform: Platform, app_id: str, ready: Ready) -> None:
    """Do all that is pending for an app. Raises MachineError when its machine does not do its part."""
    lock = workers.lock_file(platform.account, app_id)
    while _next_task(platform, app_id) is not None:
        with locks.attempt(lock) as mine:
            if not mine:
                return  # its holder looks again before it ends
            while task := _next_task(platform, app_id):
                task(ready)


def _next_task(platform: Platform, app_id: str) -> Callable[[Ready], None] | None:
    with platform.account.opened() as tables:
        app = tables["apps"].get(app_id)
        if app is None:
            return None
        build = _pending(tables, "builds", app)
        release = _pending(tables, "releases", app)
        dirty = app["generation"] != app["applied"] or app["events"]
    machine = app["machine"]
    if not platform.host.exists(machine):  # taken away: it must not come back empty
        return None
    if build:
        return lambda ready: tasks.build(platform, app, build, lambda: ready(machine))
    if release:
        return lambda ready: tasks.release_phase(platform, app, release, lambda: ready(machine))
    return (lambda ready: tasks.apply(platform, app_id, ready(machine))) if dirty else None


def _pending(tables: dict[str, Table], table: str, app: Row) -> Row | None:
    return next((row for row in owned(tables, table, app) if row["status"] == "pending"), None)


def main() -> None:
    """`… FOLDER APP`: work for this app of the account in the folder."""
    folder, app_id = sys.argv[1:]
    account = Account(Path(folder))
    try:
        work(Platform(account, MachineHost(account)), app_id, Slughost.ready)
    except (MachineError, KeyError):
        if account.row("apps", app_id) is not None:  # otherwise it was deleted meanwhile
            traceback.print_exc()
            sys.exit(1)


if __name__ == "__main__":
    main()
