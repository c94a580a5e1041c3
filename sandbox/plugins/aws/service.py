"""Elastic Beanstalk's control plane: environments, their states, their events.

What takes time is done by a worker (worker.py), a process of its own, as at AWS: it goes on when whoever
asked for it is gone. https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_EnvironmentDescription.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sandbox.plugins.aws.options import Options
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.values import Props

KEPT_EVENTS: Final = 200
ENDED: Final = "Terminated"
TERMINATED_SECONDS: Final = 60  # how long such a one counts as a user of its version (seen with the provider)


def launched(inputs: Props, wanted: Options, number: int) -> dict[str, Any]:
    """The row of an environment that is asked for, and not there yet."""
    version, stack = inputs.get("version", ""), inputs["solutionStackName"]
    return {
        **{name: inputs[name] for name in ("name", "application")},
        **{name: inputs.get(name, "") for name in ("cnamePrefix", "description")},
        "tier": inputs.get("tier", "WebServer"),
        "tags": inputs.get("tags", {}),
        "number": number,
        "instances": [],
        "coming": [],
        "balancer": "",
        "status": "Launching",
        "health": "Grey",
        "todo": True,
        "ended": 0.0,
        "events": [],
        "options": wanted,
        "version": version,
        "stack": stack,
        "wanted": wanted,
        "wantedVersion": version,
        "wantedStack": stack,
    }


def say(account: Account, identity: str, severity: str, message: str) -> None:
    """Write an event of an environment."""
    with account.opened() as tables:
        row = tables["environments"].get(identity)
        if row is not None:
            event = {"time": time.time(), "severity": severity, "message": message}
            row["events"] = [*row["events"], event][-KEPT_EVENTS:]


def errors_since(row: dict[str, Any], moment: float) -> str:
    """The ERROR events since a moment, a line for each, as the provider says them; '' without."""
    return "\n".join(
        f"{time.strftime('%Y-%m-%d %H:%M:%S +0000 UTC', time.gmtime(event['time']))}: {event['message']}"
        for event in row["events"]
        if event["severity"] == "ERROR" and event["time"] >= moment
    )


def users(tables: dict[str, Any], application: str, label: str) -> list[str]:
    """The ids of the environments that use a version, those that ended a moment ago among them."""
    recent = time.time() - TERMINATED_SECONDS
    return [
        identity
        for identity, row in tables["environments"].items()
        if row["application"] == application
        and row["version"] == label
        and (row["status"] != ENDED or row["ended"] > recent)
    ]


def is_known(account: Account, profile: str) -> bool:
    """Whether an instance profile is there, as far as EC2 knows: IAM tells others with a delay.

    The row `iam` of the table `delays` has the seconds; without one there is none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
    """
    row = account.row("profiles", profile)
    delay = (account.row("delays", "iam") or {}).get("seconds", 0)
    return row is not None and row["created"] + delay <= time.time()
