"""Who the instances and Elastic Beanstalk act as: roles of this stack's own, with what they need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from unit.beanstalk.stacks import NAME, SECRETS, deployed

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A stack with secrets."""
    return deployed(deploy, SECRETS)


def statements(policy: str) -> list[dict[str, Any]]:
    """What a policy says."""
    told = json.loads(policy)
    assert told["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = told["Statement"]
    return found


def attached(made: recorder.Recording, role: str) -> set[str]:
    """The managed policies of a role, by their names."""
    return {
        each.inputs["policyArn"].rpartition("/")[2]
        for each in made.all("RolePolicyAttachment")
        if each.inputs["role"] == f"{NAME}-{role}"
    }


def test_only_the_service_may_act_as_a_role(made: recorder.Recording) -> None:
    """EC2 as the instances'; Elastic Beanstalk as its own, and by the external id for nobody else."""
    roles = {each.name: statements(each.inputs["assumeRolePolicy"]) for each in made.all("Role")}
    assert roles == {
        "instances": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
        "service": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "elasticbeanstalk.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}},
            }
        ],
    }


def test_a_role_has_what_its_tasks_need(made: recorder.Recording, deploy: Deploy) -> None:
    """The instances a web server's, and a shell's on demand; the service health and updates."""
    assert attached(made, "instances") == {"AWSElasticBeanstalkWebTier"}
    shell = deployed(deploy, {"beanstalk": {"sessionManager": True}})
    assert attached(shell, "instances") == {"AWSElasticBeanstalkWebTier", "AmazonSSMManagedInstanceCore"}
    assert attached(made, "service") == {
        "AWSElasticBeanstalkEnhancedHealth",
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    }


def test_instances_read_this_stack_s_secrets_only(made: recorder.Recording) -> None:
    """In this account, below this stack's name: those of the release before too, which may come back."""
    policy = made["instances-secrets"].inputs
    assert policy["role"] == "instances-id"
    assert statements(policy["policy"]) == [
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": f"arn:aws:secretsmanager:*:123456789012:secret:{NAME}/*",
        }
    ]
    prefix = f"{NAME}/"
    assert all(each.inputs["name"].startswith(prefix) for each in made.all("Secret"))


def test_without_secrets_instances_read_none(deploy: Deploy) -> None:
    """There is no such policy then."""
    assert "instances-secrets" not in deployed(deploy).names()


def test_the_service_prunes_this_stack_s_versions_only(made: recorder.Recording) -> None:
    """And their bundles."""
    policy = made["service-prune"].inputs
    assert policy["role"] == "service-id"
    versions, bundles = statements(policy["policy"])
    assert versions["Action"] == "elasticbeanstalk:DeleteApplicationVersion"
    assert versions["Resource"] == f"arn:aws:elasticbeanstalk:*:123456789012:applicationversion/{NAME}/*"
    assert made.one("Application").inputs["name"] == NAME
    assert bundles["Action"] == ["s3:GetObject", "s3:DeleteObject"]
    assert bundles["Resource"] == f"arn:aws:s3:::flask-deploy-{NAME}/*"


@pytest.mark.covers("P12")
def test_no_policy_is_for_everything(made: recorder.Recording) -> None:
    """Neither all actions nor all resources."""
    for policy in made.all("RolePolicy"):
        for each in statements(policy.inputs["policy"]):
            assert "*" not in str(each["Action"])
            assert each["Resource"] != "*"


def test_the_profile_is_of_the_instances(made: recorder.Recording) -> None:
    """There is no default one any more."""
    assert made.one("InstanceProfile").inputs["role"] == f"{NAME}-instances"


def test_roles_are_complete_before_they_are_used(made: recorder.Recording) -> None:
    """An environment whose roles lack a policy fails, and the provider does not say why."""
    policies = {each.name for kind in ("RolePolicy", "RolePolicyAttachment") for each in made.all(kind)}
    assert len(policies) == 5
    assert {*policies, "profile"} <= made.one("Environment").depends_on
    assert policies <= made.one("Application").depends_on
