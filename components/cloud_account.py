"""The part of a stack's configuration that belongs to a cloud's own provider, such as `alicloud:region`."""

import os
from collections.abc import Sequence

import pulumi
from pulumi.runtime import config as raw


def plain_secrets(provider: str, keys: Sequence[str]) -> list[str]:
    """Return a fault for each of the provider's keys that stands in the stack's file in plain."""
    config = pulumi.Config(provider)
    return [
        f"{provider}:{key}: should be encrypted, but can be read in the stack's file; "
        f"change it where it came from, then: pulumi config set --secret {provider}:{key}"
        for key in keys
        if config.get(key) and not raw.is_config_secret(f"{provider}:{key}")
    ]


def missing(provider: str, keys: Sequence[str], variables: Sequence[str], example: str) -> list[str]:
    """Return a fault when neither the stack nor the environment has what the provider needs.

    Any one of `keys` or `variables` will do; the first key is the one to advise, with `example`.
    """
    config = pulumi.Config(provider)
    if any(config.get(key) for key in keys) or any(os.environ.get(name) for name in variables):
        return []
    key = f"{provider}:{keys[0]}"
    return [f"{key}: is required, for example: pulumi config set {key} {example}"]
