"""Run a program of the host and turn its failure into a readable error."""

import subprocess

from sandbox.machines.errors import MachineError


def run(*command: str, stdin: str | None = None) -> str:
    """Run `command` and return what it printed.

    Raises:
        MachineError: it failed; the message holds the command and its last words.
    """
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise MachineError(f"{' '.join(command)} ended with {done.returncode}: {said}")
    return done.stdout


def succeeds(*command: str) -> bool:
    """Whether `command` exits with 0, for questions whose other answer is no fault."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
