"""An environment's worker: launches, updates and terminates it, with the events that AWS would write.

It is a process of its own, and has a successor when it is killed: what is to be done is in the account.
"""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.machines import addresses, locks
from sandbox.plugins.aws import deployment, fleet, log_groups, options, policies, service
from sandbox.plugins.aws.deployment import FailedError
from sandbox.plugins.cloud import workers
from sandbox.plugins.cloud.account import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]


def work(account: Account, identity: str) -> None:
    """Do what is to be done for an environment, until nothing is."""
    with locks.attempt(workers.lock_file(account, identity)) as mine:
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
    log_groups.ensure(account, row)
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
    log_groups.ensure(account, row)
    policy = options.policy(row["options"], row["wanted"], code=_code(row) != _wanted_code(row))
    try:
        policies.POLICIES[policy](account, identity, row)
    except FailedError:
        text = "Failed to deploy configuration." if policy == "configure" else "Failed to deploy application."
        service.say(account, identity, "ERROR", text)
        _settle(account, identity, row, health=policies.health_after(policy))
    else:
        service.say(account, identity, "INFO", "Environment update completed successfully.")
        _settle(account, identity, row, health="Green", **_wanted(row))


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


def _code(row: Row) -> tuple[str, str]:
    return row["version"], row["stack"]


def _wanted_code(row: Row) -> tuple[str, str]:
    return row["wantedVersion"], row["wantedStack"]


def _wanted(row: Row) -> Row:
    return {"options": row["wanted"], "version": row["wantedVersion"], "stack": row["wantedStack"]}


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
    log_groups.end(account, row)
    addresses.release(number)


def main() -> None:
    """`… FOLDER ENVIRONMENT`: work for this environment of the account in the folder."""
    folder, identity = sys.argv[1:]
    work(Account(Path(folder)), identity)


if __name__ == "__main__":
    main()
