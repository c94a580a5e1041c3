"""What the engine's parts have in common: places, the engine's log, commands, and the one error."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

Order = dict[str, Any]  # kind, leader, variables, static, wsgi_path, processes, threads, login_keys

APP: Final = Path("/var/app")
STAGING: Final = APP / "staging"
CURRENT: Final = APP / "current"
VENV: Final = APP / "venv/staging-LQM1lest"  # its name at AWS
FRESH_VENV: Final = Path("/opt/elasticbeanstalk/venv")  # made at VENV, moved away: to make one takes seconds
DEPLOYMENT: Final = Path("/opt/elasticbeanstalk/deployment")
LOG: Final = Path("/var/log/eb-engine.log")
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class DeploymentError(Exception):
    """A deployment failed. The text is for the engine's log; `event` is one that Elastic Beanstalk adds."""

    def __init__(self, text: str, event: str = "") -> None:
        super().__init__(text)
        self.event = event


def say(text: str) -> None:
    """Write a line to the engine's log."""
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"{text}\n")


def surroundings(order: Order) -> dict[str, str]:
    """What commands and hooks have as their environment: the properties, and no venv on the PATH.

    PYTHONPATH is a property that the platform itself sets.
    """
    basic: dict[str, str] = {"PATH": _PATH, "HOME": "/root", "PYTHONPATH": f"{VENV}/bin"}
    return {**basic, **order["variables"]}


def run(line: str, cwd: str, env: dict[str, str]) -> int:
    """Run a line in a shell; its status. What it says goes to the engine's log."""
    say(f"[INFO] Running command: {line}")
    with LOG.open("a", encoding="utf-8") as log:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    return done.returncode


def systemctl(*arguments: str) -> str:
    """Call systemctl; what it prints. A unit that does not start is seen afterwards, not here."""
    done = subprocess.run(["systemctl", "-q", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()
