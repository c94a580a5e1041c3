"""What App Engine can't do of the configuration: faults where it would be wrong to go on, else a line."""

import re
from collections.abc import Iterator
from typing import Final

from components import pinned
from components.appengine.section import PYTHONS, Section
from components.platforms import taken
from components.settings import Settings

# Set by the runtime, and can't be replaced:
# https://cloud.google.com/appengine/docs/standard/python3/runtime#environment_variables
RESERVED: Final = re.compile(r"GAE_\w*|GOOGLE_CLOUD_PROJECT|PORT")
OURS: Final = re.compile(r"FLASK_DEPLOY_\w*")


def faults(settings: Settings) -> Iterator[str]:
    """Yield what can't have its effect on App Engine, each with its remedy."""
    if "persistent" in settings.app.model_fields_set and settings.app.persistent:
        yield (
            "app/persistent: App Engine has no disk, only /tmp in memory; keep records in a database "
            "(secrets.DATABASE_URL) and files in an object store, and remove this key"
        )
    if python(settings) not in PYTHONS:
        yield (
            f'app/python: App Engine has {", ".join(PYTHONS)}, not {settings.app.python}; for example "3.13"'
        )
    yield from pinned.APPENGINE.faults(settings.pinned_release)
    yield from taken.variables(settings, RESERVED, "is set by App Engine itself and can't be replaced")
    yield from taken.variables(settings, OURS, "is the deployment's own")


def python(settings: Settings) -> str:
    """Return the Python of the version; where none is chosen, the nearest to the default that there is."""
    if "python" in settings.app.model_fields_set or settings.app.python in PYTHONS:
        return settings.app.python
    return PYTHONS[0]


def adopted(section: Section) -> str:
    """Return the line on the application that is taken as it is, '' when it is made.

    A run that finds none ends with the provider's bare "does not exist", which no hook can explain.
    """
    if section.create_application:
        return ""
    return (
        "application: the project's own is used; one that has none yet needs, for example, "
        "appengine.location: europe-west and appengine.createApplication: true"
    )


def notes(settings: Settings, section: Section) -> Iterator[str]:
    """Yield what the user should know before anything is made, a line each."""
    if python(settings) != settings.app.python:
        yield (
            f"app/python: App Engine has no {settings.app.python}, so {python(settings)} is taken; "
            f'to choose, for example: app.python: "{PYTHONS[-1]}"'
        )
    if settings.app.release_command:
        command = " ".join(settings.app.release_command.split())
        yield (
            "app/releaseCommand: App Engine has no release phase, so it is not run; "
            f"run it where the database can be reached: {command}"
        )
    if settings.machine.model_fields_set:
        yield "machine: has no effect on App Engine, which has a web server of its own"
    if section.create_application:
        yield (
            "appengine/createApplication: a project has one application, for good: it is made in "
            f"{section.location}, can't be moved, and no destroy deletes it; once it is there, set this "
            "to false"
        )
    if section.ingress != "all":
        yield (
            f"appengine/ingress: with {section.ingress} this computer can't ask the app, so this run does "
            "not prove that the release serves; ask from within: X-Release in the answer has to be the "
            "output release"
        )
