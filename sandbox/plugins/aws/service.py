"""Elastic Beanstalk's control plane: environments, their states, their events.

What takes time is done by a worker (worker.py), a process of its own, as at AWS: it goes on when whoever
asked for it is gone. https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_EnvironmentDescription.html
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.plugins.cloud.account import Account

KEPT_EVENTS: Final = 200
ENDED: Final = "Terminated"
TERMINATED_SECONDS: Final = 60  # how long such a one counts as a user of its version (seen with the provider)


def say(account: Account, identity: str, severity: str, message: str) -> None:
    """Write an event of an environment."""
    with account.opened() as tables:
        row = tables["environments"].get(identity)
        if row is not None:
            event = {"time": time.time(), "severity": severity, "message": message}
            row["events"] = [*row["events"], event][-KEPT_EVENTS:]


def errors_since(row: dict[str, Any], moment: float) -> list[str]:
    """The ERROR events since a moment, as the provider lists them."""
    return [
        f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(event['time']))}: {event['message']}"
        for event in row["events"]
        if event["severity"] == "ERROR" and event["time"] >= moment
    ]


def users(tables: dict[str, Any], application: str, label: str) -> list[str]:
    """The environments that use a version, those that ended a moment ago among them."""
    recent = time.time() - TERMINATED_SECONDS
    return [
        row["name"]
        for row in tables["environments"].values()
        if row["application"] == application
        and row["version"] == label
        and (row["status"] != ENDED or row["ended"] > recent)
    ]


def lock_file(account: Account, identity: str) -> Path:
    """What the environment's worker holds."""
    return account.folder / "workers" / f"{identity}.lock"


@contextmanager
def attempt(path: Path) -> Iterator[bool]:
    """Hold a lock if nobody does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def wake(account: Account, identity: str) -> None:
    """Start the environment's worker unless there is one."""
    with attempt(lock_file(account, identity)) as free:
        if not free:
            return
    checkout = str(Path(__file__).resolve().parents[3])
    code = f"import sys; sys.path.insert(0, {checkout!r}); "
    code += "from sandbox.plugins.aws.worker import main; main()"
    with (account.folder / "workers.log").open("a") as log:
        subprocess.Popen(
            [sys.executable, "-I", "-c", code, str(account.folder), identity],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the engine
        )
