"""An environment's worker: launches, updates and terminates it, with the events that AWS would write.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environmentmgmt-updates-immutable.html: new instances
stand beside the old ones; when they are healthy they take over, otherwise they go and nothing has changed.
"""

from __future__ import annotations

import secrets
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox import machines
from sandbox.machines import MachineError, addresses, instances
from sandbox.plugins.aws import image, options, service
from sandbox.plugins.aws.instance import Instance
from sandbox.plugins.cloud.account import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEALTH_SECONDS: Final = 60.0
Row = dict[str, Any]


class _FailedError(Exception):
    """Why instances don't get healthy."""


def work(account: Account, identity: str) -> None:
    """Do what is to be done for an environment, until nothing is."""
    with service.attempt(service.lock_file(account, identity)) as mine:
        while mine and (row := account.row("environments", identity)) and row["todo"]:
            try:
                _TASKS[row["status"]](account, identity, row)
            except MachineError as problem:
                service.say(account, identity, "ERROR", f"The sandbox's machine failed: {problem}")
                _settle(account, identity, row, health="Red")


def _launch(account: Account, identity: str, row: Row) -> None:
    """CreateEnvironment."""
    wanted: options.Options = row["wanted"]
    if problem := _profile_problem(account, wanted):
        service.say(account, identity, "ERROR", problem)
        service.say(
            account, identity, "INFO", f"Launched environment: {row['name']}. However, there were issues."
        )
        _end(account, identity)
        return
    service.say(account, identity, "INFO", f"createEnvironment is starting for {row['name']}.")
    try:
        _immutable(account, identity, row)
        service.say(account, identity, "INFO", f"Successfully launched environment: {row['name']}")
    except _FailedError as problem:
        _say_failed(account, identity, str(problem))
        text = "Create environment operation is complete, but with errors."
        service.say(account, identity, "ERROR", text)
        _settle(account, identity, row, health="Red", options=wanted)


def _update(account: Account, identity: str, row: Row) -> None:
    """UpdateEnvironment: a version or other instances come immutably, other variables in place."""
    service.say(account, identity, "INFO", "Environment update is starting.")
    same = row["wantedVersion"] == row["version"] and row["wantedStack"] == row["stack"]
    try:
        if same and row["instance"] and options.in_place(row["options"], row["wanted"]):
            _configure(account, identity, row)
        else:
            _immutable(account, identity, row)
    except _FailedError as problem:
        _say_failed(account, identity, str(problem))
        service.say(account, identity, "ERROR", "Failed to deploy application.")
        _settle(account, identity, row)
    else:
        service.say(account, identity, "INFO", "Environment update completed successfully.")


def _terminate(account: Account, identity: str, row: Row) -> None:
    """TerminateEnvironment."""
    service.say(account, identity, "INFO", "terminateEnvironment is starting.")
    for name in (row["instance"], row["coming"]):
        if name:
            machines.down(name)
    _end(account, identity)


_TASKS: Final[Mapping[str, Callable[[Account, str, Row], None]]] = {
    "Launching": _launch,
    "Updating": _update,
    "Terminating": _terminate,
}


def _immutable(account: Account, identity: str, row: Row) -> None:
    """A new instance beside the old one; it gets the environment's address when it is healthy."""
    suite, remark = image.suite(row["wantedStack"])
    if remark:
        service.say(account, identity, "WARN", remark)
    if row["coming"]:  # of a worker that was killed
        machines.down(row["coming"])
    name = f"eb-{secrets.token_hex(5)}"
    account.change("environments", identity, coming=name)
    instance = Instance.launch(name, suite)
    service.say(account, identity, "INFO", f"Added instance [i-{name}] to your environment.")
    try:
        bundle = _bundle(account, row)
        _raise(instance.deploy(bundle, _order(account, row)))
        _check_health(instance, row["wanted"])
    except _FailedError:
        _keep_logs(account, identity, instance)
        if row["instance"]:  # what served still does
            machines.down(name)
            account.change("environments", identity, coming="")
        else:
            _take_over(account, identity, row, name)
        raise
    _take_over(account, identity, row, name)
    wanted = {"options": row["wanted"], "version": row["wantedVersion"], "stack": row["wantedStack"]}
    _settle(account, identity, row, health="Green", **wanted)


def _raise(problem: str) -> None:
    if problem:
        raise _FailedError(problem)


def _take_over(account: Account, identity: str, row: Row, name: str) -> None:
    """Give the address to the new instance; then the old one goes."""
    instances.assign(name, row["number"])
    if row["instance"]:
        with suppress(MachineError):  # somebody has taken it away meanwhile
            instances.assign(row["instance"], None)
        instances.assign(name, row["number"])  # whoever remembers the old one's place forgets it
    account.change("environments", identity, instance=name, coming="")
    if row["instance"]:
        machines.down(row["instance"])


def _configure(account: Account, identity: str, row: Row) -> None:
    """Other variables or options on the instance that runs; what fails is taken back."""
    suite, _ = image.suite(row["stack"])
    instance = Instance.launch(row["instance"], suite)
    failed = instance.configure(_order(account, row))
    if not failed:
        try:
            _check_health(instance, row["wanted"])
        except _FailedError as problem:
            failed = str(problem)
    if failed:
        _keep_logs(account, identity, instance)
        instance.configure(_order(account, {**row, "wanted": row["options"]}))
        text = "The environment was reverted to the previous configuration setting."
        service.say(account, identity, "INFO", text)
        raise _FailedError(failed)
    _settle(account, identity, row, health="Green", options=row["wanted"])


def _check_health(instance: Instance, wanted: options.Options) -> None:
    """What a load balancer asks; without one, that the processes run was seen already."""
    if options.balancer(wanted) != "application":
        return
    process = options.of_namespace(wanted, f"{options.EB}:environment:process:default")
    path, matcher = process.get("HealthCheckPath", "/"), process.get("MatcherHTTPCode", "200")
    if problem := instance.answers(path, matcher, HEALTH_SECONDS):
        raise _FailedError(problem)


def _order(account: Account, row: Row) -> Row:
    wanted: options.Options = row["wanted"]
    python = options.of_namespace(wanted, options.PYTHON)
    return {
        "leader": True,  # the first instance of a deployment
        "variables": {**options.of_namespace(wanted, options.VARIABLES), **_secrets(account, wanted)},
        "static": options.of_namespace(wanted, options.STATIC),
        "wsgi_path": python.get("WSGIPath", "application"),
        "processes": int(python.get("NumProcesses", "1")),
        "threads": int(python.get("NumThreads", "15")),
    }


def _secrets(account: Account, wanted: options.Options) -> dict[str, str]:
    """The values behind environmentsecrets; the instances' role has to be allowed to read them.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html
    """
    tables = account.tables()
    profile = tables.get("profiles", {}).get(
        wanted.get(options.key(options.LAUNCH, "IamInstanceProfile"), ""), {}
    )
    policies = tables.get("roles", {}).get(profile.get("role"), {}).get("policies", {}).values()
    found = {}
    for name, arn in options.of_namespace(wanted, options.SECRETS).items():
        row = tables.get("secrets", {}).get(arn)
        allowed = any(arn in policy and "secretsmanager:GetSecretValue" in policy for policy in policies)
        if row is None or not row["versions"] or not allowed:
            why = (
                "is not authorized to perform: secretsmanager:GetSecretValue"
                if row
                else "can't find the secret"
            )
            raise _FailedError(f"Instance deployment failed to get one or more secrets: {why} {arn}")
        found[name] = list(row["versions"].values())[-1]
    return found


def _bundle(account: Account, row: Row) -> bytes:
    version = account.row("versions", f"{row['application']}/{row['wantedVersion']}")
    if version is None:
        raise _FailedError("Failed to download the application version: it is gone.")
    path: Path = account.folder / "s3" / version["bucket"] / version["key"]
    if not path.is_file():
        raise _FailedError(
            f"Unable to download from S3 location (Bucket: {version['bucket']} Key: {version['key']})."
        )
    return path.read_bytes()


def _profile_problem(account: Account, wanted: options.Options) -> str:
    """Before anything is built: an instance profile has to be named, by its name, and known."""
    name = wanted.get(options.key(options.LAUNCH, "IamInstanceProfile"), "")
    if not name:
        return "Environment must have instance profile associated with it."
    if account.row("profiles", name.rpartition("/")[2] if ":instance-profile/" in name else name) is None:
        return f"The instance profile {name} associated with the environment does not exist."
    return ""


def _say_failed(account: Account, identity: str, problem: str) -> None:
    service.say(account, identity, "WARN", "Environment health has transitioned from Ok to Severe.")
    text = f"Instance deployment failed. For details, see 'eb-engine.log'. [Instance: i-new] {problem}"
    service.say(account, identity, "ERROR", text)


def _keep_logs(account: Account, identity: str, instance: Instance) -> None:
    """As StreamLogs does: the logs outlive the instance."""
    folder = account.folder / "logs" / identity
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("eb-engine.log", "web.stdout.log"):
        (folder / name).write_text(instance.log(name, 400), encoding="utf-8")


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
        number = row["number"]
    addresses.release(number)


def main() -> None:
    """`… FOLDER ENVIRONMENT`: work for this environment of the account in the folder."""
    folder, identity = sys.argv[1:]
    try:
        work(Account(Path(folder)), identity)
    except Exception:  # noqa: BLE001  a process of its own: its log is all that tells
        traceback.print_exc()
        sys.exit(1)


if __name__ == "__main__":
    main()
