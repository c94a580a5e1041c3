"""Install the stand-in where the engine looks for the official `command` plugin.

The engine warns on every run about a plugin that it finds on the PATH, and not about one that is
installed: so this makes a package of a small launcher and installs it with `pulumi plugin install`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from shlex import quote

NAME, VERSION = "command", "1.2.1"


def launcher() -> str:
    """The executable: this Python, this checkout, and the plugin's `main`.

    A shell script, since a first line can name no interpreter with a space in its path. Python is
    isolated (-I): the engine starts plugins in the user's project, whose modules must not be found.
    """
    checkout = str(Path(__file__).resolve().parents[2])
    code = (
        f"import sys; sys.path.insert(0, {checkout!r}); "
        f"from sandbox.plugins.{NAME}.__main__ import main; main()"
    )
    return f'#!/bin/sh\nexec {quote(sys.executable)} -I -c {quote(code)} "$@"\n'


def place(pulumi_home: Path) -> Path:
    """Where the plugin's executable is, once it is installed."""
    return pulumi_home / "plugins" / f"resource-{NAME}-v{VERSION}" / f"pulumi-resource-{NAME}"


def is_ours(executable: Path) -> bool:
    """Whether an installed executable is a launcher of the stand-in, of whatever checkout."""
    with executable.open("rb") as file:
        return b"sandbox.plugins." in file.read(4096)


def install(pulumi: Path, pulumi_home: Path) -> bool:
    """Install the plugin into `pulumi_home` with that `pulumi`; False if it is there already.

    Raises subprocess.CalledProcessError, whose `stderr` holds the engine's own words.
    """
    installed = place(pulumi_home)
    executable = installed.name
    content = launcher()
    if installed.is_file() and installed.read_text(errors="replace") == content:
        return False
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / f"{executable}.tar.gz"
        with tarfile.open(package, "w:gz") as tar:
            entry = tarfile.TarInfo(executable)
            entry.size, entry.mode = len(content.encode()), 0o755
            tar.addfile(entry, BytesIO(content.encode()))
        arguments = ["plugin", "install", "resource", NAME, VERSION, "--reinstall"]
        subprocess.run(
            [str(pulumi), *arguments, "--file", str(package)],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=os.environ | {"PULUMI_HOME": str(pulumi_home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    return True
