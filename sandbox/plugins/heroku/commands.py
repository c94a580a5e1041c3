"""What people do with an app besides deploying it, as with Heroku's command line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from sandbox.machines.machine import read_made
from sandbox.plugins.cloud import commands as cloud_commands
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.heroku.api import apps, releases
from sandbox.plugins.heroku.api.platform import ApiError, Platform, app_row
from sandbox.plugins.heroku.guest import places
from sandbox.plugins.heroku.machine_host import MachineHost

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from sandbox.plugins.heroku.api.platform import Row


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit status."""
    parser = cloud_commands.parser("heroku", "heroku", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("apps", help="list the apps")
    for name, text in {
        "logs": "print the last 1500 lines of the log",
        "ps": "list the dynos",
        "releases": "list the releases, the newest first",
        "restart": "restart all dynos",
    }.items():
        commands.add_parser(name, help=text).add_argument("app")
    back = commands.add_parser("rollback", help="release an earlier release again")
    back.add_argument("app")
    back.add_argument("version", type=lambda text: int(text.removeprefix("v")), help="for example v4")
    options = parser.parse_args(arguments)
    account = Account(options.account)
    platform = Platform(account, MachineHost(account))
    try:
        _COMMANDS[options.command](platform, options)
    except ApiError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def _apps(platform: Platform, _: argparse.Namespace) -> None:
    for row in platform.account.table("apps").values():
        print(f"{row['name']:30} http://{row['address']}/")


def _logs(platform: Platform, options: argparse.Namespace) -> None:
    print(platform.host.logs(_app(platform, options.app)["machine"]), end="")


def _ps(platform: Platform, options: argparse.Namespace) -> None:
    made = read_made(_app(platform, options.app)["machine"])
    path = None if made is None else made.folder / "tree" / places.STATE.relative_to("/")
    dynos = json.loads(path.read_text()) if path is not None and path.exists() else []
    for dyno in dynos:
        print(f"{dyno['name']} ({dyno['size']}): {dyno['state']}  {dyno['command']}")


def _releases(platform: Platform, options: argparse.Namespace) -> None:
    for row in releases.all_of(platform, options.app):
        mark = "current" if row["current"] else row["status"]
        print(f"v{row['version']:<4} {mark:10} {row['created_at']}  {row['description']}")


def _restart(platform: Platform, options: argparse.Namespace) -> None:
    apps.restart(platform, options.app)


def _rollback(platform: Platform, options: argparse.Namespace) -> None:
    row = releases.rollback(platform, options.app, options.version)
    print(f"v{row['version']}: {row['description']}")


def _app(platform: Platform, name: str) -> Row:
    with platform.account.opened() as tables:
        return dict(app_row(tables, name))


_COMMANDS: Final[Mapping[str, Callable[[Platform, argparse.Namespace], None]]] = {
    "apps": _apps,
    "logs": _logs,
    "ps": _ps,
    "releases": _releases,
    "restart": _restart,
    "rollback": _rollback,
}
