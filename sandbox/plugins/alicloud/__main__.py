"""Start the provider as the engine does: with the engine's address as the last argument."""

from __future__ import annotations

import sys

from sandbox.plugins import start


def main() -> None:
    """Serve until the engine ends it."""
    start.keep_the_cache()
    from sandbox.plugins.alicloud import provider  # noqa: PLC0415 - it looks where the cache is
    from sandbox.plugins.cloud.account import Account  # noqa: PLC0415
    from sandbox.plugins.serve import serve  # noqa: PLC0415

    serve(provider.make(Account.here()), sys.argv[1:])


if __name__ == "__main__":
    main()
