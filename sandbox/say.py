"""How the sandbox's commands speak: one line for each step, and errors that end in a remedy."""

import sys


class SandboxError(RuntimeError):
    """Something the user can act on: its text says what failed, why, and what to do."""


def step(text: str) -> None:
    """Say what is done now, and how long that usually takes."""
    print(f"==> {text}", flush=True)


def note(text: str) -> None:
    """Say something on the side, where it can't get into a command's output."""
    print(f"    {text}", file=sys.stderr, flush=True)
