"""A process as App Engine runs it: a read-only root file system, /tmp in memory, a user of its own.

A transient unit of systemd on the runtime's tree; its environment is exactly what is given.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp.guest import places

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Names of Google's own services, and the sandbox's certificate authority, are the machine's.
_MACHINE_S: Final = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/usr/local/share/ca-certificates")


@dataclass(frozen=True, kw_only=True)
class Container:
    """A process to be."""

    unit: str
    user: str
    read_only: Mapping[Path, str]  # folder here -> folder inside
    writable: Mapping[Path, str] = field(default_factory=dict)
    own_files: tuple[str, ...] = ()  # more files that are the machine's
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 0  # MB of /tmp; 0: half of the machine's

    def start(self, command: str, output: Any) -> subprocess.Popen[str]:
        """Start a command line of bash; `output` is where it writes: an open file or subprocess.PIPE."""
        clean = ("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in self.environment.items()))
        return subprocess.Popen(
            [*self._systemd_run(), *clean, "/bin/bash", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for what is left after a while."""
        subprocess.run(["systemctl", "stop", self.unit], check=False, capture_output=True)

    def _systemd_run(self) -> list[str]:
        size = f"size={self.memory}M," if self.memory else ""
        properties = [
            f"User={self.user}",
            f"RootDirectory={places.RUNTIME}",
            "MountAPIVFS=yes",
            f"WorkingDirectory={places.WORKSPACE}",
            "ProtectSystem=strict",
            f"TemporaryFileSystem=/tmp:{size}mode=1777",
            "TemporaryFileSystem=/dev/shm:ro",
            "InaccessiblePaths=-/dev/mqueue",
            "NoNewPrivileges=yes",
            "KillMode=control-group",
            "TimeoutStopSec=10",
            "UMask=0022",
            *(f"BindReadOnlyPaths=-{name}" for name in (*_MACHINE_S, *self.own_files)),
            *(f"BindReadOnlyPaths={here}:{inside}" for here, inside in self.read_only.items()),
            *(f"BindPaths={here}:{inside}" for here, inside in self.writable.items()),
        ]
        return [
            *("systemd-run", "--quiet", "--pipe", "--wait", "--collect", f"--unit={self.unit}"),
            "--expand-environment=no",
            *(f"--property={one}" for one in properties),
        ]
