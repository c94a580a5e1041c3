"""Start the provider as the engine does: with the engine's address as the last argument."""

from __future__ import annotations

import sys

import pulumi_tls as tls

from sandbox.plugins.cloud.account import Account
from sandbox.plugins.cloud.faults import Cloud, Texts
from sandbox.plugins.cloud.schema import Schema
from sandbox.plugins.provider import Provider
from sandbox.plugins.serve import serve
from sandbox.plugins.tls.private_key import PrivateKey

# Nothing is asked of anybody, so nothing can be refused but by a planted fault.
TEXTS = Texts(refused="{what} was refused", failed="{what} failed", landed="{what} timed out")


def main() -> None:
    """Serve until the engine ends it."""
    cloud = Cloud(Account.here(), TEXTS)
    provider = Provider(
        name="tls",
        version="5.6.2",
        resources={PrivateKey.token: PrivateKey(cloud, Schema.of(tls.PrivateKey, tls.PrivateKeyArgs))},
    )
    serve(provider, sys.argv[1:])


if __name__ == "__main__":
    main()
