"""An environment's worker: launches, updates and terminates it, with the events that AWS would write.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.rolling-version-deploy.html and
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environmentmgmt-updates-immutable.html: immutable, new
instances stand beside the old ones; when they are healthy they take over, otherwise they go and nothing has
changed. In place, the instances that fail keep what they have got.
"""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.machines import addresses
from sandbox.plugins.aws import deployment, fleet, options, service
from sandbox.plugins.aws.deployment import FailedError
from sandbox.plugins.cloud.account import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.plugins.aws.instance import Instance

Row = dict[str, Any]


def work(account: Account, identity: str) -> None:
    """Do what is to be done for an environment, until nothing is."""
    with service.attempt(service.lock_file(account, identity)) as mine:
        while mine and (row := account.row("environments", identity)) and row["todo"]:
            fleet.remove(row["coming"])  # of a worker that was killed
            account.change("environments", identity, coming=[])
            try:
                _TASKS[row["status"]](account, identity, row)
            except Exception as problem:  # noqa: BLE001  whoever waits has to learn of it
                traceback.print_exc()
                service.say(account, identity, "ERROR", f"The sandbox itself failed: {problem!r}")
                _settle(account, identity, row, health="Red")


def _launch(account: Account, identity: str, row: Row) -> None:
    """CreateEnvironment. What fails after the first instance is there leaves an environment that is Ready."""
    wanted: options.Options = row["wanted"]
    if problem := _profile_problem(account, wanted):
        service.say(account, identity, "ERROR", problem)
        service.say(account, identity, "ERROR", "Failed to launch environment.")
        _end(account, identity)
        return
    service.say(account, identity, "INFO", "createEnvironment is starting.")
    found = fleet.launch(account, identity, row["wantedStack"], options.count(wanted))
    health = "Green"
    try:
        deployment.deploy(account, identity, row, found)
        fleet.expose(account, identity, found, wanted)
        deployment.check_health(account, identity, row, found)
        service.say(account, identity, "INFO", f"Successfully launched environment: {row['name']}")
    except FailedError:
        fleet.expose(account, identity, found, wanted)
        health = "Red"
        text = "Create environment operation is complete, but with errors. For more information, see "
        service.say(account, identity, "ERROR", f"{text}troubleshooting documentation.")
    _settle(account, identity, row, health=health, **_wanted(row))


def _update(account: Account, identity: str, row: Row) -> None:
    """UpdateEnvironment, by the policy for what changes."""
    service.say(account, identity, "INFO", "Environment update is starting.")
    policy = options.policy(row["options"], row["wanted"], code=_code(row) != _wanted_code(row))
    try:
        _POLICIES[policy](account, identity, row)
    except FailedError:
        text = "Failed to deploy configuration." if policy == "configure" else "Failed to deploy application."
        service.say(account, identity, "ERROR", text)
        _settle(account, identity, row, health=_health_after(policy))
    else:
        service.say(account, identity, "INFO", "Environment update completed successfully.")
        _settle(account, identity, row, health="Green", **_wanted(row))


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


def _terminate(account: Account, identity: str, row: Row) -> None:
    """TerminateEnvironment."""
    service.say(account, identity, "INFO", "terminateEnvironment is starting.")
    fleet.remove([*row["instances"], *([row["balancer"]] if row["balancer"] else [])])
    service.say(account, identity, "INFO", f"Deleted environment: {row['name']}")
    _end(account, identity)


_TASKS: Final[Mapping[str, Callable[[Account, str, Row], None]]] = {
    "Launching": _launch,
    "Updating": _update,
    "Terminating": _terminate,
}
_POLICIES: Final[Mapping[str, Callable[[Account, str, Row], None]]] = {
    "Immutable": _immutable,
    "AllAtOnce": _all_at_once,
    "Rolling": _rolling,
    "configure": _configure,
    "replace": _replace,
}


def _code(row: Row) -> tuple[str, str]:
    return row["version"], row["stack"]


def _wanted_code(row: Row) -> tuple[str, str]:
    return row["wantedVersion"], row["wantedStack"]


def _wanted(row: Row) -> Row:
    return {"options": row["wanted"], "version": row["wantedVersion"], "stack": row["wantedStack"]}


def _health_after(policy: str) -> str:
    """The colour after a failure: what serves is untouched, of both versions, or what has failed.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-health-enhanced-notifications.html:
    an instance with another version than that of the last successful deployment is not healthy.
    """
    return {"Immutable": "Green", "configure": "Green", "Rolling": "Yellow"}.get(policy, "Red")


def _profile_problem(account: Account, wanted: options.Options) -> str:
    """Before anything is built: an instance profile has to be named, by its name, and known by now."""
    name = options.of_namespace(wanted, options.LAUNCH).get("IamInstanceProfile", "")
    if not name:
        return "Environment must have instance profile associated with it."
    if not service.is_known(account, options.profile(wanted)):
        return f"The instance profile {name} associated with the environment does not exist."
    return ""


def _settle(account: Account, identity: str, row: Row, **values: Any) -> None:
    """Back to Ready, unless somebody has asked for something else meanwhile."""
    with account.opened() as tables:
        now = tables["environments"].get(identity)
        if now is not None and now["status"] == row["status"]:
            now.update(values, status="Ready", todo=False)


def _end(account: Account, identity: str) -> None:
    with account.opened() as tables:
        row = tables["environments"][identity]
        row.update(status=service.ENDED, todo=False, ended=time.time(), health="Grey")
        row.update(instances=[], coming=[], balancer="")
        number = row["number"]
    addresses.release(number)


def main() -> None:
    """`… FOLDER ENVIRONMENT`: work for this environment of the account in the folder."""
    folder, identity = sys.argv[1:]
    work(Account(Path(folder)), identity)


if __name__ == "__main__":
    main()
