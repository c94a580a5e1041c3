"""A checkout of its own for tests: its machines are none of the user's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.machines import Machine
from sandbox.machines.paths import digest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    """A copy of the package that makes machines, used as a user does: by its commands."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> Checkout:
        """Copy the package to `path`."""
        (path / "sandbox").mkdir(parents=True)
        for file in (ROOT / "sandbox").glob("*.py"):
            shutil.copy(file, path / "sandbox")
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "sandbox/machines", path / "sandbox/machines", ignore=ignore)
        return cls(path)

    @property
    def digest(self) -> str:
        """What names this checkout on the computer."""
        return digest(self.path)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `python -m sandbox.machines …` of this checkout."""
        return subprocess.Popen(
            [sys.executable, "-m", "sandbox.machines", *arguments],
            cwd=self.path,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run such a command to its end; what it printed, or its error if it is to fail."""
        process = self.start(*arguments)
        printed, error = process.communicate(timeout=300)
        assert (process.returncode != 0) == fails, f"{arguments}: {error}"
        return error if fails else printed

    def up(self, name: str, *options: str) -> Machine:
        """`up NAME`, and the machine that it gives."""
        return machine(self.run("up", name, "--json", *options))

    def traces(self) -> list[str]:
        """What this computer has of this checkout outside of the checkout."""
        name = f"fd-{self.digest}"
        tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
        found = [line for line in tables.stdout.splitlines() if self.digest in line]
        found += [path.name for path in Path("/sys/class/net").glob(f"{name}*")]
        found += [str(path) for path in Path("/run/flask-deploy").glob(f"*{self.digest}*")]
        found += [str(path) for path in Path("/run/systemd/nspawn").glob(f"*/{name}*")]
        found += [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{name}*")]
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if name in words:
                found.append(words)
        return found


def machine(text: str) -> Machine:
    """The machine that `up --json` printed."""
    value = json.loads(text)
    return Machine(**value | {"private_key": Path(value["private_key"]), "root": Path(value["root"])})
