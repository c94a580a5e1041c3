"""The emulated provider with an empty account, and the resources that most tests begin with."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from plugins.cloud import Cloud, Made, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION: Final = "eu-central-1"
CREDENTIALS: Final = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "sandbox",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "sandbox",
    "ALIBABA_CLOUD_REGION": REGION,
    "FLASK_DEPLOY_PATIENCE": "1",
}
NETWORK, SWITCH = "alicloud:vpc/network:Network", "alicloud:vpc/switch:Switch"
GROUP, RULE = "alicloud:ecs/securityGroup:SecurityGroup", "alicloud:ecs/securityGroupRule:SecurityGroupRule"
PAIR, INSTANCE = "alicloud:ecs/ecsKeyPair:EcsKeyPair", "alicloud:ecs/instance:Instance"
ADDRESS, ASSOCIATION = "alicloud:ecs/eipAddress:EipAddress", "alicloud:ecs/eipAssociation:EipAssociation"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A provider of one test, with an account of its own."""
    started = start("alicloud", tmp_path, CREDENTIALS)
    yield started
    started.stop()


def rsa_key() -> str:
    """A public RSA key as OpenSSH writes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


class Site:
    """A network with a subnet in one zone and a security group, where instances can be put."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.network = cloud.make(NETWORK, {"vpcName": "site", "cidrBlock": "172.16.0.0/16"})
        zone = cloud.call(ZONES, {"availableDiskCategory": "cloud_essd"})["zones"][0]["id"]
        self.zone = str(zone)
        self.switch = self.subnet("172.16.1.0/24")
        self.group = cloud.make(GROUP, {"securityGroupName": "site", "vpcId": self.network.id})

    def subnet(self, block: str, zone: str = "") -> Made:
        """Another subnet."""
        inputs = {"vpcId": self.network.id, "cidrBlock": block, "zoneId": zone or self.zone}
        return self.cloud.make(SWITCH, {"vswitchName": "site", **inputs})

    def rule(self, **more: Any) -> dict[str, Any]:
        """A rule that lets port 80 in."""
        inputs = {
            "securityGroupId": self.group.id,
            "type": "ingress",
            "ipProtocol": "tcp",
            "policy": "accept",
        }
        return {**inputs, "portRange": "80/80", "nicType": "intranet", "cidrIp": "0.0.0.0/0", **more}

    def instance(self, **more: Any) -> dict[str, Any]:
        """An instance of the first type that fits."""
        image = self.cloud.call(IMAGES, {"owners": "system", "nameRegex": "^ubuntu_24_04_x64"})["images"][0][
            "id"
        ]
        found = self.cloud.call(
            TYPES, {"availabilityZone": self.zone, "imageId": image, "systemDiskCategory": "cloud_essd"}
        )
        return {
            "instanceName": "site",
            "imageId": image,
            "instanceType": found["instanceTypes"][0]["id"],
            "vswitchId": self.switch.id,
            "securityGroups": [self.group.id],
            "systemDiskCategory": "cloud_essd",
            "instanceChargeType": "PostPaid",
            "userData": base64.b64encode(b"#cloud-config\n{}\n").decode(),
            **more,
        }


ZONES, TYPES, IMAGES = (
    "alicloud:index/getZones:getZones",
    "alicloud:ecs/getInstanceTypes:getInstanceTypes",
    "alicloud:ecs/getImages:getImages",
)


@pytest.fixture
def site(cloud: Cloud) -> Site:
    """The account with a place for instances."""
    return Site(cloud)
