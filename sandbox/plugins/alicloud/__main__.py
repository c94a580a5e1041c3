"""Start the provider as the engine does: with the engine's address as the last argument."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path


def main() -> None:
    """Serve until the engine ends it."""
    _keep_the_cache()
    from sandbox.plugins.alicloud import provider  # noqa: PLC0415 - it looks where the cache is
    from sandbox.plugins.cloud.account import Account  # noqa: PLC0415
    from sandbox.plugins.serve import serve  # noqa: PLC0415

    serve(provider.make(Account.here()), sys.argv[1:])


def _keep_the_cache() -> None:
    """Find machines' trees where the sandbox's other commands do.

    The engine of a scratch copy has a HOME of its own, and so have the plugins that it starts.
    """
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    os.environ.setdefault("XDG_CACHE_HOME", str(home / ".cache"))


if __name__ == "__main__":
    main()
