"""The Python of a Pulumi project: its virtual environment, and what is installed there.

Only the pip toolchain, which Pulumi.yaml of this project names. Standard library only.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.language.children import Children

PLUGINLESS = frozenset({"pulumi-policy", "pulumi-esc-sdk"})  # packages with no plugin behind them


class ToolchainError(RuntimeError):
    """A project whose Python can't be used; its text is for the user."""


@dataclass(frozen=True)
class Python:
    """The interpreter of a project; `virtualenv` is None when Pulumi.yaml names none."""

    virtualenv: Path | None
    executable: str

    def ready(self) -> bool:
        """Whether it can run a program."""
        return self.virtualenv is None or Path(self.executable).is_file()

    def missing(self) -> str:
        """What to tell the user when it is not ready."""
        return (
            f"the virtual environment {self.virtualenv} named by the option virtualenv in"
            " Pulumi.yaml does not exist; make it with: pulumi install"
        )

    def environment(self) -> dict[str, str]:
        """The variables of an activated virtual environment."""
        env = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        if self.virtualenv is not None:
            env["VIRTUAL_ENV"] = str(self.virtualenv)
            env["PATH"] = f"{self.virtualenv / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
        return env

    def install(self, folder: str, children: Children) -> Iterator[bytes]:
        """Make the virtual environment and install requirements.txt; yields the output's lines."""
        requirements = Path(folder, "requirements.txt")
        commands = [[self.executable, "-m", "pip", "install", "-r", str(requirements)]]
        if not requirements.is_file():
            commands.clear()
        if not self.ready():
            base = shutil.which("python3") or "python3"
            commands.insert(0, [base, "-m", "venv", str(self.virtualenv)])
        for command in commands:
            how: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            with children.start(command, env=self.environment(), cwd=folder, **how) as child:
                yield from child.process.stdout or ()
                code = child.wait()
            if code != 0:
                raise ToolchainError(f"{' '.join(command)} failed with exit code {code}")

    def ask(self, *arguments: str) -> str:
        """What the interpreter prints when run with `arguments`."""
        command = [self.executable, *arguments]
        result = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise ToolchainError(f"{' '.join(command)} failed: {result.stderr.strip()}")
        return result.stdout

    def about(self) -> tuple[str, str]:
        """Path and version."""
        answer = self.ask("-c", "import sys; print(sys.executable, *sys.version_info[:3])")
        executable, *version = answer.rsplit(maxsplit=3)
        return executable, ".".join(version)

    def packages(self, *, transitive: bool) -> list[dict[str, str]]:
        """Name and version of each installed package, as pip lists them."""
        flags = [] if transitive else ["--not-required"]
        listed = json.loads(self.ask("-m", "pip", "list", "--format=json", *flags))
        return [{"name": entry["name"], "version": entry["version"]} for entry in listed]

    def site_packages(self) -> list[Path]:
        """Where its packages are."""
        if self.virtualenv is not None:
            return sorted(self.virtualenv.glob("lib/python3*/site-packages"))
        return [Path(self.ask("-c", "import sysconfig as s; print(s.get_path('purelib'))").strip())]


def python_of(info: Any) -> Python:
    """The interpreter that the runtime options of a ProgramInfo message ask for."""
    options: dict[str, Any] = dict(info.options.items()) if info.HasField("options") else {}
    chosen = options.get("toolchain", "pip")
    if chosen != "pip":
        raise ToolchainError(f"the sandbox's language host knows the toolchain pip only, not {chosen}")
    if name := options.get("virtualenv"):
        folder = Path(info.root_directory, name)
        return Python(virtualenv=folder, executable=str(folder / "bin" / "python"))
    wanted = os.environ.get("PULUMI_PYTHON_CMD", "python3")
    return Python(virtualenv=None, executable=shutil.which(wanted) or wanted)


def required_packages(site_packages: Sequence[Path]) -> list[dict[str, Any]]:
    """The providers that the installed packages need: PackageDependency messages as dicts.

    A package says so in its `pulumi-plugin.json`; one that has none, but whose name starts with
    `pulumi-`, needs the plugin of that name and of its own version.
    """
    found = []
    for distribution in importlib.metadata.distributions(path=[str(path) for path in site_packages]):
        name = re.sub(r"[-_.]+", "-", distribution.name).lower()
        module = Path(str(distribution.locate_file(distribution.name.replace("-", "_"))))
        described = module / "pulumi-plugin.json"
        if described.is_file():
            plugin = json.loads(described.read_text(encoding="utf-8"))
        elif name.startswith("pulumi-") and name not in PLUGINLESS:
            plugin = {"resource": True}
        else:
            continue
        version = str(plugin.get("version") or _plugin_version(distribution.version))
        if not plugin.get("resource") or not version:
            continue
        package = {
            "name": plugin.get("name") or name.removeprefix("pulumi-"),
            "kind": "resource",
            "version": version if version.startswith("v") else f"v{version}",
            "server": plugin.get("server"),
            "parameterization": plugin.get("parameterization"),
        }
        found.append({key: value for key, value in package.items() if value})
    return sorted(found, key=lambda package: str(package["name"]))


def _plugin_version(version: str) -> str:
    """A released Python version as the plugin's; empty for a pre-release, which can't be told."""
    return version if re.fullmatch(r"\d+\.\d+\.\d+", version) else ""
