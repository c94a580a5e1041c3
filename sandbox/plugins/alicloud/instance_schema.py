"""The arguments of an instance: which replace it, which the service fills in, which are not emulated.

Source: resource_alicloud_instance.go of the provider (Schema).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FORCE_NEW: Final = frozenset(
    {
        *("availabilityZone", "dedicatedHostId", "hpcClusterId", "httpPutResponseHopLimit"),
        *("ipv6AddressCount", "launchTemplateId", "launchTemplateName", "launchTemplateVersion"),
        *("networkCardIndex", "networkInterfaceId", "networkInterfaceTrafficMode", "queuePairNumber"),
        *("securityEnhancementStrategy", "sourceDestCheck", "spotInterruptionBehavior", "spotPriceLimit"),
        *("spotStrategy", "systemDiskCategory", "systemDiskEncryptAlgorithm", "systemDiskEncrypted"),
        *("systemDiskKmsKeyId", "systemDiskStorageClusterId"),
    }
)
KEPT: Final = frozenset(
    {
        *("availabilityZone", "cpuOptions", "creditSpecification", "description", "enableJumboFrame"),
        *("hostName", "httpEndpoint", "httpPutResponseHopLimit", "httpTokens", "imageId", "imageOptions"),
        *("instanceChargeType", "instanceName", "instanceType", "internetChargeType"),
        *("internetMaxBandwidthIn", "internetMaxBandwidthOut", "ipv6AddressCount", "ipv6Addresses"),
        *("keyName", "maintenanceAction", "networkCardIndex", "networkInterfaceId", "networkInterfaces"),
        *("networkInterfaceTrafficMode", "period", "privateIp", "privatePoolOptionsId"),
        *("privatePoolOptionsMatchCriteria", "queuePairNumber", "resourceGroupId", "roleName"),
        *("secondaryPrivateIps", "secondaryPrivateIpAddressCount", "securityEnhancementStrategy"),
        *("securityGroups", "sourceDestCheck", "spotDuration", "spotInterruptionBehavior"),
        *("spotPriceLimit", "spotStrategy", "status", "stoppedMode", "systemDiskAutoSnapshotPolicyId"),
        *("systemDiskCategory", "systemDiskDescription", "systemDiskEncrypted", "systemDiskKmsKeyId"),
        *("systemDiskName", "systemDiskPerformanceLevel", "systemDiskSize", "volumeTags", "vpcId"),
        "vswitchId",
    }
)
DISKS: Final = (
    *("all", "cloud", "ephemeral_ssd", "cloud_essd", "cloud_efficiency", "cloud_ssd", "local_disk"),
    *("cloud_auto", "cloud_essd_entry"),
)
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "creditSpecification": ("Standard", "Unlimited"),
    "internetChargeType": ("PayByBandwidth", "PayByTraffic"),
    "systemDiskCategory": DISKS,
    "systemDiskPerformanceLevel": ("PL0", "PL1", "PL2", "PL3"),
    "instanceChargeType": ("PrePaid", "PostPaid"),
    "periodUnit": ("Week", "Month"),
    "renewalStatus": ("AutoRenewal", "Normal", "NotRenewal"),
    "status": ("Running", "Stopped"),
    "spotStrategy": ("NoSpot", "SpotAsPriceGo", "SpotWithPriceLimit"),
    "securityEnhancementStrategy": ("Active", "Deactive"),
    "operatorType": ("upgrade", "downgrade"),
    "stoppedMode": ("StopCharging", "KeepCharging", "Not-applicable"),
    "maintenanceAction": ("Stop", "AutoRecover", "AutoRedeploy"),
    "httpTokens": ("optional", "required"),
    "httpEndpoint": ("enabled", "disabled"),
}
LENGTHS: Final[Mapping[str, tuple[int, int]]] = {
    "instanceName": (2, 128),
    "description": (2, 256),
    "systemDiskName": (2, 128),
    "systemDiskDescription": (2, 256),
}
# What the service fills in when the program names nothing.
FILLED_IN: Final = {
    "instanceChargeType": "PostPaid",
    "internetMaxBandwidthOut": 0,
    "httpTokens": "optional",
    "httpEndpoint": "enabled",
    "systemDiskEncrypted": False,
    "deletionProtection": False,
    "spotStrategy": "NoSpot",
    "status": "Running",
    "stoppedMode": "Not-applicable",
    "description": "",
}
# Refused by name: to take one and do nothing would pretend.
NOT_EMULATED: Final = frozenset(
    {
        *("dataDisks", "dedicatedHostId", "deploymentSetId", "hpcClusterId", "ipv6AddressCount"),
        *("ipv6Addresses", "kmsEncryptedPassword", "launchTemplateId", "launchTemplateName"),
        *("networkInterfaceId", "networkInterfaces", "password", "passwordInherit", "privateIp", "roleName"),
        *("secondaryPrivateIps", "secondaryPrivateIpAddressCount"),
    }
)
