"""The source that App Engine builds: the app's files, and what runs beside them."""

import shlex
from dataclasses import dataclass
from typing import Final

from components import render
from components.app import App
from components.appengine import plan
from components.appengine.section import Section
from components.bundle import Bundle
from components.errors import ConfigError, gathering
from components.platforms import release as releases
from components.platforms import servers, taken
from components.platforms.release import Release
from components.settings import Settings

# What the build would take instead of requirements.txt, or refuse beside it:
# https://cloud.google.com/appengine/docs/standard/python3/specifying-dependencies
OTHER_LOCKS: Final = ("uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock")
SECRETS_FILE: Final = "flask_deploy_secrets.py"
SECRETS_VARIABLE: Final = "FLASK_DEPLOY_SECRETS"
# App Engine's limit: https://cloud.google.com/appengine/docs/standard/quotas
MOST_FILES: Final = 10_000
# About 190 MB of an instance's memory each:
# https://cloud.google.com/appengine/docs/standard#instance_classes
WORKERS: Final = {"F1": 2, "F2": 4, "F4": 8, "F4_1G": 8}
THREADS: Final = 8
PLATFORM_CONCURRENCY: Final = 10  # App Engine's own default, for a gunicorn.conf.py of the app's own


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is built and started, with which plain variables, and which release it becomes.

    `concurrency` is how many requests an instance takes at once.
    """

    bundle: Bundle
    variables: dict[str, str]
    entrypoint: str
    concurrency: int
    release: Release


def make(app: App, settings: Settings, section: Section) -> Source:
    """Return the source of an app. The user's own files stay as they are: these are copies.

    Raises ConfigError: a key can't have its effect on App Engine, or a file is in the way.
    """
    ours = {*servers.OURS, *releases.OURS, SECRETS_FILE}
    faults = [*plan.faults(settings), *taken.files(app.bundle, ours)]
    needs: dict[str, bytes] = {}
    with gathering(faults):
        # App Engine serves static folders itself: nothing in the app has to.
        needs = servers.requirements(app.requirements, static=False)
    files = {
        **needs,
        **servers.gunicorn_files(app.bundle),
        SECRETS_FILE: render.asset("platforms/secret_manager.py").encode(),
    }
    without = app.bundle.changed(files, without=OTHER_LOCKS)
    variables = dict(settings.app.environment)
    command, concurrency = _entrypoint(app, section)
    release = releases.of({"files": without.digest, "entrypoint": command}, variables, settings)
    bundle = without.changed(releases.wrapper_files(release, {}))
    if len(bundle.files) > MOST_FILES:
        faults.append(
            f"app/path: has {len(bundle.files)} files, and App Engine takes {MOST_FILES} at most; "
            "leave some out by .deployignore"
        )
    if faults:
        raise ConfigError(faults)
    return Source(
        bundle=bundle,
        variables={**variables, releases.VARIABLE: release.environment},
        entrypoint=command,
        concurrency=concurrency,
        release=release,
    )


def _entrypoint(app: App, section: Section) -> tuple[str, int]:
    """Return the command, and how many requests it answers at once. The app's own settings come first."""
    words = ["gunicorn", "--bind", ":$PORT"]
    concurrency = PLATFORM_CONCURRENCY
    if app.bundle.read(servers.GUNICORN_FILE) is None:
        workers = WORKERS[section.instance_class]
        words += ["--workers", str(workers), "--threads", str(THREADS)]
        concurrency = workers * THREADS
    if app.entry.python_path != ".":
        words += ["--pythonpath", app.entry.python_path]
    return " ".join([*words, shlex.quote(str(app.entry))]), concurrency
