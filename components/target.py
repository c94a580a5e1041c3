"""What every target is: a section of the configuration, one function, and in the end a probe of the URL."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pulumi
from pulumi_command import local

from components import render

if TYPE_CHECKING:
    from components.app import App
    from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where the app answers, and which release it is."""

    url: pulumi.Input[str]
    release: pulumi.Input[str]
    outputs: Mapping[str, pulumi.Input[Any]] = field(default_factory=dict)

    def export(self, target: str) -> None:
        """Make these the stack's outputs."""
        for name, value in {
            "url": self.url,
            "release": self.release,
            "target": target,
            **self.outputs,
        }.items():
            pulumi.export(name, value)


class TargetModule(Protocol):
    """A module of `components.targets`."""

    Section: Any

    def deploy(self, settings: "Settings", section: Any, app: "App") -> Endpoint:
        """Register the target's resources; return where the app answers."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the probe asks, from the computer that deploys, and what it advises when the answer is wrong."""

    place: str  # address:port
    host: str  # the Host header
    path: str
    accept: str  # "success": 2xx; "any": below 500
    seconds: int
    remedy: str
    protocol: str = "http"  # or https
    patience: int = 5  # seconds for one try
    pause: float = 0.1  # seconds between tries
    names_release: bool = True  # whether answers say which release gave them
    # The provider's id of what was deployed, where the same release may be deployed again: one that went
    # wrong leaves the probe as it was before, and going back would ask nobody.
    deployment: str = ""

    def command(self, release: str) -> str:
        """Return the command line for a release; another release is another command, so it runs again."""
        words = [
            "python3",
            "-",
            self.place,
            self.protocol,
            self.path,
            self.accept,
            str(self.seconds),
            release,
        ]
        options = ["--host", self.host, "--patience", str(self.patience), "--pause", str(self.pause)]
        options += ["--remedy", self.remedy]
        options += ["--deployment", self.deployment] if self.deployment else []
        options += [] if self.names_release else ["--any-release"]
        return shlex.join([*words, *options])


def say_pinned(release: str, resource: pulumi.Resource | None = None) -> None:
    """Say that a kept release is pinned, and how to end that: on every run, or it would be forgotten."""
    pulumi.log.warn(
        f"pinned to release {release}: changes of the app wait; "
        "to go forward again: pulumi config rm flask-deploy:pinnedRelease",
        resource,
    )


def probe(
    question: pulumi.Input[Question],
    release: pulumi.Input[str],
    *,
    opts: pulumi.ResourceOptions,
    name: str = "probe",
) -> pulumi.Output[str]:
    """Ask the URL until this release answers; the release, once it does. Green means that it serves.

    The providers remember much as done that never was, so what they say is not enough. The last word of
    a stack has the name `probe`; one that asks before traffic moves has another.
    """
    asked = pulumi.Output.all(question, release)
    answer = local.Command(
        name,
        create=asked.apply(lambda values: values[0].command(values[1])),
        stdin=render.asset("scripts/probe.py"),
        add_previous_output_in_env=False,
        opts=opts,
    )
    return pulumi.Output.all(release, answer.stdout).apply(lambda values: str(values[0]))
