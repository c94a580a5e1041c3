"""What goes before its replacement comes, on each emulated cloud: as the real plugins answer a Diff.

Sources, read at pulumi-terraform-bridge 59de6c6, pulumi-gcp 9.35.0, pulumi-aws 0c5f658 and 015d343:
pkg/tfbridge/schema.go (nameRequiresDeleteBeforeReplace): a replacement is of this kind when the program
gives an argument that would be drawn otherwise, whether it changes or not; pkg/tfbridge/provider.go: only if
anything replaces. pkg/tfbridge/info/autonaming.go, and provider/autonaming.go of pulumi-aws: `name` is drawn
everywhere, others where the provider's table says AutoName. And that table's own DeleteBeforeReplace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from sandbox.plugins.alicloud import provider as alicloud
from sandbox.plugins.aws import provider as aws
from sandbox.plugins.calls import Call, EngineLog
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.cloud.resource import CloudResource
from sandbox.plugins.gcp import provider as gcp
from sandbox.plugins.gcp.apps import Apps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.provider import Resource
    from sandbox.plugins.values import Props

POLICY: Final = '{"Version": "2012-10-17", "Statement": []}'
KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"
STACK: Final = "64bit Amazon Linux 2023 v4.9.0 running Python 3.13"
EB, GAE = "aws:elasticbeanstalk", "gcp:appengine"
ROLE: Final = {"name": "a", "assumeRolePolicy": POLICY}
BUNDLE: Final = {"name": "v1", "application": "a", "bucket": "b", "key": "one"}
ENVIRONMENT: Final = {
    "name": "shop-prod",
    "application": "a",
    "solutionStackName": STACK,
    "cnamePrefix": "shop",
}
MEMBER: Final = {"role": "roles/viewer", "member": "user:a@example.com"}
SECRET: Final = {"secretId": "db", "project": "project-1", "replication": {"auto": {}}}
ACCOUNT: Final = {"accountId": "runs-it", "project": "project-1"}
SPLIT: Final = {"service": "default", "project": "project-1", "split": {"allocations": {"r1": "1"}}}

# The type, what is there, what changes, and what the real plugin says.
CASES: Final[dict[str, tuple[str, Props, Props, bool]]] = {
    "a name that is given": ("aws:iam/role:Role", ROLE, {"name": "b"}, True),
    "one that stays": ("aws:iam/role:Role", ROLE, {"path": "/other/"}, True),
    "one that is drawn": ("aws:iam/role:Role", {"assumeRolePolicy": POLICY}, {"path": "/other/"}, False),
    "nothing replaces": ("aws:iam/role:Role", ROLE, {"description": "other"}, False),
    "a name by AutoName": ("aws:s3/bucket:Bucket", {"bucket": "one"}, {"bucket": "two"}, True),
    "another by AutoName": (
        "aws:ec2/keyPair:KeyPair",
        {"keyName": "a", "publicKey": KEY},
        {"publicKey": f"{KEY}B"},
        True,
    ),
    # aws_s3_object: `key` has a default from the resource's name, which is not AutoName.
    "a key of S3": ("aws:s3/bucketObjectv2:BucketObjectv2", {"bucket": "b", "key": "a"}, {"key": "b"}, False),
    # DeleteBeforeReplace in the table: a leaf, and equal attachments are one.
    "an attachment": (
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "a", "policyArn": "arn:aws:iam::aws:policy/A"},
        {"role": "b"},
        True,
    ),
    "a role's policy": (
        "aws:iam/rolePolicy:RolePolicy",
        {"role": "a", "name": "p", "policy": POLICY},
        {"role": "b"},
        True,
    ),
    "a secret": ("aws:secretsmanager/secret:Secret", {"name": "a"}, {"name": "b"}, True),
    "a secret's value": (
        "aws:secretsmanager/secretVersion:SecretVersion",
        {"secretId": "arn:a", "secretString": "a"},
        {"secretString": "b"},
        False,
    ),
    "an application": (f"{EB}/application:Application", {"name": "a"}, {"name": "b"}, True),
    "a version": (f"{EB}/applicationVersion:ApplicationVersion", BUNDLE, {"name": "v2"}, True),
    "an environment": (f"{EB}/environment:Environment", ENVIRONMENT, {"cnamePrefix": "other"}, True),
    # google_service_account: `account_id` is drawn by AutoName, and optional in the SDK since.
    "an account": ("gcp:serviceaccount/account:Account", ACCOUNT, {"accountId": "runs-no-more"}, True),
    # provider/secret_manager.go: DeleteBeforeReplace.
    "a secret of Google's": ("gcp:secretmanager/secret:Secret", SECRET, {"secretId": "other"}, True),
    "a role in a project": (
        "gcp:projects/iAMMember:IAMMember",
        {**MEMBER, "project": "project-1"},
        {"role": "roles/editor"},
        True,
    ),
    "a role on a bucket": (
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        {**MEMBER, "bucket": "one"},
        {"role": "roles/editor"},
        False,
    ),
    "a bucket of Google's": (
        "gcp:storage/bucket:Bucket",
        {"name": "one", "location": "EU", "project": "project-1"},
        {"location": "US"},
        True,
    ),
    # `version_id` and `service` are no names that are drawn.
    "traffic": (f"{GAE}/engineSplitTraffic:EngineSplitTraffic", SPLIT, {"service": "other"}, False),
    # Arguments that are drawn are called `name` there, which nobody gives.
    "a key pair": (
        "alicloud:ecs/ecsKeyPair:EcsKeyPair",
        {"keyPairName": "one", "publicKey": "ssh-rsa AAAA"},
        {"keyPairName": "two"},
        False,
    ),
}


@pytest.fixture(scope="module", name="types")
def _types(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Resource]:
    account = Account(tmp_path_factory.mktemp("clouds") / "account")
    made = (aws.make(account), gcp.make(account, Apps(account)), alicloud.make(account))
    return {token: kind for provider in made for token, kind in provider.resources.items()}


@pytest.mark.covers(60)
@pytest.mark.parametrize(("token", "before", "change", "first"), CASES.values(), ids=CASES)
def test_what_goes_before_its_replacement_comes(
    types: Mapping[str, Resource], token: str, before: Props, change: Props, *, first: bool
) -> None:
    """The engine asks no more than this; an option of the program's counts before it."""
    kind = types[token]
    call = Call(log_to=EngineLog(None), urn=f"urn:pulumi:dev::flask-deploy::{token}::it")
    old, new = kind.check(call, before), kind.check(call, {**before, **change})
    assert (old.failures, new.failures) == ((), ())
    found = kind.diff(call, old.inputs, new.inputs)
    assert found.detailed
    assert found.delete_before_replace is first


def test_only_what_may_be_left_out_is_drawn(types: Mapping[str, Resource]) -> None:
    """AutoName makes an argument optional in the SDK (autonaming.go): a required one is no such name."""
    named = [kind for kind in types.values() if isinstance(kind, CloudResource) and kind.name_argument]
    assert len(named) > 10
    assert [one.token for one in named if one.schema.inputs[one.name_argument].required] == []
