"""Settings to steps, without Pulumi: what is run on the machine, in which order, with what in its input."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from components import render
from components.app import App
from components.environment import secrets_file
from components.machine.generation import Generation
from components.machine.web_stacks import WebStack
from components.settings import Settings

KEEP: Final = 5
KILL_SECONDS: Final = 30  # for a step whose time is up, to end by itself
UPLOAD_SECONDS: Final = 900
_MARKER: Final = "@@ "


@dataclass(frozen=True, kw_only=True)
class Step:
    """One script on the machine, run as root over one connection. It must be safe to run again.

    `variables` are its parameters and stand in the command, which a failure prints: never secrets.
    `files` travel behind the script in its input.
    """

    name: str
    scripts: tuple[str, ...]
    seconds: int
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    executable: frozenset[str] = frozenset()
    secret: bool = False

    def command(self, login: str, identity: str, *arguments: str) -> str:
        """Return the command line for a login user; `identity` makes a replaced machine a changed step."""
        variables = [f"{name}={value}" for name, value in {**self.variables, "MACHINE": identity}.items()]
        words = ["env", *variables, "timeout", "-k", str(KILL_SECONDS), str(self.seconds), "bash", "-s"]
        if login != "root":
            words = ["sudo", "-n", *words]
        return shlex.join([*words, *(arguments or self.arguments)])

    def stdin(self) -> str:
        """Return the script and its files, as `read_payload` in common.sh takes them apart."""
        parts = [render.script(*self.scripts)]
        for name, text in sorted(self.files.items()):
            if any(line.startswith(_MARKER) for line in text.split("\n")):
                raise ValueError(f"{name} has a line that starts with {_MARKER!r}")
            mode = "0755" if name in self.executable else "0644"
            parts.append(
                f"{_MARKER}{name} {mode}\n{text}{'' if text.endswith(chr(10)) or not text else chr(10)}"
            )
        return "".join(parts)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps of a machine, and the release that they end in."""

    release: str
    upload_path: str  # in a folder that only the login user can write to
    ready: Step
    claim: Step
    provision: Step
    secrets: Step | None
    go_live: Step


def make(settings: Settings, app: App, stack: WebStack, generation: Generation, bundle_sha256: str) -> Plan:
    """Return the plan for one machine. Pure: equal input gives equal text."""
    name, proxy = settings.app.name, stack.proxy.name
    bundle = app.bundle.digest[:12]
    ours = {"APP": name, "OWNER": settings.owner}
    server_name = {"SERVER_NAME": settings.machine.server_name}
    purge = {"PURGE_DATA": "yes" if settings.machine.purge_data else ""}
    frame = {template: render.template(template) for template in stack.proxy.frame}
    return Plan(
        release=settings.pinned_release or generation.id,
        upload_path=f"/var/lib/flask-deploy/{name}/upload/{bundle}.tar",
        ready=Step(
            name="ready",
            scripts=("ready",),
            seconds=900,
            variables={**ours, "PYTHON": settings.app.python},
        ),
        claim=Step(
            name="claim",
            scripts=("units", "claim", "packages", "remove"),
            seconds=600,
            arguments=("claim",),
            variables={**ours, "PROXY": proxy, **server_name, **purge},
        ),
        provision=Step(
            name="provision",
            scripts=("packages", "provision"),
            seconds=1200,
            variables={**ours, "PROXY": proxy},
            files={**frame, "run": render.asset("scripts/run.sh")},
        ),
        secrets=_secrets(settings, generation, ours),
        go_live=Step(
            name="release",
            scripts=("units", "listing", "generation", "switch", "proxy", "release"),
            seconds=1800,
            variables={
                **ours,
                **_release_variables(settings, stack, generation),
                "BUNDLE": bundle,
                "BUNDLE_SHA256": bundle_sha256,
                **server_name,
            },
            files=generation.files,
        ),
    )


def _secrets(settings: Settings, generation: Generation, ours: Mapping[str, str]) -> Step | None:
    if not generation.secrets_id:
        return None
    return Step(
        name="secrets",
        scripts=("secrets",),
        seconds=180,
        variables={**ours, "SECRETS": generation.secrets_id},
        files={"secrets": secrets_file(settings)},
        secret=True,
    )


def _release_variables(settings: Settings, stack: WebStack, generation: Generation) -> dict[str, str]:
    health = settings.app.health
    return {
        "RELEASE": settings.pinned_release or generation.id,
        "PINNED": "yes" if settings.pinned_release else "",
        "VENV": generation.venv_id,
        "PROXY": stack.proxy.name,
        "SERVER_PACKAGE": stack.server.package,
        "SERVER_FLOOR": stack.server.floor,
        "PROTOCOL": stack.server.protocol,
        "HEALTH_PATH": health.asked,
        "HEALTH_ACCEPT": health.accept,
        "HEALTH_SECONDS": str(health.timeout),
        "SETTLE_SECONDS": str(settings.machine.settle_seconds),
        "KEEP": str(KEEP),
    }
