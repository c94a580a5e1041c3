"""Start the provider as the engine does: with the engine's address as the last argument."""

from __future__ import annotations

import sys

import pulumi_random as sdk

from sandbox.plugins.cloud.account import Account
from sandbox.plugins.cloud.faults import Cloud, Texts
from sandbox.plugins.cloud.schema import Schema
from sandbox.plugins.provider import Provider
from sandbox.plugins.random.resources import RandomId, RandomPassword, RandomString
from sandbox.plugins.serve import serve

# Nothing is asked of anybody, so nothing can be refused but by a planted fault.
TEXTS = Texts(refused="{what} was refused", failed="{what} failed", landed="{what} timed out")


def main() -> None:
    """Serve until the engine ends it."""
    cloud = Cloud(Account.here(), TEXTS)
    types = (
        (RandomId, sdk.RandomId, sdk.RandomIdArgs),
        (RandomString, sdk.RandomString, sdk.RandomStringArgs),
        (RandomPassword, sdk.RandomPassword, sdk.RandomPasswordArgs),
    )
    resources = {kind.token: kind(cloud, Schema.of(*classes)) for kind, *classes in types}
    serve(Provider(name="random", version="4.21.4", resources=resources), sys.argv[1:])


if __name__ == "__main__":
    main()
