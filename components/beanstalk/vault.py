"""The app's secrets in AWS Secrets Manager, where only its instances read them.

As plain settings they would stand in clear in the console and in the environment's `allSettings`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import secretsmanager

from components.beanstalk.parts import Common
from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Vault:
    """The secrets' ARNs by variable, and the values that have to be there before an instance starts."""

    arns: Mapping[str, pulumi.Output[str]]
    values: Sequence[pulumi.Resource]


def make(settings: Settings, common: Common) -> Vault:
    """Return the vault: one secret for each variable."""
    arns = {}
    values = []
    for variable, value in sorted(settings.secrets.items()):
        secret = secretsmanager.Secret(
            f"secret-{variable}",
            name=pulumi.Output.concat(common.name, "/", variable),
            # The stack's configuration has the value: without a window, the name is free again at once.
            recovery_window_in_days=0,
            tags=common.tags,
            opts=common.opts(),
        )
        version = secretsmanager.SecretVersion(
            f"value-{variable}",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(value.get_secret_value()),
            opts=common.opts(),
        )
        arns[variable] = secret.arn
        values.append(version)
    return Vault(arns=arns, values=values)
