"""What people do with an app besides deploying it, as with gcloud or in the console."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from sandbox.machines.machine import read_made
from sandbox.plugins.cloud import commands as cloud_commands
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.gcp import document, names
from sandbox.plugins.gcp.apps import Apps
from sandbox.plugins.gcp.guest import places

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

_LINES: Final = 100


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit status."""
    parser = cloud_commands.parser("gcp", "appengine", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("versions", help="list the versions, with their part of the traffic")
    logs = commands.add_parser("logs", help=f"print the last {_LINES} lines of a version of `default`")
    logs.add_argument("version")
    commands.add_parser("restart", help="end all instances; the next request starts one")
    move = commands.add_parser("move", help="give a version of `default` all traffic")
    move.add_argument("version")
    options = parser.parse_args(arguments)
    account = Account(options.account)
    found = account.table("applications")
    if not found:
        print(f"error: there is no app in {options.account}", file=sys.stderr)
        return 1
    for project in found:
        _COMMANDS[options.command](account, project, options)
    return 0


def _versions(account: Account, project: str, _: argparse.Namespace) -> None:
    tables = document.present(account)
    host = names.hostname(project, tables["applications"][project]["location"])
    for service in document.services(tables, project):
        split = tables["services"][f"{project}/{service}"]["split"]
        for version, row in document.versions(tables, project, service).items():
            part = f"{100 * split.get(version, 0):g} %"
            print(
                f"{service:10} {version:20} {part:>6}  {row['arguments']['runtime']}  https://{version}-dot-{host}"
            )


def _logs(account: Account, project: str, options: argparse.Namespace) -> None:
    made = read_made(Apps(account).machine_name(project))
    path = places.log("default", options.version).relative_to("/")
    text = "" if made is None else (made.folder / "tree" / path).read_text(errors="replace")
    print("\n".join(text.splitlines()[-_LINES:]))


def _restart(account: Account, project: str, _: argparse.Namespace) -> None:
    Apps(account).ready(project).ssh("systemctl stop 'appengine-instance-*.service'")


def _move(account: Account, project: str, options: argparse.Namespace) -> None:
    account.change("services", f"{project}/default", split={options.version: 1})
    Apps(account).publish(project)


_COMMANDS: Final[Mapping[str, Callable[[Account, str, argparse.Namespace], None]]] = {
    "logs": _logs,
    "move": _move,
    "restart": _restart,
    "versions": _versions,
}
