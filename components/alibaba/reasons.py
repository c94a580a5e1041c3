"""What Alibaba Cloud's refusals mean, and what to do."""

from typing import Final

from components import explained
from components.explained import Reason

# The codes are those of Alibaba Cloud's API (help.aliyun.com, error codes of ECS and VPC).
REASONS: Final = (
    Reason(
        sign="InvalidAccessKeyId",
        meaning="the access key is not known",
        remedy="set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET to a key that exists",
    ),
    Reason(
        sign="SignatureDoesNotMatch",
        meaning="the access key's secret is wrong",
        remedy="set ALIBABA_CLOUD_ACCESS_KEY_SECRET to the one that belongs to the key",
    ),
    Reason(
        sign="Forbidden.RAM",
        meaning="this user may not do that; the text above names the action",
        remedy="give the RAM user the permissions that docs/targets/ecs.md lists",
    ),
    Reason(
        sign="NoPermission",
        meaning="this user may not do that; the text above names the action",
        remedy="give the RAM user the permissions that docs/targets/ecs.md lists",
    ),
    Reason(
        sign="NotEnoughBalance",
        meaning="the account has not enough money for pay-as-you-go",
        remedy="top the account up, then run 'pulumi up' again",
    ),
    Reason(
        sign="NoStock",
        meaning="this type is sold out in this zone",
        remedy="choose another ecs.instanceType, for example ecs.e-c1m2.large, or another ecs.zoneId",
    ),
    Reason(
        sign="KmsNotEnabled",
        meaning="disks are encrypted here, and the account has no key service",
        remedy="activate the Key Management Service (KMS) in the console, once, then run the command again",
    ),
    Reason(
        sign="Zone.NotOnSale",
        meaning="this zone sells nothing new",
        remedy="choose another ecs.zoneId",
    ),
    Reason(
        sign="InvalidResourceType.NotSupported",
        meaning="this type or disk is not sold in this zone",
        remedy="choose another ecs.instanceType, ecs.diskCategory or ecs.zoneId",
    ),
    Reason(
        sign="QuotaExceed",
        meaning="the account's quota is used up",
        remedy="remove what is not needed, or ask for more in the Quota Center",
    ),
    Reason(
        sign="KeyPair.AlreadyExist",
        meaning="another stack or person has a key pair of that name",
        remedy="choose another name for this stack, or delete that key pair",
    ),
    Reason(
        sign="DependencyViolation",
        meaning="something that this stack does not know is still in the network",
        remedy="find it in the console (VPC, resource list), remove it, and run the command again",
    ),
    Reason(
        sign="DeletionProtection",
        meaning="the machine is protected from being deleted",
        remedy="set ecs.deletionProtection to false, 'pulumi up', then run the command again",
    ),
)


def reason(error: str) -> Reason | None:
    """Return what the provider's text means; None when it is unknown."""
    return explained.first(REASONS, error)
