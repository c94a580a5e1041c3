"""Where the sandbox keeps things: in `.sandbox/` of the checkout, and in the user's cache."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SANDBOX = ROOT / ".sandbox"


def cache() -> Path:
    """The user's cache of this project; shared by all checkouts, and safe to delete."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "flask-deploy"
