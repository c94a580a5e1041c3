"""What App Engine can't do of the configuration: faults where it would be wrong to go on, else a line."""

from collections.abc import Iterator

from components.appengine.section import PYTHONS
from components.settings import Settings


def faults(settings: Settings) -> Iterator[str]:
    """Yield what can't have its effect on App Engine, each with its remedy."""
    if "persistent" in settings.app.model_fields_set and settings.app.persistent:
        yield (
            "app/persistent: App Engine has no disk, only /tmp in memory; keep records in a database "
            "(secrets.DATABASE_URL) and files in an object store, and remove this key"
        )
    if settings.app.python not in PYTHONS:
        yield (
            f'app/python: App Engine has {", ".join(PYTHONS)}, not {settings.app.python}; for example "3.13"'
        )


def notes(settings: Settings) -> Iterator[str]:
    """Yield what the user should know before anything is made, a line each."""
    if settings.app.release_command:
        yield (
            "app/releaseCommand: App Engine has no release phase, so it is not run; "
            f"run it where the database can be reached: {settings.app.release_command.strip()}"
        )
    if "machine" in settings.model_fields_set:
        yield "machine: has no effect on App Engine, which has a web server of its own"
