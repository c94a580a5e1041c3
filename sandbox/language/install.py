"""Puts the stand-in `pulumi-language-python` beside an engine."""

import shlex
import sys
from pathlib import Path

HOST = Path(__file__).with_name("host.py")
NAME = "pulumi-language-python"


def launcher(python: Path | str = sys.executable) -> str:
    """The text of the executable: it runs this checkout's host with a Python that has pulumi."""
    # -I: neither the user's PYTHONPATH nor the program's folder may change what the host imports.
    command = shlex.join([str(python), "-I", str(HOST)])
    return f'#!/bin/sh\nexec {command} "$@"\n'


def install(folder: Path) -> Path:
    """Write the launcher into `folder`; an unchanged one is left alone."""
    path = folder / NAME
    text = launcher()
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(path)
    return path
