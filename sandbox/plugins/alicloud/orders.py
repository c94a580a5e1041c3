"""What RunInstances looks at before there is an instance, and the row that it writes.

Codes: https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-runinstances
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.alicloud import catalogue, names
from sandbox.plugins.alicloud.api import new_id, now
from sandbox.plugins.alicloud.errors import ApiError, invalid, missing, not_found
from sandbox.plugins.alicloud.instance_schema import FILLED_IN
from sandbox.plugins.alicloud.vm import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.cloud.account import Account, Table
    from sandbox.plugins.values import Props

USER_DATA_BYTES: Final = 32 * 1024
_DISK_GIGABYTES: Final = range(20, 501)


def check(account: Account, inputs: Props) -> str:
    """Refuse what the service refuses; the zone that the instance comes to."""
    groups, switch = inputs.get("securityGroups") or [], inputs.get("vswitchId")
    if not groups:
        raise missing("SecurityGroupId")
    if not switch:
        raise missing("VSwitchId")
    found = account.row("vswitches", switch)
    if found is None:
        raise not_found("VSwitchId")
    check_groups(account, groups, found["vpcId"])
    zone = str(found["zoneId"])
    if inputs.get("availabilityZone", zone) != zone:
        text = "The specified vSwitch is not in the specified zone."
        raise ApiError("InvalidParameter.NotMatch", text)
    image = check_image(account, inputs["imageId"], inputs["instanceType"])
    check_type(inputs["instanceType"], zone, inputs.get("systemDiskCategory", ""))
    check_disk(inputs.get("systemDiskSize", 40), image)
    check_bandwidth(inputs.get("internetMaxBandwidthOut", 0))
    check_user_data(inputs.get("userData", ""))
    if "instanceName" in inputs:
        names.check_name("InstanceName", inputs["instanceName"])
    names.check_description(inputs.get("description", ""))
    names.check_tags(inputs.get("tags", {}))
    if inputs.get("keyName") and account.row("keyPairs", inputs["keyName"]) is None:
        raise not_found("KeyPairName")
    if inputs.get("instanceChargeType") == "PrePaid" and "period" not in inputs:
        raise missing("Period")
    return zone


def check_groups(account: Account, groups: list[str], vpc: str) -> None:
    """Every security group is there and in that VPC; at most five, of one type."""
    rows = [account.row("securityGroups", group) for group in groups]
    if None in rows:
        raise not_found("SecurityGroupId")
    if any(row and row["vpcId"] != vpc for row in rows):
        text = "The specified security group and the specified virtual switch are not in the same VPC."
        raise ApiError("InvalidSecurityGroupId.VPCMismatch", text)
    if len({row["securityGroupType"] for row in rows if row}) > 1:
        text = "The type of the security groups must be the same."
        raise ApiError("InvalidOperation.SecurityGroupTypeMismatch", text)
    if len(rows) > 5:
        text = "The maximum number of security groups of an instance is exceeded."
        raise ApiError("InstanceSecurityGroupLimitExceeded", text)


def check_image(account: Account, identity: str, kind: str) -> catalogue.Image:
    """The image is there and made for the type's processor."""
    image, sold = catalogue.find_image(account, identity), catalogue.find_type(kind)
    if image is None:
        raise not_found("ImageId")
    if sold and sold.architecture != image.architecture:
        text = "The specified image does not support the specified instance type."
        raise ApiError("ImageNotSupportInstanceType", text)
    return image


def check_type(kind: str, zone: str, disk: str = "") -> None:
    """The zone sells the type, with that system disk."""
    sold = catalogue.find_type(kind)
    if sold is None:
        text = f"The specified InstanceType {kind} does not exist or beyond the permitted range."
        raise ApiError("InvalidInstanceType.ValueNotSupported", text)
    if not catalogue.sells(zone, sold, disk):
        text = f"user order resource type [{disk or kind}] not exists in [{zone}]"
        raise ApiError("InvalidResourceType.NotSupported", text, 403)
    if zone[-1] in sold.sold_out:
        text = "The requested resource is sold out in the specified zone; try other types of resources."
        raise ApiError("OperationDenied.NoStock", text, 403)


def check_disk(gigabytes: float, image: catalogue.Image) -> None:
    """20-500 GiB, and room for the image."""
    if int(gigabytes) not in _DISK_GIGABYTES or gigabytes < image.gigabytes:
        text = "The specified parameter SystemDisk.Size is invalid."
        raise ApiError("InvalidSystemDiskSize.ValueNotSupported", text)


def check_bandwidth(megabits: float) -> None:
    """0-100 Mbit/s."""
    if not 0 <= megabits <= 100:
        raise invalid("InternetMaxBandwidthOut", "InvalidParameter.Bandwidth")


def check_user_data(text: str) -> None:
    """At most 32 KiB, before it is encoded."""
    if len(decoded(text)) > USER_DATA_BYTES:
        message = "The specified parameter UserData exceeds the size limitation."
        raise ApiError("InvalidUserData.SizeExceeded", message)


def row(identity: str, inputs: Props, zone: str, tables: Mapping[str, Table]) -> Table:
    """The instance as the account remembers it."""
    kind = catalogue.find_type(inputs["instanceType"])
    assert kind is not None  # noqa: S101 - checked before
    switch: Any = tables["vswitches"][inputs["vswitchId"]]
    disk = inputs.get("systemDiskCategory") or next(
        disk for disk in kind.disks if catalogue.sells(zone, kind, disk)
    )
    return {
        **FILLED_IN,
        "systemDiskCategory": disk,
        "systemDiskSize": 40,
        **({"systemDiskPerformanceLevel": "PL1"} if disk == "cloud_essd" else {}),
        "hostName": f"iZ{identity[2:]}Z",
        "instanceName": identity,
        **inputs,
        "status": "Running",
        "availabilityZone": zone,
        "vpcId": switch["vpcId"],
        "cpu": kind.cpu,
        "memory": int(kind.memory * 1024),
        "osName": _system(inputs["imageId"]),
        "osType": "linux",
        "systemDiskId": new_id("d-"),
        "networkInterfaceId": new_id("eni-"),
        "createTime": now(),
        "startTime": now(),
    }


def _system(image: str) -> str:
    return catalogue.Image(id=image, created="").system
