"""Where things are in an app's machine."""

from pathlib import Path
from typing import Final

HOME: Final = Path("/var/lib/heroku")
STACKS: Final = HOME / "stacks"  # one root file system for each Debian suite
SLUGS: Final = HOME / "slugs"
WORK: Final = HOME / "work"  # builds under way
CACHE: Final = HOME / "cache"  # what a build leaves for the next one
DYNOS: Final = HOME / "dynos"  # each dyno's own /app
DESIRED: Final = HOME / "desired.json"  # what the platform wants to run: release, formation, config vars

RUN: Final = Path("/run/heroku")
STATE: Final = HOME / "dynos.json"  # what runs, for who looks from outside
LOOKUP: Final = RUN / "lookup.sock"  # where the router asks for a dyno
ACCESS: Final = RUN / "access.sock"  # where the router tells what it did

LOG: Final = Path("/var/log/heroku.log")
USER: Final = "dyno"


def slug_file(slug: str) -> Path:
    """The archive of a slug."""
    return SLUGS / f"{slug}.tgz"
