"""Stacks in an account that is told here, and what they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from unit import examples, recorder
from unit.engine import Engine

if TYPE_CHECKING:
    from unit.conftest import Deploy

STACK: Final = "64bit Amazon Linux 2023 v4.9.0 running Python 3.13"
PUBLIC_KEY: Final = f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'x' * 43}"
NAME: Final = "bookstore-ab12cd34"  # what the digits that are drawn here make of the app's name
SECRETS: Final[dict[str, Any]] = {
    "secrets": {"DATABASE_URL": examples.CANARY, "TOKEN": f"{examples.CANARY} too"}
}
BALANCED: Final[dict[str, Any]] = {
    "beanstalk": {"loadBalancer": "application", "minInstances": 2, "maxInstances": 4}
}
LOGIN: Final[dict[str, Any]] = {"beanstalk": {"publicKey": PUBLIC_KEY, "sshFrom": "203.0.113.7/32"}}


def engine(stack: str = STACK, **options: Any) -> Engine:
    """AWS, with one platform that has the app's Python."""
    return Engine({"getSolutionStack": {"name": stack}}, **options)


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.BEANSTALK, changes or {}), **{"engine": engine(), **options})
    assert done.error is None
    return done


def settings(done: recorder.Recording) -> dict[str, dict[str, str]]:
    """The environment's option settings: namespace to name to value."""
    found: dict[str, dict[str, str]] = {}
    for each in done.one("Environment").inputs["settings"]:
        found.setdefault(each["namespace"], {})[each["name"]] = each["value"]
    return found
