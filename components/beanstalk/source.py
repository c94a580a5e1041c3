"""The bundle of an application version: the app's files, and what the platform reads beside them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from components import pinned, render
from components.app import App
from components.bundle import Bundle
from components.errors import ConfigError, gathering
from components.platforms import release as releases
from components.platforms import servers, taken
from components.platforms.release import Release
from components.settings import Settings

# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-sourcebundle.html
LIMIT_MEGABYTES: Final = 500
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-softwaresettings.html
NAME_LETTERS: Final = 128
VALUE_LETTERS: Final = 256
LIMIT_BYTES: Final = 4096  # of all variables together, as NAME=value
# Where nginx looks for the app: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.proxy.html
PORT: Final = re.compile("PORT")
# What the platform would take instead of WSGIPath and requirements.txt. A Procfile's release process would
# even be started as a service.
OTHERS: Final = ("Procfile", "Pipfile", "Pipfile.lock")
ENTRY: Final = "flask_deploy_entry"
LEADER: Final = "flask_deploy_leader.sh"
COMMAND: Final = "flask_deploy_release.sh"
EXTENSION: Final = ".ebextensions/90-flask-deploy.config"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is deployed, with which plain variables, and which release it becomes."""

    bundle: Bundle
    wsgi_path: str
    static: Mapping[str, str]
    variables: dict[str, str]
    release: Release
    notes: tuple[str, ...]


def make(app: App, settings: Settings) -> Source:
    """Return the source of an app. The user's own files stay as they are: these are copies.

    Raises ConfigError: a key of `app` can't have its effect here, or a file is in the way.
    """
    variables = {"FLASK_APP": str(app.entry), **settings.app.environment}
    faults = [*_faults(app, settings), *_variable_faults(variables)]
    needs: dict[str, bytes] = {}
    with gathering(faults):
        needs = servers.requirements(app.requirements, static=False)  # nginx serves static files here
    if faults:
        raise ConfigError(faults)
    files = {**needs, **servers.gunicorn_files(app.bundle), **_entry(app), **_release_command(settings)}
    plain = app.bundle.changed(files, without=OTHERS)
    release = releases.of({"files": plain.digest, "static": dict(app.static)}, variables, settings)
    bundle = plain.changed(releases.wrapper_files(release, {}))
    if bundle.size > LIMIT_MEGABYTES << 20:
        raise ConfigError(
            [f"app/path: is larger than a bundle's {LIMIT_MEGABYTES} MB; leave files out by .deployignore"]
        )
    return Source(
        bundle=bundle,
        wsgi_path=f"{ENTRY}:application" if _wrapped(app) else str(app.entry),
        static=app.static,
        variables={**variables, releases.VARIABLE: release.environment},
        release=release,
        notes=tuple(_notes(app, settings)),
    )


def _faults(app: App, settings: Settings) -> Iterator[str]:
    if "persistent" in settings.app.model_fields_set and settings.app.persistent:
        yield (
            "app/persistent: an instance's disk is gone with the next release; keep records in a database "
            "(secrets.DATABASE_URL) and files in an object store, and remove this key"
        )
    yield from pinned.BEANSTALK.faults(settings.pinned_release)
    elsewhere = "would send Elastic Beanstalk's nginx to another port than the app listens on"
    yield from taken.variables(settings, PORT, elsewhere)
    ours = {EXTENSION, f"{ENTRY}.py", f"{ENTRY}.json", LEADER, COMMAND}
    yield from taken.files(app.bundle, {*servers.OURS, *releases.OURS, *ours})


def _variable_faults(variables: Mapping[str, str]) -> Iterator[str]:
    for name in variables:
        if len(name) > NAME_LETTERS:
            yield f"app/environment/{name[:20]}…: has more than {NAME_LETTERS} letters; take a shorter name"
    size = sum(len(f"{name}={value}".encode()) for name, value in variables.items())
    size += len(f"{releases.VARIABLE}=0123456789ab")  # added when it is known
    if size > LIMIT_BYTES:
        yield (
            f"app/environment: has {size} bytes with what the deployment adds, and Elastic Beanstalk takes "
            f"{LIMIT_BYTES}; make long values secrets, which are stored elsewhere, or files of the app"
        )


def _wrapped(app: App) -> bool:
    """Whether WSGIPath can't say it: the platform's shell would stumble over a factory's brackets."""
    return app.entry.factory or app.entry.python_path != "."


def _entry(app: App) -> dict[str, bytes]:
    if not _wrapped(app):
        return {}
    entry = {
        "attribute": app.entry.attribute,
        "factory": app.entry.factory,
        "module": app.entry.module,
        "pythonPath": app.entry.python_path,
    }
    return {
        f"{ENTRY}.py": render.asset(f"platforms/{ENTRY}.py").encode(),
        f"{ENTRY}.json": f"{json.dumps(entry, indent=1)}\n".encode(),
    }


def _release_command(settings: Settings) -> dict[str, bytes]:
    """Return what runs the release command once: platform hooks know no leader, container commands do.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/customize-containers-ec2.html
    """
    command = settings.app.release_command.strip()
    if not command:
        return {}
    entry = {"command": f"bash {LEADER}", "leader_only": True}
    extension = yaml.safe_dump({"container_commands": {"90_flask_deploy": entry}})
    return {
        EXTENSION: extension.encode(),
        LEADER: render.asset(f"platforms/{LEADER}").encode(),
        COMMAND: f"{command}\n".encode(),
    }


def _notes(app: App, settings: Settings) -> Iterator[str]:
    for name in OTHERS:
        if app.bundle.read(name) is not None:
            yield f"{name}: is left out: on Elastic Beanstalk app/wsgi and the requirements say what runs"
    for name in (".python-version", "runtime.txt"):
        wanted = app.python.get(name, settings.app.python)
        if not f"{wanted}.".startswith(f"{settings.app.python}."):
            yield f"app/python: {name} says {app.python[name]}, and on Elastic Beanstalk app/python counts"
    for name, value in settings.app.environment.items():
        if len(value) > VALUE_LETTERS:
            yield (
                f"app/environment/{name}: has more than the {VALUE_LETTERS} letters that AWS documents for a "
                "value; as a secret it may be longer"
            )
    # To the provider "a,b" and "b,a" are one list: terraform-provider-aws, optionSettingValueHash.
    if lists := [name for name, value in settings.app.environment.items() if len(set(value.split(","))) > 1]:
        yield (
            f"app/environment: {', '.join(lists)}: another order of what stands between commas, and nothing "
            "else, is not sent by the provider; a secret's value always is"
        )
    if settings.machine.model_fields_set:
        yield "machine: has no effect on Elastic Beanstalk; see processes and threads of section beanstalk"
