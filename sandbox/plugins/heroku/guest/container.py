"""Processes inside a stack's root file system, as a dyno or a build has them.

A transient unit of systemd: its own /app and /tmp, an unprivileged user, and the size's memory. The
environment travels on standard input (launch.sh).
"""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest import places

if TYPE_CHECKING:
    from collections.abc import Mapping

STOP_SECONDS: Final = 30  # between SIGTERM and SIGKILL: devcenter, dynos#shutdown
_LAUNCH: Final = Path(__file__).with_name("launch.sh")
# What a program may read its limit from: Heroku's cgroups are of version 1 (the buildpack's profile).
_LIMIT_INSIDE: Final = "/sys/fs/cgroup/memory/memory.limit_in_bytes"


@dataclass(frozen=True, kw_only=True)
class Container:
    """A process to be: in which stack, with which folders, under which unit."""

    unit: str
    suite: str
    binds: Mapping[Path, str]  # folder here -> folder inside; all writable for the user
    memory: int = 0  # MB; 0 for no limit
    seconds: int = 0  # that it may run; 0 for no limit
    read_only: tuple[str, ...] = ()  # files that are the machine's own
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, command: str, *, merged: bool = True) -> subprocess.Popen[str]:
        """Start a bash command line; its output is a pipe, errors among it when `merged`."""
        process = subprocess.Popen(
            [*self._systemd_run(), *_bare(command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else None,
            text=True,
            errors="replace",
        )
        if process.stdin is None:
            raise ValueError("the process has no standard input")
        entries = (f"{name}={value}\0" for name, value in self.environment.items())
        with suppress(BrokenPipeError):  # it could not even start: what it printed says why
            process.stdin.write("".join(entries))
            process.stdin.close()
        process.stdin = None  # nothing is left to be flushed
        return process

    def stop(self) -> None:
        """SIGTERM to all processes, SIGKILL half a minute later to those that are left."""
        subprocess.run(["systemctl", "stop", self.unit], check=False, capture_output=True)

    def kill(self) -> None:
        """SIGKILL to all processes."""
        command = ["systemctl", "kill", "--signal=KILL", self.unit]
        subprocess.run(command, check=False, capture_output=True)

    def _systemd_run(self) -> list[str]:
        root = places.STACKS / self.suite
        properties = {
            "User": places.USER,
            "RootDirectory": str(root),
            "MountAPIVFS": "yes",
            "WorkingDirectory": "/app",
            "NoNewPrivileges": "yes",
            "KillMode": "control-group",
            "TimeoutStopSec": str(STOP_SECONDS),
            "UMask": "0022",
        }
        if "/tmp" not in self.binds.values():  # noqa: S108 - the dyno's own
            properties["PrivateTmp"] = "yes"
        if self.seconds:
            properties["RuntimeMaxSec"] = str(self.seconds)
        several = [f"BindPaths={here}:{inside}" for here, inside in self.binds.items()]
        several += [f"BindReadOnlyPaths={name}" for name in ("/etc/resolv.conf", *self.read_only)]
        if self.memory:
            several += self._limits()
        options = [f"{name}={value}" for name, value in properties.items()] + several
        return [
            *("systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--unit={self.unit}"),
            "--expand-environment=no",
            *(f"--property={option}" for option in options),
        ]

    def _limits(self) -> list[str]:
        """The memory that the unit gets, and the file that says so to the program."""
        size = self.memory << 20
        told = places.RUN / f"memory-{self.memory}"
        told.write_text(f"{size}\n")
        told.chmod(0o644)
        return [
            f"MemoryMax={size}",
            "TemporaryFileSystem=/sys/fs/cgroup",
            f"BindReadOnlyPaths={told}:{_LIMIT_INSIDE}",
        ]


def _bare(command: str) -> list[str]:
    """Run by bash, without anything of the unit's own environment."""
    bare = ("/usr/bin/env", "-i", "HOME=/app", "PATH=/usr/local/bin:/usr/bin:/bin")
    return [*bare, "/bin/bash", "-c", _LAUNCH.read_text(), "bash", command]
