"""Who the instances and Elastic Beanstalk itself act as: roles of their own, with what they need.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles.html; there is no default role any more.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import iam, s3

from components.beanstalk.parts import Common

_AWS: Final = "arn:aws:iam::aws:policy"
WEB_TIER: Final = f"{_AWS}/AWSElasticBeanstalkWebTier"
SESSION_MANAGER: Final = f"{_AWS}/AmazonSSMManagedInstanceCore"
SERVICE: Final = {
    "health": f"{_AWS}/service-role/AWSElasticBeanstalkEnhancedHealth",
    "updates": f"{_AWS}/AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
}


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The instance profile and the service role, and what has to be there before they are used."""

    profile: iam.InstanceProfile
    service: iam.Role
    ready: Sequence[pulumi.Resource]


def make(common: Common, bucket: s3.Bucket, *, secrets: bool, session_manager: bool) -> Roles:
    """Return the roles. With `secrets` the instances may read this stack's, and no others."""
    instances = _role("instances", "ec2.amazonaws.com", common)
    policies = {"web": WEB_TIER, **({"session-manager": SESSION_MANAGER} if session_manager else {})}
    ready = [_attached(f"instances-{key}", instances, arn, common) for key, arn in policies.items()]
    if secrets:
        ready.append(
            iam.RolePolicy(
                "instances-secrets",
                name="read-secrets",
                role=instances.id,
                policy=pulumi.Output.all(instances.arn, common.name).apply(lambda both: _reads(*both)),
                opts=common.opts(),
            )
        )
    profile = iam.InstanceProfile(
        "profile",
        name=common.name.apply(lambda name: f"{name}-instances"),
        role=instances.name,
        tags=common.tags,
        opts=common.opts(),
    )
    condition = {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}}
    service = _role("service", "elasticbeanstalk.amazonaws.com", common, condition)
    ready += [_attached(f"service-{key}", service, arn, common) for key, arn in SERVICE.items()]
    ready.append(
        iam.RolePolicy(
            "service-prune",
            name="prune-versions",
            role=service.id,
            policy=pulumi.Output.all(service.arn, common.name, bucket.arn).apply(lambda all_: _prunes(*all_)),
            opts=common.opts(),
        )
    )
    return Roles(profile=profile, service=service, ready=ready)


def _role(name: str, principal: str, common: Common, condition: Any = None) -> iam.Role:
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "sts:AssumeRole",
        **({"Condition": condition} if condition else {}),
    }
    return iam.Role(
        name,
        name=common.name.apply(lambda prefix: f"{prefix}-{name}"),
        assume_role_policy=_policy([trust]),
        tags=common.tags,
        opts=common.opts(),
    )


def _attached(name: str, role: iam.Role, policy: str, common: Common) -> pulumi.Resource:
    return iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy, opts=common.opts())


def _reads(role_arn: str, name: str) -> str:
    """Allow all secrets below the stack's name: an instance may be of this release or of the one before."""
    secrets = _arn(role_arn, "secretsmanager", f"secret:{name}/*")
    return _policy([{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secrets}])


def _prunes(role_arn: str, name: str, bucket_arn: str) -> str:
    """Allow what the application's lifecycle rule does: delete old versions with their bundles.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-lifecycle.html
    """
    versions = _arn(role_arn, "elasticbeanstalk", f"applicationversion/{name}/*")
    return _policy(
        [
            {"Effect": "Allow", "Action": "elasticbeanstalk:DeleteApplicationVersion", "Resource": versions},
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": f"{bucket_arn}/*"},
        ]
    )


def _arn(role_arn: str, service: str, resource: str) -> str:
    """Return the ARN of something of a role's account, in any region: names with random digits are in one."""
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return f"arn:{partition}:{service}:*:{account}:{resource}"


def _policy(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
