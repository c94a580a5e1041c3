"""What an emulated cloud's process does first, before anything looks where the cache is."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def keep_the_cache() -> None:
    """Find machines' trees where the sandbox's other commands do.

    The engine of a scratch copy has a HOME of its own, and so have the plugins that it starts.
    """
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    os.environ.setdefault("XDG_CACHE_HOME", str(home / ".cache"))


def is_command(arguments: list[str]) -> bool:
    """Whether somebody typed these; the engine's last argument is its address, or there is none."""
    return bool(arguments) and not arguments[-1].rpartition(":")[2].isdigit()
