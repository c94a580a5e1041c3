"""The provider: resource types, functions, settings."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pulumi_aws import ec2, elasticbeanstalk, iam, s3
from pulumi_aws import secretsmanager as sm

from sandbox.plugins.aws import bucket_parts, functions, logs_api
from sandbox.plugins.aws import s3 as buckets
from sandbox.plugins.aws.application import Application, ApplicationVersion
from sandbox.plugins.aws.environment import Environment
from sandbox.plugins.aws.errors import TEXTS
from sandbox.plugins.aws.iam import InstanceProfile, Role
from sandbox.plugins.aws.key_pair import KeyPair
from sandbox.plugins.aws.role_policies import RolePolicy, RolePolicyAttachment
from sandbox.plugins.aws.secretsmanager import Secret, SecretVersion
from sandbox.plugins.aws.settings import Access
from sandbox.plugins.cloud import loopback
from sandbox.plugins.cloud.faults import Cloud
from sandbox.plugins.cloud.schema import Schema
from sandbox.plugins.provider import Provider

if TYPE_CHECKING:
    from sandbox.plugins.aws.base import AwsResource
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.values import Props

VERSION: Final = "7.51.1"
_PARTS: Final = (
    *("BucketPublicAccessBlock", "BucketServerSideEncryptionConfiguration", "BucketVersioning"),
    *("BucketPolicy", "BucketLifecycleConfiguration"),
)


def _arguments(name: str) -> type:
    """The class of a resource's arguments; a nested type of that name makes the SDK choose another."""
    found: type = getattr(s3, f"{name}InitArgs", None) or getattr(s3, f"{name}Args")
    return found


TYPES: Final[tuple[tuple[type[AwsResource], type, type], ...]] = (
    (buckets.Bucket, s3.Bucket, s3.BucketArgs),
    (buckets.BucketObjectv2, s3.BucketObjectv2, s3.BucketObjectv2Args),
    *((getattr(bucket_parts, name), getattr(s3, name), _arguments(name)) for name in _PARTS),
    (Role, iam.Role, iam.RoleArgs),
    (RolePolicy, iam.RolePolicy, iam.RolePolicyArgs),
    (RolePolicyAttachment, iam.RolePolicyAttachment, iam.RolePolicyAttachmentArgs),
    (InstanceProfile, iam.InstanceProfile, iam.InstanceProfileArgs),
    (Secret, sm.Secret, sm.SecretArgs),
    (SecretVersion, sm.SecretVersion, sm.SecretVersionArgs),
    (KeyPair, ec2.KeyPair, ec2.KeyPairArgs),
    (Application, elasticbeanstalk.Application, elasticbeanstalk.ApplicationArgs),
    (ApplicationVersion, elasticbeanstalk.ApplicationVersion, elasticbeanstalk.ApplicationVersionArgs),
    (Environment, elasticbeanstalk.Environment, elasticbeanstalk.EnvironmentArgs),
)


def make(account: Account) -> Provider:
    """The provider of an account.

    CloudWatch Logs is asked by the program itself. If that is said to be on this computer's loopback, it is
    served there, while the plugin runs.
    """
    cloud, access = Cloud(account, TEXTS), Access()

    def configure(call: Call, given: Props) -> None:
        with cloud.operation(call, "aws", "configure"):
            access.configure(given)
        port = loopback.port(os.environ.get("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", ""))
        if port is not None:
            with suppress(OSError):  # another of the engine's plugins serves it already
                logs_api.serve(account, lambda: access.region, port)

    return Provider(
        name="aws",
        version=VERSION,
        resources={kind.token: kind(cloud, Schema.of(*sdk), access) for kind, *sdk in TYPES},
        functions=functions.make(cloud, access),
        configure=configure,
    )
