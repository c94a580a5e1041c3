"""Where things are in an app's machine."""

from pathlib import Path
from typing import Final

HOME: Final = Path("/var/lib/appengine")
DOCUMENT: Final = HOME / "cloud.json"  # what the cloud knows of this app; for root only, it holds secrets
IMAGES: Final = HOME / "images"  # a folder for each build: workspace and static files
LAYERS: Final = HOME / "layers"  # installed requirements; versions with the same ones share them
RUNTIME: Final = HOME / "runtime"  # the root file system of builds and instances
TLS: Final = HOME / "tls"
LOGS: Final = Path("/var/log/appengine")

WORKSPACE: Final = "/workspace"
PACKAGES: Final = "/layers/google.python.pip/pip"
BUILDER: Final = "gae-builder"

METADATA: Final = "169.254.169.254"
SECRET_MANAGER: Final = "127.0.0.2"  # noqa: S105 - an address


def user(number: int) -> str:
    """The name of a version's own user."""
    return f"gae-{number}"


def log(service: str, version: str) -> Path:
    """What a version's instances print."""
    return LOGS / f"{service}.{version}.log"
