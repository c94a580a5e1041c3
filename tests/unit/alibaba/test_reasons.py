"""What Alibaba Cloud's refusals mean: each is told in words, where its text alone does not help."""

from __future__ import annotations

import pytest

from components.alibaba import reasons
from components.alibaba.section import Section


def refused(action: str, status: int, code: str, message: str) -> str:
    """A refusal as the provider words it: its own place, then the SDK's error with the API's code."""
    return (
        f"1 error occurred:\n\t* [ERROR] terraform-provider-alicloud/alicloud/resource_alicloud.go:480: "
        f"Resource alicloud {action} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\nSDKError:\n   "
        f"StatusCode: {status}\n   Code: {code}\n   Message: code: {status}, {message} request id: 7B7813C6\n"
    )


# Codes and messages as the documentation of each action lists them; then the meaning.
TEXTS = {
    refused("CreateVpc", 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."): (
        "the access key is not known"
    ),
    refused("CreateVpc", 400, "SignatureDoesNotMatch", "Specified signature is not matched."): (
        "the access key's secret is wrong"
    ),
    refused("RunInstances", 403, "Forbidden.RAM", "User not authorized to operate on the resource."): (
        "this user may not do that"
    ),
    refused("AllocateEipAddress", 403, "NoPermission", "The operation is not permitted."): (
        "this user may not do that"
    ),
    refused("RunInstances", 403, "InvalidAccountStatus.NotEnoughBalance", "Not enough balance."): (
        "the account has not enough money"
    ),
    refused("RunInstances", 403, "UserNotInTheWhiteList.KmsNotEnabled", "KMS is not enabled."): (
        "disks are encrypted here"
    ),
    refused("RunInstances", 403, "Zone.NotOnSale", "The specified zone is not available for purchase."): (
        "this zone sells nothing new"
    ),
    refused("RunInstances", 403, "OperationDenied.NoStock", "The requested resource is sold out."): (
        "this type is sold out in this zone"
    ),
    refused(
        "RunInstances", 403, "InvalidResourceType.NotSupported", "This resource type is not supported."
    ): ("this type or disk is not sold in this zone"),
    refused("CreateVpc", 400, "QuotaExceeded.Vpc", "VPC quota exceeded."): "the account's quota is used up",
    refused("ImportKeyPair", 403, "QuotaExceed.KeyPair", "The key pair quota exceeds."): (
        "the account's quota is used up"
    ),
    refused("ImportKeyPair", 400, "KeyPair.AlreadyExist", "The key pair already exist."): (
        "another stack or person has a key pair of that name"
    ),
    refused("DeleteVSwitch", 400, "DependencyViolation", "Specified object has dependent resources."): (
        "something that this stack does not know is still in the network"
    ),
    refused("DeleteInstance", 403, "InvalidOperation.DeletionProtection", "It is protected."): (
        "the machine is protected from being deleted"
    ),
    refused("RunInstances", 500, "InternalError", "The request processing has failed."): None,
    "error: something else": None,
    "": None,
}


@pytest.mark.covers(84, 85)
@pytest.mark.parametrize(("text", "meaning"), TEXTS.items(), ids=[text[-140:-20] for text in TEXTS])
def test_a_refusal_gets_its_meaning(text: str, meaning: str | None) -> None:
    """And a remedy; what is unknown explains itself, or is Alibaba Cloud's to explain."""
    found = reasons.reason(text)
    if meaning is None or found is None:
        assert (found, meaning) == (None, None)
    else:
        assert found.meaning.startswith(meaning)
        assert found.remedy


def test_each_reason_has_a_text_that_leads_to_it() -> None:
    """One that nothing leads to would be dead."""
    reached = {found.sign for text in TEXTS if (found := reasons.reason(text))}
    assert reached == {known.sign for known in reasons.REASONS}


def test_no_refusal_is_waited_for() -> None:
    """The provider itself tries again where that may help."""
    assert not [known for known in reasons.REASONS if known.passes]


def test_each_key_that_is_advised_exists() -> None:
    """`ecs.instanceType` and the like."""
    known = {info.alias for info in Section.model_fields.values()}
    advised = {
        word.removeprefix("ecs.").rstrip(",")
        for each in reasons.REASONS
        for word in each.remedy.split()
        if word.startswith("ecs.") and "-" not in word
    }
    assert advised
    assert advised <= known
