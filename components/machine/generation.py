"""A release as a value: every file that it is made of, and the id that covers them all."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components import render
from components.app import App
from components.environment import environment_file, secrets_digest
from components.machine.web_stacks import WebStack
from components.settings import Settings

BACKLOG: Final = 1024  # connections that wait; uWSGI's default of 100 answers a burst with 502
DRAIN_SECONDS: Final = 60
REQUEST_SECONDS: Final = 120
_NO_RELEASE: Final = "0" * 12


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Where a release's parts are on the machine."""

    app: str
    release_id: str
    protocol: str
    python_path: str
    secrets_id: str

    @property
    def home(self) -> str:
        """The app's folder on the machine."""
        return f"/srv/{self.app}"

    @property
    def release(self) -> str:
        """The release's own folder: all of its files."""
        return f"{self.home}/releases/{self.release_id}"

    @property
    def current(self) -> str:
        """A link to the folder of the release that serves."""
        return f"{self.home}/current"

    @property
    def code(self) -> str:
        """The app's files."""
        return f"{self.release}/app"

    @property
    def python(self) -> str:
        """Where Python looks for the app's modules."""
        return f"{self.code}/{self.python_path}".removesuffix("/.")

    @property
    def venv(self) -> str:
        """A link to the virtual environment, which releases with equal requirements share."""
        return f"{self.release}/venv"

    @property
    def socket(self) -> str:
        """Where the app server listens."""
        return f"/run/flask-deploy/{self.app}/{self.release_id}/app.sock"

    @property
    def entrance(self) -> str:
        """The name under which the web server finds the socket of the release that serves.

        One for each protocol: while the web server changes from one app server to the other, its old
        workers go on speaking the old protocol, and have to find the old release with it.
        """
        return f"{self.home}/{self.protocol}.sock"

    @property
    def secrets(self) -> str:
        """The file of secret environment variables; empty when there are none."""
        return f"{self.home}/secrets/{self.secrets_id}" if self.secrets_id else ""


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One immutable release: its id and its files by name, as they will lie in its directory."""

    id: str
    files: Mapping[str, str]
    secrets_id: str
    venv_id: str


def build(settings: Settings, app: App, stack: WebStack, denied_addresses: Sequence[str] = ()) -> Generation:
    """Render a release. Equal input gives an equal id; a change of anything in it gives another one.

    `denied_addresses` are those that the app must not reach.
    """
    secrets_id = secrets_digest(settings)

    def files_of(release_id: str) -> dict[str, str]:
        paths = _paths(settings, app, stack, release_id, secrets_id)
        return _files(settings, app, stack, paths, denied_addresses)

    identity = {
        "bundle": app.bundle.digest,
        "requirements": app.requirements.digest,
        "secrets": secrets_id,
        "files": files_of(_NO_RELEASE),
    }
    release_id = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    files = files_of(release_id)
    locked = app.requirements.digest + files["server.txt"]
    return Generation(
        id=release_id,
        files=files,
        secrets_id=secrets_id,
        venv_id=hashlib.sha256(locked.encode()).hexdigest()[:12],
    )


def _paths(settings: Settings, app: App, stack: WebStack, release_id: str, secrets_id: str) -> Paths:
    return Paths(
        app=settings.app.name,
        release_id=release_id,
        protocol=stack.server.protocol,
        python_path=app.entry.python_path,
        secrets_id=secrets_id,
    )


def _files(
    settings: Settings, app: App, stack: WebStack, paths: Paths, denied_addresses: Sequence[str]
) -> dict[str, str]:
    machine, server = settings.machine, stack.server
    values: dict[str, Any] = {
        "app": settings.app.name,
        "release": paths.release_id,
        "paths": paths,
        "server": server,
        "entry": str(app.entry),
        "workers": machine.workers,
        "threads": machine.threads,
        "backlog": BACKLOG,
        "drain_seconds": DRAIN_SECONDS,
        "request_seconds": REQUEST_SECONDS,
        "health_seconds": settings.app.health.timeout,
        "body_bytes": machine.max_body_megabytes * 1024 * 1024,
        "server_name": machine.server_name,
        "static": settings.app.static,
        "denied_addresses": denied_addresses,
    }
    files = {
        "app.service": render.template("app.service", **values),
        server.config: render.template(server.config, **values),
        "site.conf": render.template(f"{stack.proxy.name}-site.conf", **values),
        "environment": environment_file(_environment(settings, app, paths)),
        "persistent": "".join(f"{folder}\n" for folder in sorted(settings.app.persistent)),
        "requirements.txt": app.requirements.text,
        "constraints.txt": app.requirements.constraints,
        "server.txt": render.asset(f"servers/{server.name}.txt"),
        "probe.py": render.asset("scripts/probe.py"),
    }
    if server.socket_unit:
        files["app.socket"] = render.template("app.socket", **values)
    if settings.app.release_command:
        files["command.service"] = render.template("command.service", **values)
        files["release-command"] = settings.app.release_command.rstrip("\n") + "\n"
    return files


def _environment(settings: Settings, app: App, paths: Paths) -> dict[str, str]:
    return {
        "FLASK_APP": str(app.entry),
        "PYTHONUNBUFFERED": "1",
        **settings.app.environment,
        "PATH": f"{paths.venv}/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": paths.python,
    }
