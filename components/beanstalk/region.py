"""The region that a stack is in, as far as the program knows it."""

import os
from collections.abc import Iterator
from typing import Final

import pulumi

from components import cloud_account

KEYS: Final = ("region", "profile")  # a profile may have one, too
VARIABLES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE")
# Names there have other beginnings: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")


def told() -> str:
    """Return the region if it is told outright, '' where a profile has it."""
    found = pulumi.Config("aws").get("region") or os.environ.get("AWS_REGION")
    return found or os.environ.get("AWS_DEFAULT_REGION", "")


def faults() -> Iterator[str]:
    """Yield what is wrong with the region: none, or one where this program's policies are not called so."""
    yield from cloud_account.missing("aws", KEYS, VARIABLES, "eu-central-1")
    if told().startswith(OTHER_PARTITIONS):
        yield f"aws:region: {told()} is not of AWS's public regions; choose one that is, such as eu-central-1"
