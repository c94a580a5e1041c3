"""Build output as Heroku's buildpacks print it (heroku-buildpack-python v351, lib/output.sh)."""

from __future__ import annotations

import sys
from typing import Final

_COLOURS: Final = {"notice": "\x1b[1;34m", "warning": "\x1b[1;33m", "error": "\x1b[1;31m"}
_RESET: Final = "\x1b[0m"


class BuildError(Exception):
    """Why a build fails: the text of an error message, without colour; the log is its reader."""


def say(text: str) -> None:
    """One line as it is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def step(text: str) -> None:
    """A step of the build."""
    say(f"-----> {text}")


def indent(text: str) -> None:
    """Output of a step."""
    say(f"       {text}")


def message(kind: str, text: str) -> None:
    """A `notice`, a `warning` or an `error` of several lines, with an empty one on both sides."""
    say("")
    for line in text.strip("\n").split("\n"):
        say(f"{_COLOURS[kind]} !     {line}{_RESET}")
    say("")
