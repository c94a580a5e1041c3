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


def missing(provider: str, key: str, variables: Sequence[str], example: str) -> list[str]:
    """Return a fault when neither the stack nor the environment has a key that the provider needs."""
    if pulumi.Config(provider).get(key) or any(os.environ.get(name) for name in variables):
        return []
    return [f"{provider}:{key}: is required, for example: pulumi config set {provider}:{key} {example}"]
