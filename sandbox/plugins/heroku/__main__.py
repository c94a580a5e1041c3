"""Start the provider as the engine does, with the engine's address as the last argument; or run a command.

`python -m sandbox.plugins.heroku logs APP`, `… restart APP`, `… --help`.
"""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path


def main() -> None:
    """Serve until the engine ends it, or do what the command says."""
    _keep_the_cache()
    arguments = sys.argv[1:]
    if arguments and not arguments[-1].rpartition(":")[2].isdigit():
        from sandbox.plugins.heroku.commands import main as run  # noqa: PLC0415 - not the provider's

        sys.exit(run(arguments))
    from sandbox.plugins.cloud.account import Account  # noqa: PLC0415 - the same the other way round
    from sandbox.plugins.heroku import provider  # noqa: PLC0415
    from sandbox.plugins.heroku.api.platform import Platform  # noqa: PLC0415
    from sandbox.plugins.heroku.machine_host import MachineHost  # noqa: PLC0415
    from sandbox.plugins.serve import serve  # noqa: PLC0415

    account = Account.here()
    serve(provider.make(Platform(account, MachineHost(account))), arguments)


def _keep_the_cache() -> None:
    """Find machines' trees where the sandbox's other commands do.

    The engine of a scratch copy has a HOME of its own, and so have the plugins that it starts.
    """
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    os.environ.setdefault("XDG_CACHE_HOME", str(home / ".cache"))


if __name__ == "__main__":
    main()
