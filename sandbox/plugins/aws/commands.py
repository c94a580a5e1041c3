"""What people do with an environment besides deploying it, as with Elastic Beanstalk's command line."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final

from sandbox.machines import addresses
from sandbox.plugins.aws import service
from sandbox.plugins.cloud import commands as cloud_commands
from sandbox.plugins.cloud import workers
from sandbox.plugins.cloud.account import Account

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping


class _UnknownError(Exception):
    """There is no such environment or version."""


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit status."""
    parser = cloud_commands.parser("aws", "beanstalk", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("environments", help="list them: status, health, version, instances")
    commands.add_parser("versions", help="list the application versions, the oldest first")
    for name, text in {
        "events": "print an environment's events, the oldest first",
        "logs": "print what an instance on which a deployment failed has left behind",
    }.items():
        commands.add_parser(name, help=text).add_argument("environment")
    deploy = commands.add_parser("deploy", help="deploy a version, as somebody may do in the console")
    deploy.add_argument("environment")
    deploy.add_argument("label")
    options = parser.parse_args(arguments)
    try:
        _COMMANDS[options.command](Account(options.account), options)
    except _UnknownError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def _environments(account: Account, _: argparse.Namespace) -> None:
    for row in account.table("environments").values():
        if row["status"] != service.ENDED:
            print(f"{row['name']} http://{addresses.address(row['number'])}/")
            print(f"  {row['status']}, {row['health']}, {row['version']}, {', '.join(row['instances'])}")


def _versions(account: Account, _: argparse.Namespace) -> None:
    for row in sorted(account.table("versions").values(), key=lambda row: float(row["created"])):
        print(f"{row['application']} {row['label']}  {row.get('description', '')}")


def _events(account: Account, options: argparse.Namespace) -> None:
    for event in _found(account, options.environment)[1]["events"]:
        moment = time.strftime("%H:%M:%S", time.localtime(event["time"]))
        print(f"{moment} {event['severity']:5} {event['message']}")


def _logs(account: Account, options: argparse.Namespace) -> None:
    folder = account.folder / "logs" / _found(account, options.environment)[0]
    for path in sorted(folder.glob("*.log")):
        print(f"--- /var/log/{path.name}\n{path.read_text(encoding='utf-8')}", end="")


def _deploy(account: Account, options: argparse.Namespace) -> None:
    identity, row = _found(account, options.environment)
    if account.row("versions", f"{row['application']}/{options.label}") is None:
        raise _UnknownError(f"No Application Version named '{options.label}' found.")
    wanted = {"wantedVersion": options.label, "wanted": row["options"], "wantedStack": row["stack"]}
    account.change("environments", identity, status="Updating", todo=True, **wanted)
    while account.table("environments")[identity]["todo"]:
        workers.wake("aws", account, identity)
        time.sleep(0.3)
    _environments(account, options)


def _found(account: Account, name: str) -> tuple[str, Any]:
    """The last environment of that name, one that has ended among them."""
    for identity, row in reversed(account.table("environments").items()):
        if row["name"] == name:
            return identity, row
    raise _UnknownError(f"No Environment found for EnvironmentName = '{name}'.")


_COMMANDS: Final[Mapping[str, Callable[[Account, argparse.Namespace], None]]] = {
    "environments": _environments,
    "versions": _versions,
    "events": _events,
    "logs": _logs,
    "deploy": _deploy,
}
