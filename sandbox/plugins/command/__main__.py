"""Start the stand-in as the engine does: with the engine's address as the last argument."""

from __future__ import annotations

import sys

from sandbox.plugins.command.copy_to_remote import CopyToRemote
from sandbox.plugins.command.local_command import LocalCommand, local_run
from sandbox.plugins.command.remote_command import RemoteCommand
from sandbox.plugins.provider import Provider
from sandbox.plugins.serve import serve

# What the official plugin leaves in the provider's recorded settings: its library's version.
_LIBRARY = {"__pulumi-go-provider-version": "1.2.0"}

PROVIDER = Provider(
    name="command",
    version="1.2.1",
    resources={
        "command:remote:Command": RemoteCommand(),
        "command:remote:CopyToRemote": CopyToRemote(),
        "command:local:Command": LocalCommand(),
    },
    functions={"command:local:run": local_run},
    check_config=lambda settings: settings | _LIBRARY,
)


def main() -> None:
    """Serve until the engine ends it."""
    serve(PROVIDER, sys.argv[1:])


if __name__ == "__main__":
    main()
