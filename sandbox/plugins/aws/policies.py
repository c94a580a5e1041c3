"""How a change gets to an environment's instances.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.rolling-version-deploy.html and
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environmentmgmt-updates-immutable.html: immutable, new
instances stand beside the old ones; when they are healthy they take over, otherwise they go and nothing has
changed. In place, the instances that fail keep what they have got. A FailedError ends each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.aws import deployment, fleet, options, service
from sandbox.plugins.aws.deployment import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.plugins.aws.instance import Instance
    from sandbox.plugins.cloud.account import Account

Row = dict[str, Any]


def _immutable(account: Account, identity: str, row: Row) -> None:
    """New instances beside the old ones; they take over when they are healthy."""
    text = (
        "Immutable deployment policy enabled. Launching one instance with the new settings to verify health."
    )
    service.say(account, identity, "INFO", text)
    found: list[Instance] = []
    try:
        for first, count in ((True, 1), (False, options.count(row["wanted"]) - 1)):
            more = fleet.launch(account, identity, row["wantedStack"], count)
            found += more
            if more:
                deployment.deploy(account, identity, row, more, leads=first)
                deployment.check_health(account, identity, row, more)
    except FailedError:
        fleet.remove([instance.machine.name for instance in found])
        account.change("environments", identity, coming=[])
        raise
    fleet.expose(account, identity, found, row["wanted"])
    service.say(account, identity, "INFO", "New application version was deployed to running EC2 instances.")


def _replace(account: Account, identity: str, row: Row) -> None:
    """Other instances without a policy for it: the old ones go first, and nothing serves meanwhile."""
    fleet.remove(row["instances"])
    found = fleet.launch(account, identity, row["wantedStack"], options.count(row["wanted"]))
    try:
        deployment.deploy(account, identity, row, found)
    finally:
        fleet.expose(account, identity, found, row["wanted"])
    deployment.check_health(account, identity, row, found)


def _all_at_once(account: Account, identity: str, row: Row) -> None:
    """In place, on all instances: what fails is not taken back."""
    service.say(account, identity, "INFO", "Deploying new version to instance(s).")
    found = fleet.present(row)
    deployment.deploy(account, identity, row, found)
    deployment.check_health(account, identity, row, found)


def _rolling(account: Account, identity: str, row: Row) -> None:
    """In place, one instance after the other; the first failure ends it."""
    found = fleet.present(row)
    for number, instance in enumerate(found, 1):
        name = instance.machine.name
        text = f"Batch {number}: Starting application deployment on instance(s) [{name}]."
        service.say(account, identity, "INFO", text)
        deployment.deploy(account, identity, row, [instance], leads=number == 1)
        deployment.check_health(account, identity, row, [instance])
        text = f"Batch {number}: Completed application deployment."
        service.say(account, identity, "INFO", text)


def _configure(account: Account, identity: str, row: Row) -> None:
    """Other variables or options on what runs; what fails is taken back."""
    found = fleet.present(row)
    try:
        deployment.configure(account, identity, row, found)
        deployment.check_health(account, identity, row, found)
    except FailedError:
        deployment.configure(account, identity, {**row, "wanted": row["options"]}, found)
        text = "The environment was reverted to the previous configuration setting."
        service.say(account, identity, "INFO", text)
        raise
    more = options.count(row["wanted"]) - len(found)
    if more > 0:
        coming = fleet.launch(account, identity, row["stack"], more)
        deployment.deploy(account, identity, row, coming, leads=False)
        found += coming
    fleet.expose(account, identity, found[: options.count(row["wanted"])], row["wanted"])


POLICIES: Final[Mapping[str, Callable[[Account, str, Row], None]]] = {
    "Immutable": _immutable,
    "AllAtOnce": _all_at_once,
    "Rolling": _rolling,
    "configure": _configure,
    "replace": _replace,
}


def health_after(policy: str) -> str:
    """The colour after a failure: what serves is untouched, of both versions, or what has failed.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-health-enhanced-notifications.html:
    an instance with another version than that of the last successful deployment is not healthy.
    """
    return {"Immutable": "Green", "configure": "Green", "Rolling": "Yellow"}.get(policy, "Red")
