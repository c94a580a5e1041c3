"""The source that Heroku builds: the app's files, and what its Python buildpack looks for beside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from components import pinned
from components.app import App
from components.bundle import Bundle
from components.errors import ConfigError, gathering
from components.heroku import procfile
from components.heroku.procfile import Procfile
from components.platforms import release as releases
from components.platforms import servers, taken
from components.platforms.release import Release
from components.settings import Settings

# https://devcenter.heroku.com/articles/python-support: 3.10 is on its way out.
PYTHONS: Final = ("3.10", "3.11", "3.12", "3.13", "3.14")
# What the buildpack would take instead of requirements.txt, or stumble over beside it.
OTHER_LOCKS: Final = ("uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock")
# https://devcenter.heroku.com/articles/dynos#local-environment-variables
PORT: Final = re.compile("PORT")
# The staged folder has to be in every checkout, since the provider looks for it before the program runs
# (`up --refresh`). So this file of it is tracked, and tells git to leave the rest out.
KEEPER: Final = ".gitignore"
KEEPER_CONTENT: Final = b"*\n!.gitignore\n"
PYTHON_FILES: Final = (".python-version", "runtime.txt")


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is built, with which plain variables, and which release it becomes.

    `wrapped` tells whether its answers name the release and static folders are served.
    """

    bundle: Bundle
    variables: dict[str, str]
    release: Release
    wrapped: bool
    notes: tuple[str, ...]


def make(app: App, settings: Settings) -> Source:
    """Return the source of an app. The user's own files stay as they are: these are copies.

    Raises ConfigError: a key of `app` can't have its effect on Heroku, or a file is in the way.
    """
    faults = [*_faults(app, settings)]
    processes: Procfile | None = None
    needs: dict[str, bytes] = {}
    with gathering(faults):
        processes = procfile.make(app, settings.app.release_command)
    with gathering(faults):
        needs = servers.requirements(app.requirements, static=bool(app.static))
    if faults or processes is None:
        raise ConfigError(faults)
    files = {**needs, **processes.files, **_python(app, settings), **servers.gunicorn_files(app.bundle)}
    files["Procfile"] = processes.text.encode()
    without = app.bundle.changed(files, without=OTHER_LOCKS)
    variables = _variables(app, settings)
    content = {"files": without.digest, "static": dict(app.static)}
    release = releases.of(content, variables, settings)
    wrapper = releases.wrapper_files(release, app.static)
    return Source(
        bundle=without.changed({**wrapper, KEEPER: KEEPER_CONTENT}),
        variables={**variables, releases.VARIABLE: release.environment},
        release=release,
        wrapped=processes.wrapped,
        notes=tuple(_notes(app, settings, processes)),
    )


def _faults(app: App, settings: Settings) -> Iterator[str]:
    if "persistent" in settings.app.model_fields_set and settings.app.persistent:
        yield (
            "app/persistent: Heroku has no disk that outlives a restart; keep records in a database "
            "(secrets.DATABASE_URL) and files in an object store, and remove this key"
        )
    if settings.app.python not in PYTHONS:
        yield f'app/python: Heroku has {", ".join(PYTHONS)}, not {settings.app.python}; for example "3.13"'
    yield from pinned.HEROKU.faults(settings.pinned_release)
    yield from taken.variables(
        settings, PORT, "is set by Heroku for each dyno, and its router asks that port"
    )
    yield from taken.files(app.bundle, {*servers.OURS, *releases.OURS, procfile.COMMAND_FILE})


def _python(app: App, settings: Settings) -> dict[str, bytes]:
    if any(app.bundle.read(name) is not None for name in PYTHON_FILES):
        return {}
    return {".python-version": f"{settings.app.python}\n".encode()}


def _variables(app: App, settings: Settings) -> dict[str, str]:
    found = {"FLASK_APP": str(app.entry), **settings.app.environment}
    if app.entry.python_path != ".":
        found["PYTHONPATH"] = f"/app/{app.entry.python_path}"
    return found


def _notes(app: App, settings: Settings, processes: Procfile) -> Iterator[str]:
    for name in PYTHON_FILES:
        wanted = app.python.get(name, settings.app.python)
        if not f"{wanted}.".startswith(f"{settings.app.python}."):
            yield f"app/python: {name} says {app.python[name]}, and on Heroku that counts"
    if settings.app.wsgi and app.bundle.read("Procfile") is not None:
        yield "app/wsgi: is FLASK_APP alone, since the app's own Procfile says what starts"
    if not processes.wrapped:
        why = "Procfile does not start gunicorn with gunicorn.conf.py"
        yield f"{why}, so answers don't name their release: only that something answers is checked"
        if app.static:
            yield f"app/static: has no effect, since {why}"
    if settings.machine.model_fields_set:
        yield "machine: has no effect on Heroku, which has a web server of its own"
