"""Install the sandbox's plugins where the engine looks for the official ones.

The engine warns on every run about a plugin that it finds on the PATH, and not about one that is
installed: so this makes a package of a small launcher and installs it with `pulumi plugin install`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from shlex import quote

from sandbox.plugins.variables import ACCOUNT


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A provider of ours: `sandbox.plugins.<name>` under an official provider's name and version.

    Attributes:
        name: the provider's.
        version: what it says it is: that of the SDK which the programs use.
        packages: folder of the environment whose SDK tells the provider's types; None without.
        account: folder of the emulated account; None for a provider that has none.
    """

    name: str
    version: str
    packages: Path | None = None
    account: Path | None = None

    def launcher(self) -> str:
        """The executable: this Python, this checkout, and the plugin's `main`.

        A shell script, since a first line can name no interpreter with a space in its path. Python is
        isolated (-I): the engine starts plugins in the user's project, whose modules must not be found.
        """
        checkout = str(Path(__file__).resolve().parents[2])
        code = f"import sys; sys.path.insert(0, {checkout!r}); "
        if self.packages is not None:
            code += f"sys.path.append({str(self.packages)!r}); "
        code += f"from sandbox.plugins.{self.name}.__main__ import main; main()"
        account = "" if self.account is None else f"{ACCOUNT}={quote(str(self.account))} "
        return f'#!/bin/sh\n{account}exec {quote(sys.executable)} -I -c {quote(code)} "$@"\n'

    def place(self, pulumi_home: Path) -> Path:
        """Where the plugin's executable is, once it is installed."""
        folder = pulumi_home / "plugins" / f"resource-{self.name}-v{self.version}"
        return folder / f"pulumi-resource-{self.name}"


COMMAND = Plugin(name="command", version="1.2.1")


def is_ours(executable: Path) -> bool:
    """Whether an installed executable is a launcher of the sandbox, of whatever checkout."""
    with executable.open("rb") as file:
        return b"sandbox.plugins." in file.read(4096)


def install(plugin: Plugin, pulumi: Path, pulumi_home: Path) -> bool:
    """Install a plugin into `pulumi_home` with that `pulumi`; False if it is there already.

    Raises subprocess.CalledProcessError, whose `stderr` holds the engine's own words.
    """
    installed = plugin.place(pulumi_home)
    executable = installed.name
    content = plugin.launcher()
    if installed.is_file() and installed.read_text(errors="replace") == content:
        return False
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / f"{executable}.tar.gz"
        with tarfile.open(package, "w:gz") as tar:
            entry = tarfile.TarInfo(executable)
            entry.size, entry.mode = len(content.encode()), 0o755
            tar.addfile(entry, BytesIO(content.encode()))
        arguments = ["plugin", "install", "resource", plugin.name, plugin.version, "--reinstall"]
        subprocess.run(
            [str(pulumi), *arguments, "--file", str(package)],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=os.environ | {"PULUMI_HOME": str(pulumi_home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    return True
