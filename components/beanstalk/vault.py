"""The app's secrets in AWS Secrets Manager, where only its instances read them.

As plain settings they would stand in clear in the console and in the environment's `allSettings`.
A changed value is another secret: instances read the values when they start, and one that starts
while a release fails has to find what its own release was made with.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_random as random
from pulumi_aws import secretsmanager

from components.beanstalk.parts import Common
from components.environment import secrets_digest
from components.settings import Settings

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
LIMIT_BYTES: Final = 65536


@dataclass(frozen=True, kw_only=True)
class Vault:
    """The secrets' ARNs by variable, and the values that have to be there before an instance starts."""

    arns: Mapping[str, pulumi.Output[str]]
    values: Sequence[pulumi.Resource]


def faults(settings: Settings) -> Iterator[str]:
    """Yield what Secrets Manager would refuse; no value is repeated."""
    for variable, value in sorted(settings.secrets.items()):
        size = len(value.get_secret_value().encode())
        if not size:
            yield f"secrets/{variable}: is empty, and AWS Secrets Manager keeps no empty value; remove it"
        if size > LIMIT_BYTES:
            yield (
                f"secrets/{variable}: has {size} bytes, and AWS Secrets Manager keeps {LIMIT_BYTES}; "
                "keep a larger value in a file of an object store"
            )


def make(settings: Settings, common: Common) -> Vault:
    """Return the vault: one secret for each variable."""
    arns = {}
    values = []
    for variable, value in sorted(settings.secrets.items()):
        alone = settings.model_copy(update={"secrets": {variable: value}})
        draw = random.RandomId(
            f"draw-{variable}", byte_length=4, keepers={"value": secrets_digest(alone)}, opts=common.opts()
        )
        secret = secretsmanager.Secret(
            f"secret-{variable}",
            name=pulumi.Output.concat(common.name, "/", variable, "/", draw.hex),
            # The stack's configuration has the value, so nothing is lost without a window.
            recovery_window_in_days=0,
            tags=common.tags,
            # The provider would take the former one away first, with the value that what serves starts with.
            opts=common.opts(delete_before_replace=False),
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
