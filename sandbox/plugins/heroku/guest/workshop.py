"""Where one build happens: its folders, and commands in the stack's root file system.

As on Heroku: the source in /tmp/build_<id>, Python below /app/.heroku, which is the source's own .heroku
(a link there in bin/compile of the buildpack, which venv would refuse), an unprivileged user.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.guest import places
from sandbox.plugins.heroku.guest.container import Container
from sandbox.plugins.heroku.guest.output import indent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_REGISTRY: tuple[str, ...] = ("/etc/pip.conf",)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The folders of one build."""

    identity: str
    suite: str
    stack: str
    config_vars: Mapping[str, str]

    @property
    def root(self) -> Path:
        """All of it."""
        return places.WORK / self.identity

    @property
    def tmp(self) -> Path:
        """The build's /tmp."""
        return self.root / "tmp"

    @property
    def inside(self) -> str:
        """The source's folder as the build sees it."""
        return f"/tmp/build_{self.identity[:8]}"  # noqa: S108 - the build's own

    @property
    def source(self) -> Path:
        """The source's folder."""
        return self.tmp / Path(self.inside).name

    @property
    def cache(self) -> Path:
        """What the last build left."""
        return places.CACHE

    def open(self) -> None:
        """Give the folders to the user that builds. The source is there."""
        (self.root / "app").mkdir(parents=True)
        self.tmp.chmod(0o1777)
        self.give(self.source, self.root / "app", self.cache)

    def give(self, *paths: Path) -> None:
        """Make the building user the owner."""
        owner = f"{places.USER}:{places.USER}"
        subprocess.run(["chown", "-R", "--no-dereference", owner, *map(str, paths)], check=True)

    def close(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.root, ignore_errors=True)

    def run(
        self,
        command: str,
        *,
        config_vars: bool = False,
        edit: Callable[[str], str] = lambda line: line,
        quiet: bool = False,
    ) -> bool:
        """Run a bash command line in the source's folder, its output indented; whether it succeeded."""
        added = dict(self.config_vars) if config_vars else {}
        protected = {"PATH", "CPATH", "CPPATH", "LD_PRELOAD", "LIBRARY_PATH", "LD_LIBRARY_PATH", "PYTHONHOME"}
        added = {name: value for name, value in added.items() if name not in protected}
        container = self._container({**added, **self._environment()})
        process = container.start(f"cd {self.inside} && {command}")
        for line in process.stdout or ():
            if not quiet:
                indent(edit(line.rstrip("\n")))
        return process.wait() == 0

    def answer(self, command: str) -> str:
        """What a command prints."""
        process = self._container(self._environment()).start(command)
        answer = process.stdout.read() if process.stdout else ""
        process.wait()
        return answer.strip()

    def _container(self, environment: Mapping[str, str]) -> Container:
        binds = {self.root / "app": "/app", self.tmp: "/tmp", self.cache: "/cache"}  # noqa: S108 - its own
        if (self.source / ".heroku").is_dir():
            binds[self.source / ".heroku"] = "/app/.heroku"
        return Container(
            unit=f"heroku-build-{self.identity}.service",
            suite=self.suite,
            binds=binds,
            read_only=tuple(name for name in _REGISTRY if Path(name).exists()),
            environment=environment,
        )

    def _environment(self) -> dict[str, str]:
        python = "/app/.heroku/python"
        return {
            **registry(),
            "BUILD_DIR": self.inside,
            "CACHE_DIR": "/cache",
            "LANG": "en_US.UTF-8",
            "LIBRARY_PATH": f"{python}/lib",
            "LD_LIBRARY_PATH": f"{python}/lib",
            "PATH": f"{python}/bin:/usr/local/bin:/usr/bin:/bin",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONUNBUFFERED": "1",
            "STACK": self.stack,
        }


def registry() -> dict[str, str]:
    """How this machine reaches package indexes: what its /etc/environment says."""
    path = Path("/etc/environment")
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value.strip('"') for name, _, value in pairs}
