"""Start the provider as the engine does, with the engine's address as the last argument; or run a command.

`python -m sandbox.plugins.gcp versions`, `… restart`, `… --help`.
"""

from __future__ import annotations

import sys

from sandbox.plugins import start


def main() -> None:
    """Serve until the engine ends it, or do what the command says."""
    start.keep_the_cache()
    arguments = sys.argv[1:]
    if start.is_command(arguments):
        from sandbox.plugins.gcp.commands import main as run  # noqa: PLC0415 - not the provider's

        sys.exit(run(arguments))
    from sandbox.plugins.cloud.account import Account  # noqa: PLC0415 - the same the other way round
    from sandbox.plugins.gcp import provider, surroundings  # noqa: PLC0415
    from sandbox.plugins.gcp.apps import Apps  # noqa: PLC0415
    from sandbox.plugins.serve import serve  # noqa: PLC0415

    account = Account.here()
    surroundings.leave(account.folder)
    serve(provider.make(account, Apps(account)), arguments)


if __name__ == "__main__":
    main()
