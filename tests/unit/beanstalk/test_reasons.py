"""What AWS's refusals and events mean: each is told in words, where its text alone does not help."""

from __future__ import annotations

import re
from typing import Final

import pytest

from components.beanstalk import reasons
from components.beanstalk.section import Section

ID: Final = "e-3mp5zkp2ab"
WHICH: Final = f"--environment-id {ID}"


def refused(action: str, status: int, code: str, message: str, service: str = "Elastic Beanstalk") -> str:
    """A refusal as the provider words it: what it was at, then the SDK's error."""
    return (
        f"1 error occurred:\n\t* {action}: operation error {service}: …, https response error StatusCode: "
        f"{status}, RequestID: 7b7813c6, api error {code}: {message}\n\n"
    )


def events(*messages: str) -> str:
    """An environment's events, as the provider shows them after an update that ended Ready."""
    told = "".join(f"\n\t* 2026-11-26 03:00:00 +0000 UTC ({ID}) : {message}" for message in messages)
    return f"1 error occurred:\n\t* updating Elastic Beanstalk Environment ({ID}): {told}\n\n"


def waited(action: str, what: str) -> str:
    """What the provider says when it has waited in vain."""
    return f"1 error occurred:\n\t* waiting for Elastic Beanstalk Environment ({ID}) {action}: {what}\n\n"


# Codes and messages as documentation and users' reports have them; then the meaning.
TEXTS: Final = {
    waited("create", "couldn't find resource (21 retries)"): "the environment ended before it was built",
    waited("update", "timeout while waiting for state to become 'Ready' (last state: 'Updating')"): (
        "the environment is not ready in time"
    ),
    events("Environment must have instance profile associated with it."): (
        "Elastic Beanstalk does not know the instance profile yet"
    ),
    events(
        "[Instance: i-0a] Command failed on instance. Return code: 1 Output: Engine execution has "
        "encountered an error..",
        "Failed to deploy application.",
    ): "the deployment failed on the instance",
    events(
        "Instance deployment failed to install application dependencies. The deployment failed.",
        "[Instance: i-0a] Command failed on instance. Return code: 1 Output: Engine execution has "
        "encountered an error..",
    ): "the requirements can't be installed",
    events(
        "Service:AmazonCloudFormation, Message:TemplateURL must reference a valid S3 object to which you"
    ): ("you lack a permission that Elastic Beanstalk needs"),
    events("Failed to deploy application.", "Immutable update failed: instances failed health check."): (
        "the new instances do not become healthy"
    ),
    refused(
        "creating Elastic Beanstalk Environment (x)",
        400,
        "InvalidParameterValue",
        "DNS name (x.eu-central-1.elasticbeanstalk.com) is not available.",
    ): "somebody has an environment with this URL",
    refused(
        "creating Elastic Beanstalk Environment (x)",
        400,
        "InvalidParameterValue",
        "Environment x already exists.",
    ): "the account has one of this name",
    refused(
        "updating Elastic Beanstalk Environment (x)",
        400,
        "InvalidParameterValue",
        "No Application Version named 'v-3f9c0a71be52-0a1b2c' found.",
    ): "there is no version of this label",
    refused(
        "creating IAM Role (x)",
        409,
        "EntityAlreadyExists",
        "Role with name x already exists.",
        service="IAM",
    ): "the account has one of this name",
    refused(
        "creating S3 Bucket (x)",
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users.",
        service="S3",
    ): "somebody has a bucket of this name",
    refused(
        "updating Elastic Beanstalk Environment (x)",
        400,
        "InvalidParameterValue",
        "Environment named x is in an invalid state for this operation. Must be Ready.",
    ): "somebody changes the environment at this moment",
    refused(
        "updating Elastic Beanstalk Environment (x)",
        400,
        "ConfigurationValidationException",
        "Configuration validation exception: LoadBalancerType option cannot be changed.",
    ): "an environment keeps its kind of load balancer for life",
    refused(
        "creating Elastic Beanstalk Application Version (x)",
        400,
        "TooManyApplicationVersionsException",
        "You cannot have more than 1000 Application Versions.",
    ): "the account has no room for more versions",
    "No valid credential sources found.\nPlease see https://pulumi.com/…": "AWS does not know who you are",
    "Invalid credentials configured.\nPlease see https://www.pulumi.com/…": "the access key is not accepted",
    "unable to validate AWS credentials.\nDetails: … lookup sts.eu-central-9.amazonaws.com: no such host": (
        "AWS can't be asked who you are"
    ),
    refused(
        "reading S3 Bucket (x)", 403, "InvalidClientTokenId", "The security token is invalid.", service="STS"
    ): "the access key is not accepted",
    refused("creating S3 Bucket (x)", 400, "ExpiredToken", "The token has expired.", service="S3"): (
        "your session has expired"
    ),
    refused(
        "creating IAM Role (x)",
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/x is not authorized to perform: iam:CreateRole",
        service="IAM",
    ): "you lack a permission, which the message names",
    refused(
        "creating Elastic Beanstalk Environment (x)", 500, "InternalFailure", "Something went wrong."
    ): None,
    "error: something else": None,
    "": None,
}


@pytest.mark.covers(84, 90, 95)
@pytest.mark.parametrize(("text", "meaning"), TEXTS.items(), ids=[text[-90:-3] for text in TEXTS])
def test_a_refusal_gets_its_meaning(text: str, meaning: str | None) -> None:
    """And a remedy; what is unknown explains itself, or is AWS's to explain."""
    found = reasons.refusal(text)
    if meaning is None or found is None:
        assert (found, meaning) == (None, None)
    else:
        assert found.meaning.startswith(meaning)
        assert found.remedy


def test_what_serves_is_said_of_updates_alone() -> None:
    """A new environment has nothing before it: it is the first, or took the place of another."""
    failed = events(
        "Failed to deploy application.", "Immutable update failed: instances failed health check."
    )
    updated = reasons.refusal(failed)
    created = reasons.refusal(failed.replace("updating", "creating"))
    assert updated
    assert created
    assert updated.meaning == f"{created.meaning}; what served before still serves"


def test_each_reason_has_a_text_that_leads_to_it() -> None:
    """One that nothing leads to would be dead."""
    reached = {found.sign for text in TEXTS if (found := reasons.refusal(text))}
    assert reached == {known.sign for known in reasons.REASONS}


def test_no_refusal_is_waited_for() -> None:
    """The provider itself tries again where that may help; a second creation would meet the first."""
    assert not [known for known in reasons.REASONS if known.passes]


def test_each_key_that_is_advised_exists() -> None:
    """`beanstalk.readyMinutes` and the like."""
    known = {info.alias for info in Section.model_fields.values()}
    advised = {
        word.removeprefix("beanstalk.").rstrip(",;")
        for each in reasons.REASONS
        for word in each.remedy.split()
        if word.startswith("beanstalk.")
    }
    assert advised
    assert advised <= known


def test_a_remedy_s_command_can_be_pasted() -> None:
    """With the environment and the region, where they are known."""
    found = reasons.refusal(waited("create", "couldn't find resource (21 retries)"), "eu-central-1")
    assert found
    assert found.remedy == (
        f"its events tell: aws elasticbeanstalk describe-events --region eu-central-1 {WHICH} "
        "--severity WARN --max-items 20"
    )
    unknown = reasons.refusal("couldn't find resource")
    assert unknown
    assert "describe-events --environment-name NAME --severity WARN" in unknown.remedy


def test_every_command_is_filled_in() -> None:
    """No placeholder is left in what a user reads."""
    for text in TEXTS:
        found = reasons.refusal(text, "eu-central-1")
        assert found is None or not {reasons.EVENTS, reasons.VERSIONS} & {*re.split(r"\W", found.remedy)}


def test_the_kept_versions_can_be_listed() -> None:
    """By a command that can be pasted, of the region that is known."""
    found = reasons.refusal("No Application Version named 'v-1' found.", "eu-central-1")
    assert found
    assert found.remedy.endswith(
        "aws elasticbeanstalk describe-application-versions --region eu-central-1 "
        "--query 'ApplicationVersions[].[ApplicationName,VersionLabel,DateCreated]' --output table"
    )


def test_what_fails_on_an_instance_names_it() -> None:
    """Its log may tell more; of another failure there is none."""
    crash = "Command failed on instance. Return code: 1 Output: Engine execution has encountered an error.."
    told = events(
        f"[Instance: i-0123456789abcdef0] {crash}",
        "Unsuccessful command execution on instance id(s) 'i-0123456789abcdef0,i-89abcdef'. Aborting it.",
    )
    assert reasons.on_instance(told)
    assert reasons.instances(told) == ["i-0123456789abcdef0", "i-89abcdef"]
    other = refused("creating x", 400, "InvalidParameterValue", "Environment x already exists.")
    assert (reasons.on_instance(other), reasons.instances(other)) == (False, [])


@pytest.mark.parametrize("sign", reasons.ON_INSTANCE)
def test_what_happens_on_an_instance_has_a_meaning(sign: str) -> None:
    """The text of a sign is written once in each of two places."""
    assert sign in {reason.sign for reason in reasons.REASONS}
