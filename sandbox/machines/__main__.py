"""`python -m sandbox.machines`: machines by hand."""

import argparse
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final

from sandbox.machines import lifecycle, ownership
from sandbox.machines.base import SUITES
from sandbox.machines.errors import MachineError
from sandbox.machines.machine import Machine

_POWER: Final[Mapping[str, Callable[[Machine], object]]] = {
    "reboot": lifecycle.reboot,
    "poweroff": lifecycle.poweroff,
    "kill": lifecycle.power_cut,
}


def main(arguments: list[str]) -> int:
    """Do what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _do(options)
    except (MachineError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.machines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make and start a machine, as far as it isn't yet")
    up.add_argument("name")
    up.add_argument("--suite", choices=SUITES)
    up.add_argument("--json", action="store_true", help="print all of the machine's fields")
    down = commands.add_parser("down", help="switch a machine off and remove it")
    which = down.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?")
    which.add_argument("--all", action="store_true", help="every machine of this checkout")
    commands.add_parser("status", help="list this checkout's machines")
    commands.add_parser("clean", help="remove the machines, the bridge and the firewall rules")
    ssh = commands.add_parser("ssh", help="log in, or run one command")
    ssh.add_argument("--user", default="root")
    ssh.add_argument("name")
    ssh.add_argument("remote", nargs=argparse.REMAINDER, metavar="command")
    for name, text in {
        "reboot": "restart by the guest's own means",
        "poweroff": "switch off; `up` starts it again",
        "kill": "cut the power; `up` starts it again",
    }.items():
        commands.add_parser(name, help=text).add_argument("name")
    return parser


def _do(options: argparse.Namespace) -> int:
    match options.command:
        case "up":
            _show(lifecycle.up(options.name, options.suite), as_json=options.json)
        case "down":
            names = [one.name for one in lifecycle.status()] if options.all else [options.name]
            for name in names:
                lifecycle.down(name)
        case "status":
            for one in lifecycle.status():
                print(f"{one.name:20} {one.suite:10} {one.address:16} {one.state}")
        case "clean":
            ownership.clean()
        case "ssh":
            command = _running(options.name).login(options.user, " ".join(options.remote))
            return subprocess.run(command, check=False).returncode
        case _:
            _POWER[options.command](_running(options.name))
    return 0


def _show(machine: Machine, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(dataclasses.asdict(machine), default=str))
    else:
        print(f"{machine.name} {machine.suite} {machine.address} {machine.host_key}")


def _running(name: str) -> Machine:
    machine = lifecycle.find(name)
    if machine is None:
        raise MachineError(f"no machine {name} is running: `python -m sandbox.machines up {name}`")
    return machine


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
