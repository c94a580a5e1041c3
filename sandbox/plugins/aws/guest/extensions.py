"""What a bundle adds to its deployment: commands of .ebextensions, platform hooks.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/customize-containers-ec2.html
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.hooks.html
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

import yaml

from sandbox.plugins.aws.guest.shell import STAGING, DeploymentError, Order, run, say, surroundings

if TYPE_CHECKING:
    from pathlib import Path

Commands = dict[str, dict[str, Any]]


def read() -> tuple[Commands, Commands]:
    """`commands` and `container_commands` of all configuration files, in the files' order."""
    found: dict[str, Commands] = {"commands": {}, "container_commands": {}}
    for path in sorted((STAGING / ".ebextensions").glob("*.config")):
        name = path.relative_to(STAGING)
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            for kind, commands in found.items():
                commands.update(content.get(kind) or {})
        except (ValueError, AttributeError, TypeError, yaml.YAMLError) as problem:
            text = f"The configuration file {name} contains invalid YAML or JSON. YAML exception: {problem}"
            raise DeploymentError(text, " ".join(text.split())) from problem
    return found["commands"], found["container_commands"]


def run_all(commands: Commands, order: Order, cwd: str) -> None:
    """Run commands by the order of their names, as cfn-init does: in a shell, as root."""
    for name, one in sorted(commands.items()):
        _command(name, one, order, cwd)


def _command(name: str, one: dict[str, Any], order: Order, cwd: str) -> None:
    if one.get("leader_only") and not order["leader"]:
        say(f"[INFO] Command {name}: skipped, this instance is not the leader")
        return
    where = one.get("cwd", cwd)
    env = surroundings(order) | {key: str(value) for key, value in (one.get("env") or {}).items()}
    if order["leader"]:
        env["EB_IS_COMMAND_LEADER"] = "true"
    if "test" in one and run(one["test"], where, env) != 0:
        return
    line = one["command"] if isinstance(one["command"], str) else shlex.join(one["command"])
    if run(line, where, env) != 0 and not one.get("ignoreErrors"):
        raise DeploymentError(f"Error occurred during build: Command {name} failed")


def hooks(kind: str, root: Path, order: Order) -> None:
    """Run a stage's hooks by the order of their names: executable files, as root, in the app's folder."""
    for path in sorted((root / ".platform" / kind).glob("*")):
        if not path.is_file():
            continue
        if not os.access(path, os.X_OK):
            raise DeploymentError(f"fork/exec {path.relative_to(root)}: permission denied")
        if run(shlex.quote(str(path)), str(root), surroundings(order)) != 0:
            raise DeploymentError(f"Command {path.relative_to(root)} failed")
