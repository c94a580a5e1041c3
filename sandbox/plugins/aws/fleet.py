"""An environment's instances, and what stands in front of them: an address of their own, or a balancer."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sandbox import machines
from sandbox.machines import MachineError, instances
from sandbox.plugins.aws import image, options, service
from sandbox.plugins.aws.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.plugins.cloud.account import Account

Row = dict[str, Any]
BALANCER_SUITE: Final = "trixie"
DRAIN_SECONDS: Final = 20.0  # DeregistrationDelay where nothing is said


def launch(account: Account, identity: str, solution_stack: str, count: int) -> list[Instance]:
    """New instances, of which the environment's row tells as those that are coming."""
    suite, remark = image.suite(solution_stack)
    if remark:
        service.say(account, identity, "WARN", remark)
    names = [f"i-{secrets.token_hex(8)}0" for _ in range(count)]
    with account.opened() as tables:
        row = tables["environments"][identity]
        row["coming"] = [*row["coming"], *names]
    found = [Instance.launch(name, suite) for name in names]
    for name in names:
        service.say(account, identity, "INFO", f"Added instance [{name}] to your environment.")
    return found


def present(row: Row) -> list[Instance]:
    """The instances that serve, switched on if need be."""
    suite, _ = image.suite(row["stack"])
    return [Instance.launch(name, suite) for name in row["instances"]]


def remove(names: Sequence[str]) -> None:
    """Take instances down."""
    for name in names:
        machines.down(name)


def expose(account: Account, identity: str, serving: Sequence[Instance], wanted: options.Options) -> None:
    """Let these serve, and no others; those before them finish, and go."""
    row = account.table("environments")[identity]
    kind = options.balancer(wanted)
    names = [one.machine.name for one in serving]
    leaving = [name for name in row["instances"] if name not in names]
    if kind:
        name = row["balancer"] or f"elb-{identity.removeprefix('e-')}"
        account.change("environments", identity, balancer=name)
        balancer = Instance.launch(name, BALANCER_SUITE)
        balancer.balance(
            {
                "targets": [one.machine.address for one in serving],
                "leaving": [found.address for one in leaving if (found := machines.find(one))],
                "kind": kind,
                "seconds": _drain_seconds(wanted),
            }
        )
        _move_address(row["number"], leaving, name)
    else:
        _move_address(row["number"], [*leaving, *([row["balancer"]] if row["balancer"] else [])], names[0])
        if row["balancer"]:
            machines.down(row["balancer"])
        account.change("environments", identity, balancer="")
    account.change("environments", identity, instances=names, coming=[])
    remove(leaving)


def _move_address(number: int, before: Sequence[str], name: str) -> None:
    """The environment's address is taken from those who had it, and given to another.

    Whoever asks at that moment waits for an answer: an address that nobody has refuses nothing.
    """
    for one in before:
        with suppress(MachineError):  # it is gone, or never had it
            instances.assign(one, None)
    instances.assign(name, number)


def _drain_seconds(wanted: options.Options) -> float:
    process = options.of_namespace(wanted, options.PROCESS)
    return float(process.get("DeregistrationDelay", DRAIN_SECONDS))
