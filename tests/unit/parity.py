"""Runs the program with a key of the configuration set, and tells what it says and what it deploys."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi

from components import app, registry, settings
from components.errors import ConfigError
from unit import examples, recorder
from unit.alibaba import looked_up
from unit.engine import Engine, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi.runtime import mocks

# The least that each target needs to be deployed.
_APP: Final = examples.MINIMAL["app"]
LEAST: Final[Mapping[str, Mapping[str, Any]]] = {
    "vm": examples.MINIMAL,
    "ecs": examples.ECS,
    "heroku": examples.HEROKU,
    "beanstalk": {"target": "beanstalk", "app": _APP, "aws:region": "eu-central-1"},
    "appengine": {"target": "appengine", "app": {**_APP, "python": "3.13"}, "gcp:project": "bookstore-3f9c"},
}
PLATFORM: Final = "64bit Amazon Linux 2023 v4.9.0 running Python {}"
PYTHONS: Final = ("3.11", "3.12", "3.13")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a run said beyond its usual lines, whether it was refused, and all that it would deploy."""

    lines: tuple[str, ...]
    refused: bool
    deployed: Mapping[str, str]

    def changed(self, before: Told) -> list[str]:
        """Return the resources that are others than in another run, or in one of both only."""
        names = self.deployed.keys() | before.deployed.keys()
        return sorted(name for name in names if self.deployed.get(name) != before.deployed.get(name))


class Clouds(Engine):
    """The clouds' answers to what the targets look up, with an answer for each version of Python."""

    def __init__(self) -> None:
        super().__init__(looked_up.ANSWERS)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        """Answer as AWS does: no platform for a Python that it does not have."""
        if not args.token.endswith(":getSolutionStack"):
            return super().call(args)
        there = [PLATFORM.format(version) for version in PYTHONS]
        found = [name for name in there if re.search(args.args["nameRegex"], name)]
        if not found:
            raise Refusal("no solution stack matches")
        return {"name": found[0]}, []


def project(root: Path) -> Path:
    """Make the folder that the program runs in: three apps beside each other, and a repository of more."""
    other = {"other.py": "from run import application\n\n\ndef create():\n    return application\n"}
    examples.write(root / "app", {**examples.FILES, **other})
    examples.write(root / "other", {**examples.FILES, "more.txt": "another app"})
    examples.write(root / "repository", {**examples.FILES, "more.txt": "a third app"})
    examples.write(root / "repository" / "backend", {**examples.FILES, "more.txt": "a fourth app"})
    examples.write(root / "procfile", {**examples.FILES, "Procfile": "web: gunicorn run:application\n"})
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.com")
    for command in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "one"), ("tag", "v1")):
        subprocess.run([*git, *command], cwd=root / "repository", check=True, capture_output=True)
    return root


def told(place: Path, target: str, sets: Mapping[str, Any]) -> Told:
    """Deploy a target's least configuration with these values over it."""
    config = examples.changed(LEAST[target], _with_repository(sets, place))
    with contextlib.chdir(place):
        done = recorder.run(_program, config=config, engine=Clouds())
        if isinstance(done.error, ConfigError):
            return Told(lines=done.error.faults, refused=True, deployed={})
        if done.error is not None:
            raise done.error
        deployed = {
            f"{each.type} {each.name}": json.dumps(each.inputs, sort_keys=True, default=_content)
            for each in done.resources
        }
        return Told(lines=tuple(line for _, line in done.said), refused=False, deployed=deployed)


def _content(asset: Any) -> str:
    """Return what identifies a file that is sent; anything else is no input that is known here."""
    assert isinstance(asset, pulumi.FileAsset), asset
    return hashlib.sha256(Path(asset.path).read_bytes()).hexdigest()


def _program() -> None:
    common, section = settings.read(settings.values())
    target = registry.entry(common.target).load()
    target.deploy(common, section, app.from_settings(common.app)).export(common.target)


def _with_repository(value: Any, place: Path) -> Any:
    if isinstance(value, dict):
        return {key: _with_repository(each, place) for key, each in value.items()}
    return str(place / "repository") if value == "REPOSITORY" else value
