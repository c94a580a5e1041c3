"""A stack as the last run left it: compared with what was deployed, or under pulumi's own commands."""

import os
import sys

from sandbox.demo import STACK
from sandbox.engine import ensure
from sandbox.paths import SANDBOX
from sandbox.project import Scratch
from sandbox.rehearse import REHEARSALS
from sandbox.say import SandboxError

PULUMI = ".sandbox/venv/bin/python -m sandbox pulumi"


def drift() -> None:
    """Compare the demo's machine; the exit code is drift's own. FORMAT and PORTS reach it as they are."""
    scratch = left(STACK)
    asked = {name: os.environ[name] for name in ("FORMAT", "PORTS") if name in os.environ}
    python = str(scratch.root / ".venv" / "bin" / "python")
    _become([python, "-m", "components.drift", "--stack", STACK, "--pulumi", PULUMI], scratch, asked)


def pulumi() -> None:
    """Run pulumi with the rest of the command line, on the stack that its first word names, or the demo's."""
    words = sys.argv[2:]
    stack = words.pop(0) if words and words[0] in (STACK, *REHEARSALS) else STACK
    scratch = left(stack)
    _become([str(scratch.engine.pulumi), *words], scratch, {"PULUMI_STACK": stack})


def left(stack: str) -> Scratch:
    """The scratch copy of the demo or of a rehearsal, as it is; SandboxError where there is none."""
    name = "demo" if stack == STACK else f"rehearse-{stack}"
    scratch = Scratch(
        name=name,
        root=SANDBOX / "projects" / name,
        state=SANDBOX / "state" / name,
        engine=ensure(),
        variables={} if stack == STACK else REHEARSALS[stack].variables(name),
    )
    if not (scratch.root / ".venv").exists():
        command = "make demo" if stack == STACK else f"make rehearse STACK={stack}"
        raise SandboxError(f"there is nothing of stack {stack} here yet; run: {command}")
    return scratch


def _become(command: list[str], scratch: Scratch, more: dict[str, str]) -> None:
    os.chdir(scratch.root)
    os.execve(command[0], command, scratch.environment() | more)  # noqa: S606  # no shell, on purpose
