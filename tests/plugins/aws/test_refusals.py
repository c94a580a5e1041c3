"""Each type refuses something, in the service's words; where the rule is documented stands with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plugins.harness import Failed

from .conftest import (
    APPLICATION,
    ATTACHMENT,
    BUCKET,
    EB,
    ENVIRONMENT,
    KEY_PAIR,
    LAUNCH,
    OBJECT,
    OF_ENVIRONMENT,
    PROFILE,
    ROLE,
    ROLE_POLICY,
    SECRET,
    SECRET_VERSION,
    STACK,
    VARIABLES,
    VERSION,
    Options,
    Site,
    policy,
    trust,
)

if TYPE_CHECKING:
    from plugins.cloud import Cloud

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
VERSIONING, BUCKET_POLICY = "aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketPolicy:BucketPolicy"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
NOT_THERE = "NoSuchBucket: The specified bucket does not exist"
COMMAND, ROLLING = f"{EB}:command", "aws:autoscaling:updatepolicy:rollingupdate"


def refused(cloud: Cloud, token: str, inputs: dict[str, Any]) -> str:
    """Why a resource can't be made."""
    with pytest.raises(Failed) as problem:
        cloud.make(token, inputs, name="refused")
    return problem.value.text


@pytest.mark.parametrize("name", ["Shop", "sh", "shop_1", "192.0.2.7", "xn--shop", "a" * 64])
def test_bucket_names(cloud: Cloud, name: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html: seen in the preview."""
    assert "only lowercase alphanumeric characters" in refused(cloud, BUCKET, {"bucket": name})


def test_a_bucket_name_is_unique_in_the_world(cloud: Cloud) -> None:
    """API CreateBucket: BucketAlreadyExists is somebody else's, BucketAlreadyOwnedByYou one's own."""
    cloud.account.put("foreignBuckets", "taken", {})
    assert ", BucketAlreadyExists: " in refused(cloud, BUCKET, {"bucket": "taken"})
    cloud.make(BUCKET, {"bucket": "mine"})
    assert ", BucketAlreadyOwnedByYou: " in refused(cloud, BUCKET, {"bucket": "mine"})


def test_a_bucket_that_holds_something_stays(cloud: Cloud) -> None:
    """providers.md 2.5 #9, API DeleteBucket; with forceDestroy its objects go first."""
    bucket = cloud.make(BUCKET, {"bucket": "bundles"})
    cloud.make(OBJECT, {"bucket": "bundles", "key": "a.zip", "content": "a"})
    with pytest.raises(Failed, match="api error BucketNotEmpty: The bucket you tried to delete is not empty"):
        cloud.unmake(bucket)
    cloud.change(bucket, {"bucket": "bundles", "forceDestroy": True})
    cloud.unmake(bucket)
    assert cloud.account.is_empty()


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (BLOCK, {}),
        (ENCRYPTION, {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]}),
        (VERSIONING, {"versioningConfiguration": {"status": "Enabled"}}),
        (BUCKET_POLICY, {"policy": policy("s3:*", "*", "Deny")}),
        (LIFECYCLE, {"rules": [{"id": "old", "status": "Enabled"}]}),
        (OBJECT, {"key": "a.zip", "content": "a"}),
    ],
)
def test_what_belongs_to_a_bucket_needs_it(cloud: Cloud, token: str, inputs: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: NoSuchBucket, for each of them."""
    assert NOT_THERE in refused(cloud, token, {"bucket": "nobodys", **inputs})


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (ENCRYPTION, {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "ROT13"}}]}, "ROT13"),
        (VERSIONING, {"versioningConfiguration": {"status": "On"}}, '["Enabled" "Suspended" "Disabled"]'),
        (LIFECYCLE, {"rules": [{"id": "old", "status": "On"}]}, '["Enabled" "Disabled"]'),
    ],
)
def test_values_of_a_bucket_s_parts(cloud: Cloud, token: str, inputs: dict[str, Any], said: str) -> None:
    """The provider's schemas, by the API's enumerations: seen in the preview."""
    assert said in refused(cloud, token, {"bucket": "bundles", **inputs})


def test_a_public_policy_is_blocked(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html."""
    cloud.make(BUCKET, {"bucket": "bundles"})
    cloud.make(BLOCK, {"bucket": "bundles", "blockPublicPolicy": True})
    public = policy("s3:GetObject", "*").replace('"Action"', '"Principal": "*", "Action"')
    assert "AccessDenied" in refused(cloud, BUCKET_POLICY, {"bucket": "bundles", "policy": public})
    assert "MalformedPolicy" in refused(cloud, BUCKET_POLICY, {"bucket": "bundles", "policy": "{}"})


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"name": "a b"}, "must be 1 to 64 alphanumeric characters"),
        ({"name": "instances"}, "EntityAlreadyExists: Role with name instances already exists."),
        ({"name": "other", "assumeRolePolicy": "{}"}, "MalformedPolicyDocument"),
    ],
)
def test_role(site: Site, inputs: dict[str, Any], said: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html."""
    wanted = {"assumeRolePolicy": trust("ec2.amazonaws.com"), **inputs}
    assert said in refused(site.cloud, ROLE, wanted)


def test_role_policy_attachment(site: Site) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html: NoSuchEntity."""
    arn = "arn:aws:iam::aws:policy/AWSElasticBeanstalkWebTier"
    cloud = site.cloud
    assert "NoSuchEntity: Policy" in refused(cloud, ATTACHMENT, {"role": "instances", "policyArn": f"{arn}s"})
    assert "NoSuchEntity: The role" in refused(cloud, ATTACHMENT, {"role": "nobody", "policyArn": arn})
    cloud.make(ATTACHMENT, {"role": "instances", "policyArn": arn})
    cloud.unmake(site.profile)
    with pytest.raises(Failed, match="DeleteConflict: Cannot delete entity, must detach all policies first"):
        cloud.unmake(site.role)


def test_role_policy(site: Site) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html: MalformedPolicyDocument."""
    inputs = {"role": "instances", "name": "read"}
    assert "MalformedPolicyDocument" in refused(site.cloud, ROLE_POLICY, {**inputs, "policy": '{"a": 1}'})
    nobody = {**inputs, "role": "nobody", "policy": policy("s3:*", "*")}
    assert "NoSuchEntity" in refused(site.cloud, ROLE_POLICY, nobody)


def test_instance_profile(site: Site) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html."""
    assert "EntityAlreadyExists" in refused(site.cloud, PROFILE, {"name": "instances"})
    assert "NoSuchEntity" in refused(site.cloud, PROFILE, {"name": "other", "role": "nobody"})


def test_secret(cloud: Cloud) -> None:
    """API CreateSecret: a name is unique, and stays taken while it is scheduled for deletion."""
    assert "/_+=.@-" in refused(cloud, SECRET, {"name": "a b"})
    kept = cloud.make(SECRET, {"name": "shop/KEY"})
    assert "ResourceExistsException" in refused(cloud, SECRET, {"name": "shop/KEY"})
    cloud.unmake(kept)
    assert "already scheduled for deletion" in refused(cloud, SECRET, {"name": "shop/KEY"})
    gone = cloud.make(SECRET, {"name": "shop/OTHER", "recoveryWindowInDays": 0})
    cloud.unmake(gone)
    cloud.make(SECRET, {"name": "shop/OTHER", "recoveryWindowInDays": 0})


def test_secret_version(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html."""
    nobody = {
        "secretId": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:nobody",
        "secretString": "a",
    }
    assert "ResourceNotFoundException" in refused(cloud, SECRET_VERSION, nobody)
    secret = cloud.make(SECRET, {"name": "shop/KEY"})
    assert "must not be empty" in refused(cloud, SECRET_VERSION, {"secretId": secret.id, "secretString": ""})


def test_key_pair(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html: RSA and Ed25519."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPSSUAFmGc2pTyEuxKHMJmUEqUXwLLrZpUEBEKSLbNAe"
    assert "InvalidKey.Format" in refused(cloud, KEY_PAIR, {"keyName": "a", "publicKey": "ssh-dss AAAA"})
    cloud.make(KEY_PAIR, {"keyName": "a", "publicKey": key})
    assert "api error InvalidKeyPair.Duplicate" in refused(
        cloud, KEY_PAIR, {"keyName": "a", "publicKey": key}
    )


def test_application(site: Site) -> None:
    """API CreateApplication: 1 to 100 characters, no slash, unique; DeleteApplication: not while it runs."""
    assert "without a slash" in refused(site.cloud, APPLICATION, {"name": "a/b"})
    assert "Application shop already exists." in refused(site.cloud, APPLICATION, {"name": "shop"})
    it = site.cloud.make(ENVIRONMENT, site.environment())
    with pytest.raises(Failed, match="Unable to delete application shop because"):
        site.cloud.unmake(site.application)
    site.cloud.unmake(it)
    site.cloud.unmake(site.application)


def test_a_lifecycle_needs_a_role_that_beanstalk_may_assume(site: Site) -> None:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-lifecycle.html; the app stays."""
    rule = {"serviceRole": "arn:aws:iam::123456789012:role/instances", "maxCount": 2}
    made = site.cloud.make(APPLICATION, {"name": "other", "appversionLifecycle": rule})
    assert "UpdateApplicationResourceLifecycle" in made.reasons[0]
    assert "other" in site.cloud.account.table("applications")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"key": "nobodys.zip"}, "Unable to download from S3 location (Bucket: bundles  Key: nobodys.zip)"),
        ({"application": "nobodys"}, "No Application named 'nobodys' found."),
        ({"name": "v" * 101}, "1 to 100 characters"),
    ],
)
def test_application_version(site: Site, inputs: dict[str, Any], said: str) -> None:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateApplicationVersion.html."""
    site.upload("a.zip", "good")
    wanted = {"name": "v1", "application": "shop", "bucket": "bundles", "key": "a.zip", **inputs}
    assert said in refused(site.cloud, VERSION, wanted)


def test_a_version_in_use_is_not_deleted(site: Site) -> None:
    """API DeleteApplicationVersion: "You cannot delete an application version that is associated with …"."""
    version = site.version("v1", forceDelete=True)
    it = site.cloud.make(ENVIRONMENT, site.environment(version="v1"))
    with pytest.raises(Failed, match="Unable to delete application version: v1"):
        site.cloud.unmake(version)
    site.cloud.unmake(it)
    site.cloud.unmake(version)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"name": "abc"}, "'EnvironmentName' failed to satisfy constraint"),
        ({"name": "-shop"}, "'EnvironmentName' failed to satisfy constraint"),
        ({"name": "s" * 41}, "'EnvironmentName' failed to satisfy constraint"),
        ({"name": "shop_prod"}, "'EnvironmentName' failed to satisfy constraint"),
        ({"name": "taken"}, "Environment taken already exists."),
        ({"cnamePrefix": "abc"}, "'CNAMEPrefix' failed to satisfy constraint"),
        ({"cnamePrefix": "Taken"}, "DNS name (Taken.eu-central-1.elasticbeanstalk.com) is not available."),
        (
            {"cnamePrefix": "foreign"},
            "DNS name (foreign.eu-central-1.elasticbeanstalk.com) is not available.",
        ),
        ({"application": "nobodys"}, "No Application named 'nobodys' found."),
        ({"version": "v9"}, "No Application Version named 'v9' found."),
        ({"solutionStackName": STACK.replace("2023", "2")}, "No Solution Stack named"),
        ({"templateName": "a"}, '"solutionStackName": conflicts with templateName'),
        ({"tier": "Batch"}, 'expected tier to be one of ["WebServer" "Worker"], got Batch'),
        ({"tier": "Worker"}, "emulated by the sandbox"),
        ({"waitForReadyTimeout": "soon"}, "cannot be parsed as a duration"),
    ],
)
def test_environment(site: Site, inputs: dict[str, Any], said: str) -> None:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateEnvironment.html; providers.md 9."""
    site.cloud.make(ENVIRONMENT, site.environment(name="taken", cnamePrefix="taken"), "taken")
    site.cloud.account.put("foreignCnames", "foreign", {})
    assert said in refused(site.cloud, ENVIRONMENT, site.environment(**inputs))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({(f"{EB}:container:python", "WSGIPaths"): "a"}, "Unknown configuration setting."),
        ({(OF_ENVIRONMENT, "LoadBalancerType"): "gateway"}, "not one of the allowed values"),
        ({(f"{EB}:container:python", "NumThreads"): "many"}, "between 1 and 128"),
        ({(OF_ENVIRONMENT, "ServiceRole"): "nobody"}, "The service role nobody does not exist"),
        ({(OF_ENVIRONMENT, "ServiceRole"): "instances"}, "or can't be assumed"),
        ({(LAUNCH, "EC2KeyName"): "nobodys"}, "The key pair does not exist."),
        ({(VARIABLES, "LARGE"): "x" * 4096}, "4096 bytes"),
        ({(COMMAND, "DeploymentPolicy"): "TrafficSplitting"}, "not emulated by the sandbox"),
        ({(COMMAND, "DeploymentPolicy"): "Rolling", (ROLLING, "RollingUpdateType"): "Immutable"}, "together"),
    ],
)
def test_options(site: Site, options: Options, said: str) -> None:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html; see 2.3."""
    text = refused(site.cloud, ENVIRONMENT, site.environment(options))
    assert "CreateEnvironment, " in text
    assert "api error ConfigurationValidationException: " in text
    assert said in text


def test_enhanced_health_needs_a_service_role(site: Site) -> None:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced.html."""
    settings = site.settings(
        {(f"{EB}:healthreporting:system", "SystemType"): "enhanced"}, without=("ServiceRole",)
    )
    assert "required for enhanced health" in refused(
        site.cloud, ENVIRONMENT, site.environment(settings=settings)
    )


def test_an_environment_that_is_busy_takes_no_update(site: Site) -> None:
    """API UpdateEnvironment: it has to be Ready."""
    it = site.cloud.make(ENVIRONMENT, site.environment())
    site.cloud.account.change("environments", it.id, status="Updating")
    site.cloud.change(it, site.environment({(VARIABLES, "A"): "b"}))
    assert "is in an invalid state for this operation. Must be Ready." in it.reasons[0]


def test_no_such_platform(cloud: Cloud) -> None:
    """providers.md 2.2: a branch that is not there fails in the preview."""
    token = "aws:elasticbeanstalk/getSolutionStack:getSolutionStack"
    with pytest.raises(Failed, match="your query returned no results"):
        cloud.call(token, {"nameRegex": "running Python 3.14$", "mostRecent": True})
    with pytest.raises(Failed, match="more than one result"):
        cloud.call(token, {"nameRegex": "running Python 3.13$"})
    found = cloud.call(token, {"nameRegex": r"2023 v\S+ running Python 3\.13$", "mostRecent": True})
    assert found["name"] == STACK


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_each_type_refuses_something() -> None:
    """A type that is emulated stands in a test of this file, not only among the imports."""
    from sandbox.plugins.aws import provider  # noqa: PLC0415  it loads the whole SDK

    text = Path(__file__).read_text(encoding="utf-8")
    names = {value: name for name, value in globals().items() if isinstance(value, str)}
    for kind, *_ in provider.TYPES:
        assert len(re.findall(rf"\b{names[kind.token]}\b", text)) > 1, kind.token
