"""Start the provider as the engine does, with the engine's address as the last argument; or run a command.

`python -m sandbox.plugins.heroku logs APP`, `… restart APP`, `… --help`.
"""

from __future__ import annotations

import sys

from sandbox.plugins import start


def main() -> None:
    """Serve until the engine ends it, or do what the command says."""
    start.keep_the_cache()
    arguments = sys.argv[1:]
    if start.is_command(arguments):
        from sandbox.plugins.heroku.commands import main as run  # noqa: PLC0415 - not the provider's

        sys.exit(run(arguments))
    from sandbox.plugins.cloud.account import Account  # noqa: PLC0415 - the same the other way round
    from sandbox.plugins.heroku import provider  # noqa: PLC0415
    from sandbox.plugins.heroku.api.platform import Platform  # noqa: PLC0415
    from sandbox.plugins.heroku.machine_host import MachineHost  # noqa: PLC0415
    from sandbox.plugins.serve import serve  # noqa: PLC0415

    account = Account.here()
    serve(provider.make(Platform(account, MachineHost(account))), arguments)


if __name__ == "__main__":
    main()
