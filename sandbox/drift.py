"""The demo's stack after `make demo`: compared with what was deployed, or under pulumi's own commands."""

import os
import sys

from sandbox.demo import STACK
from sandbox.engine import ensure
from sandbox.paths import SANDBOX
from sandbox.project import Scratch
from sandbox.say import SandboxError

PULUMI = ".sandbox/venv/bin/python -m sandbox pulumi"


def drift() -> None:
    """Compare the demo's machine; the exit code is drift's own. FORMAT and PORTS reach it as they are."""
    scratch = _demo()
    asked = {name: os.environ[name] for name in ("FORMAT", "PORTS") if name in os.environ}
    _become(
        [
            str(scratch.root / ".venv" / "bin" / "python"),
            "-m",
            "components.drift",
            "--stack",
            STACK,
            "--pulumi",
            PULUMI,
        ],
        scratch,
        asked,
    )


def pulumi() -> None:
    """Run pulumi with the rest of the command line, in the demo's copy as the last run left it."""
    scratch = _demo()
    _become([str(scratch.engine.pulumi), *sys.argv[2:]], scratch, {})


def _demo() -> Scratch:
    scratch = Scratch(
        name="demo", root=SANDBOX / "projects" / "demo", state=SANDBOX / "state" / "demo", engine=ensure()
    )
    if not (scratch.root / ".venv").exists():
        raise SandboxError("there is no demo here yet; run: make demo")
    return scratch


def _become(command: list[str], scratch: Scratch, more: dict[str, str]) -> None:
    os.chdir(scratch.root)
    os.execve(command[0], command, scratch.environment() | more)  # noqa: S606  # no shell, on purpose
