"""The engine that the user has installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.language.install import NAME as PYTHON_HOST

OLDEST = (3, 255, 0)
ELF = b"\x7fELF"


@dataclass(frozen=True)
class Found:
    """An executable, wherever it came from."""

    pulumi: Path
    version: str
    origin: str


def on_path(*, without: Path) -> Found | None:
    """The `pulumi` on the PATH when it is new enough and complete; `without` is our own folder."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    ours = without.resolve()
    path = os.pathsep.join(folder for folder in folders if Path(folder).resolve() != ours)
    name = shutil.which("pulumi", path=path)
    if name is None:
        return None
    pulumi = Path(name).absolute()
    number = version(pulumi)
    if number is None or number < OLDEST or not (brings_python(pulumi) or _is_binary(pulumi)):
        return None
    return Found(pulumi, ".".join(map(str, number)), f"installed: {pulumi}")


def brings_python(pulumi: Path) -> bool:
    """Whether the official language host is beside it, or beside what it is a link to."""
    return any((path.parent / PYTHON_HOST).exists() for path in (pulumi, pulumi.resolve()))


def version(pulumi: Path) -> tuple[int, ...] | None:
    """What it says it is; None when it does not run."""
    # Its daily look for an update would write into the user's ~/.pulumi.
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        result = subprocess.run(
            [pulumi, "version"], env=env, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", result.stdout)
    return tuple(map(int, numbers.groups())) if numbers else None


def _is_binary(pulumi: Path) -> bool:
    """A wrapper script can't be given a language host: the engine looks beside the real one."""
    with pulumi.open("rb") as file:
        return file.read(len(ELF)) == ELF
