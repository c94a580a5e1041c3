"""A version or a configuration gets to instances: what they are told, and the events about how that went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.aws import iam_policy, log_groups, options, service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sandbox.plugins.aws.instance import Instance, Outcome
    from sandbox.plugins.cloud.account import Account

Row = dict[str, Any]
KEPT_LINES: Final = 400


class FailedError(Exception):
    """A deployment failed; the events about it are written."""


def deploy(account: Account, identity: str, row: Row, to: Sequence[Instance], *, leads: bool = True) -> None:
    """Deploy the wanted version with the wanted configuration; one instance leads a deployment."""
    bundle = _bundle(account, identity, row)
    order = _order(account, identity, row)
    failed = []
    for number, instance in enumerate(to):
        outcome = instance.deploy(bundle, {**order, "leader": leads and number == 0})
        if outcome.failed:
            failed.append(instance)
            _say_failed(account, identity, row, instance, outcome)
        else:
            service.say(account, identity, "INFO", "Instance deployment completed successfully.")
    _summarise(account, identity, to, failed)


def configure(account: Account, identity: str, row: Row, to: Sequence[Instance]) -> None:
    """Give what runs the wanted configuration, where it is."""
    order = _order(account, identity, row)
    outcomes = [(instance, instance.configure(order)) for instance in to]
    failed = [instance for instance, outcome in outcomes if outcome.failed]
    for instance, outcome in outcomes:
        if outcome.failed:
            _say_failed(account, identity, row, instance, outcome)
    _summarise(account, identity, to, failed)


def check_health(account: Account, identity: str, row: Row, of: Sequence[Instance]) -> None:
    """What the balancer asks; without one, that the processes run was seen by the engine."""
    kind = options.balancer(row["wanted"])
    for instance in of if kind else ():
        process = options.of_namespace(row["wanted"], options.PROCESS)
        path, matcher = process.get("HealthCheckPath", "/"), process.get("MatcherHTTPCode", "200")
        if kind == "application":
            problem = instance.answers(path, matcher, _health_seconds(process))
        else:
            problem = "" if instance.takes_connections() else "Connection refused"
        if problem:
            keep_logs(account, identity, row, instance)
            name = instance.machine.name
            text = f"ELB processes are not healthy on all instances. {problem} ({path})."
            service.say(account, identity, "WARN", text)
            text = f"The following instances have not passed the load balancer's health checks: [{name}]."
            service.say(account, identity, "ERROR", text)
            raise FailedError


def _health_seconds(process: Mapping[str, str]) -> float:
    """Until a target counts as unhealthy; the defaults are the namespace's."""
    interval, threshold = (
        process.get("HealthCheckInterval", "15"),
        process.get("UnhealthyThresholdCount", "5"),
    )
    return float(interval) * float(threshold)


def _order(account: Account, identity: str, row: Row) -> Row:
    wanted: options.Options = row["wanted"]
    python = options.of_namespace(wanted, options.PYTHON)
    key = account.row("keyPairs", options.of_namespace(wanted, options.LAUNCH).get("EC2KeyName", ""))
    secret = _secrets(account, identity, wanted)
    return {
        "leader": False,
        "variables": {**options.of_namespace(wanted, options.VARIABLES), **secret},
        "static": options.of_namespace(wanted, options.STATIC),
        "wsgi_path": python.get("WSGIPath", "application"),
        "processes": int(python.get("NumProcesses", "1")),
        "threads": int(python.get("NumThreads", "15")),
        "login_keys": [key["publicKey"]] if key else [],
    }


def _secrets(account: Account, identity: str, wanted: options.Options) -> dict[str, str]:
    """The values behind environmentsecrets; the instances' role has to be allowed to read them.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html
    """
    tables = account.tables()
    profiles, known = tables.get("profiles", {}), tables.get("secrets", {})
    role = profiles.get(options.profile(wanted), {}).get("role")
    may = iam_policy.may(tables, iam_policy.EC2, role)
    found = {}
    for name, arn in options.of_namespace(wanted, options.SECRETS).items():
        row = known.get(arn)
        if row is None or not row["versions"]:
            why = f"Secrets Manager can't find the specified secret: {arn}"
        elif not may("secretsmanager:GetSecretValue", arn):
            why = f"not authorized to perform: secretsmanager:GetSecretValue on resource: {arn}"
        else:
            found[name] = list(row["versions"].values())[-1]
            continue
        text = f"Instance deployment failed to get one or more secrets for environment variable {name}: {why}"
        service.say(account, identity, "ERROR", text)
        raise FailedError
    return found


def _bundle(account: Account, identity: str, row: Row) -> bytes:
    version = account.row("versions", f"{row['application']}/{row['wantedVersion']}") or {}
    where = f"{version.get('bucket')}/{version.get('key')}"
    path: Path = account.folder / "s3" / where
    if not path.is_file():
        service.say(account, identity, "ERROR", f"Unable to download from S3 location: {where}")
        raise FailedError
    return path.read_bytes()


def _say_failed(account: Account, identity: str, row: Row, instance: Instance, outcome: Outcome) -> None:
    """What the events tell of a failure on an instance: hardly anything, the reason is in its logs."""
    keep_logs(account, identity, row, instance)
    generic = "Instance deployment failed. For details, see 'eb-engine.log'."
    command = "Command failed on instance. Return code: 1 Output: Engine execution has encountered an error.."
    for text in (outcome.event, generic, f"[Instance: {instance.machine.name}] {command}"):
        if text:
            service.say(account, identity, "ERROR", text)


def _summarise(account: Account, identity: str, of: Sequence[Instance], failed: Sequence[Instance]) -> None:
    counts = f"[Successful: {len(of) - len(failed)}, Failed: {len(failed)}]"
    text = f"Command execution completed on all instances. Summary: {counts}."
    service.say(account, identity, "INFO", text)
    if failed:
        names = ",".join(instance.machine.name for instance in failed)
        text = f"Unsuccessful command execution on instance id(s) '{names}'. Aborting the operation."
        service.say(account, identity, "ERROR", text)
        raise FailedError


def keep_logs(account: Account, identity: str, row: Row, instance: Instance) -> None:
    """The logs outlive the instance: for who rehearses in any case, and in CloudWatch as they do at AWS."""
    folder = account.folder / "logs" / identity
    folder.mkdir(parents=True, exist_ok=True)
    for name in log_groups.LOGS:
        text = instance.log(name, KEPT_LINES)
        (folder / name).write_text(text, encoding="utf-8")
        log_groups.send(account, row, instance.machine.name, name, text)
