"""Scratch copies of the project, and stacks deployed from them by the real engine.

A scratch copy has everything that a user's project has (virtual environment, PULUMI_HOME, backend,
passphrase), all its own, so that nothing of the user's is read or changed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox import files, sources, stackfile, venvs
from sandbox.engine import Engine, ensure
from sandbox.paths import ROOT, SANDBOX
from sandbox.process import Result, clean_environment, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """A copy of the project to deploy from."""

    name: str
    root: Path  # the copy: where Pulumi.yaml is
    state: Path  # all that is not of the checkout: PULUMI_HOME, backend, passphrase, HOME
    engine: Engine
    variables: Mapping[str, str] = field(default_factory=dict)  # more of the engine's environment

    @classmethod
    def create(  # noqa: PLR0913  all but the name are for callers with a special wish
        cls,
        name: str,
        *,
        target: str = "vm",
        plugins: Callable[[Path, Path], object] | None = None,
        source: Path = ROOT,
        folder: Path = SANDBOX,
        venv: Path | None = None,
        engine: Engine | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Scratch:
        """Have the scratch copy `name`, up to date with `source`.

        Args:
            name: the copy is `folder`/projects/`name`, its state `folder`/state/`name`.
            target: whose requirements its virtual environment has (requirements/<target>.txt).
            plugins: called with the engine's executable and PULUMI_HOME, to install providers.
            source: the project to copy.
            folder: where copies and their state are kept.
            venv: a virtual environment to use instead of the target's own.
            engine: an engine to use instead of the sandbox's own.
            variables: more environment variables for the engine, such as a cloud's credentials.
        """
        scratch = cls(
            name=name,
            root=folder / "projects" / name,
            state=folder / "state" / name,
            engine=engine or ensure(),
            variables=dict(variables or {}),
        )
        with files.lock(scratch.state / "lock", f"preparing the scratch copy {name}"):
            scratch._prepare(source)
            if venv is None:
                requirements = scratch.root / "requirements" / f"{target}.txt"
                venv = venvs.ensure(SANDBOX / "venvs" / target, requirements)
            _link(scratch.root / ".venv", venv)
            if plugins is not None:
                plugins(scratch.engine.pulumi, scratch.pulumi_home)
        return scratch

    def _prepare(self, source: Path) -> None:
        stackfile.check(source)
        for part in ("home", "backend", "pulumi-home"):
            (self.state / part).mkdir(parents=True, exist_ok=True)
        passphrase = self.state / "passphrase"
        if not passphrase.is_file():  # once: the stacks' secrets are encrypted with it
            files.write(passphrase, secrets.token_urlsafe(32), mode=0o600)
        salts = stackfile.salts(self.root)
        sources.refresh(source, self.root)
        stackfile.adapt(self.root, source, salts)

    @property
    def pulumi_home(self) -> Path:
        """Where the engine keeps plugins and its login."""
        return self.state / "pulumi-home"

    def environment(self) -> dict[str, str]:
        """The environment of the engine: of the user's, only what can't change a deployment."""
        env = clean_environment()
        return env | {
            "HOME": str(self.state / "home"),
            "PATH": f"{self.engine.bin}{os.pathsep}{env.get('PATH', os.defpath)}",
            "PULUMI_BACKEND_URL": f"file://{self.state / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.state / "passphrase"),
            # A provider that is not installed is an error here, never a download or the user's own.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_HOME": str(self.pulumi_home),
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **self.variables,
        }

    def pulumi(
        self,
        *arguments: str,
        check: bool = True,
        stream: bool = False,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
    ) -> Result:
        """Run `pulumi` in the copy.

        Raises CommandError with its last lines on a non-zero exit, unless `check` is off.
        With `stream` its output goes to the terminal as it comes, as well as into the result.
        """
        command = [str(self.engine.pulumi), *arguments, "--non-interactive"]
        command += [] if stream else ["--color=never"]
        environment = self.environment() | dict(env or {})
        return run(command, cwd=self.root, env=environment, stdin=stdin, stream=stream, check=check)

    def stack(self, name: str) -> Stack:
        """The stack `name`, made when it is not there yet."""
        known = json.loads(self.pulumi("stack", "ls", "--json").stdout)
        if name not in (entry["name"].rpartition("/")[2] for entry in known):
            self.pulumi("stack", "init", name, "--no-select")
        return Stack(scratch=self, name=name)

    def remove(self) -> None:
        """Remove the copy and its state. What its stacks deployed must be destroyed before."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of a scratch copy."""

    scratch: Scratch
    name: str

    @property
    def file(self) -> Path:
        """Its config in the copy; the next Scratch.create() makes it anew from the checkout's."""
        return self.scratch.root / f"Pulumi.{self.name}.yaml"

    def config(self, values: Mapping[str, Any]) -> None:
        """Set config keys (`flask-deploy:vm`, …); mappings are merged into what the file has."""
        stackfile.merge(self.file, values)

    def secret(self, path: str, value: str) -> None:
        """Set one secret, for example `flask-deploy:secrets.DATABASE_URL`; it travels by stdin."""
        self._run("config", "set", "--secret", "--path", path, stdin=value)

    def up(self, *arguments: str, **how: Any) -> Result:
        """Deploy. Like all of these: more arguments for pulumi, and what Scratch.pulumi takes."""
        self._unlock()
        return self._run("up", "--yes", "--skip-preview", *arguments, **how)

    def preview(self, *arguments: str, **how: Any) -> Result:
        """Show what up would do."""
        return self._run("preview", *arguments, **how)

    def refresh(self, *arguments: str, **how: Any) -> Result:
        """Ask the providers what is there."""
        self._unlock()
        return self._run("refresh", "--yes", "--skip-preview", *arguments, **how)

    def destroy(self, *arguments: str, **how: Any) -> Result:
        """Take everything down; the stack stays."""
        self._unlock()
        return self._run("destroy", "--yes", "--skip-preview", *arguments, **how)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in plain."""
        answer = self._run("stack", "output", "--json", "--show-secrets")
        return dict(json.loads(answer.stdout))

    def _run(self, *arguments: str, **how: Any) -> Result:
        return self.scratch.pulumi(*arguments, "--stack", self.name, **how)

    def _unlock(self) -> None:
        """Undo the lock of a pulumi that was killed: its process is gone, nothing else holds it."""
        folder = self.scratch.state / "backend" / ".pulumi" / "locks"
        for lock in folder.glob(f"**/{self.name}/*.json"):
            holder = json.loads(lock.read_text(encoding="utf-8")).get("pid")
            if not Path("/proc", str(holder)).exists():
                lock.unlink(missing_ok=True)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)
