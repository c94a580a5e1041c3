"""Each type refuses something, in the service's words; where the rule is documented stands with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugins.harness import Failed

from .conftest import ADDRESS, ASSOCIATION, GROUP, INSTANCE, NETWORK, PAIR, RULE, SWITCH, Site, rsa_key

if TYPE_CHECKING:
    from plugins.cloud import Cloud


def test_a_public_range_is_no_network(cloud: Cloud) -> None:
    """Alibaba Cloud, VPC API, CreateVpc, CidrBlock: private ranges, mask 8 to 28."""
    with pytest.raises(Failed, match="CidrBlock"):
        cloud.make(NETWORK, {"vpcName": "x1", "cidrBlock": "203.0.113.0/24"})


def test_a_network_in_use_stays(cloud: Cloud, site: Site) -> None:
    """VPC API, DeleteVpc: DependencyViolation."""
    with pytest.raises(Failed, match="DependencyViolation"):
        cloud.unmake(site.network)


def test_subnets_don_t_overlap(cloud: Cloud, site: Site) -> None:
    """VPC API, CreateVSwitch, CidrBlock: inside the VPC's, mask 16 to 29, none of another vSwitch."""
    with pytest.raises(Failed, match="CidrBlock"):
        site.subnet("172.16.1.128/25")
    with pytest.raises(Failed, match="CidrBlock"):
        cloud.make(SWITCH, {"vpcId": site.network.id, "cidrBlock": "10.0.0.0/24", "zoneId": site.zone})


def test_a_group_of_no_network(cloud: Cloud) -> None:
    """ECS API, CreateSecurityGroup, VpcId: has to exist."""
    with pytest.raises(Failed, match="NotFound"):
        cloud.make(GROUP, {"securityGroupName": "web", "vpcId": "vpc-none"})


def test_a_rule_for_ports_that_are_none(cloud: Cloud, site: Site) -> None:
    """ECS API, AuthorizeSecurityGroup, PortRange: 1 to 65535, as `80/80`."""
    with pytest.raises(Failed):
        cloud.make(RULE, site.rule(portRange="80-90"))


@pytest.mark.parametrize("name", ["x", "1st", "http://x.example", "a.b" * 50])
def test_a_key_pair_of_a_wrong_name(cloud: Cloud, name: str) -> None:
    """ECS API, ImportKeyPair, KeyPairName: 2 to 128 characters, a letter first, no URL."""
    with pytest.raises(Failed):
        cloud.make(PAIR, {"keyPairName": name, "publicKey": rsa_key()})


def test_two_key_pairs_of_one_name(cloud: Cloud) -> None:
    """ECS API, ImportKeyPair: KeyPair.AlreadyExist."""
    cloud.make(PAIR, {"keyPairName": "deploy", "publicKey": rsa_key()})
    with pytest.raises(Failed, match=r"KeyPair\.AlreadyExist"):
        cloud.make(PAIR, {"keyPairName": "deploy", "publicKey": rsa_key()})


def test_an_instance_without_image_or_type_is_refused_in_the_preview(cloud: Cloud, site: Site) -> None:
    """providers.md 1.6 #9: the rest only by the service."""
    for name in ("imageId", "instanceType"):
        inputs = site.instance()
        del inputs[name]
        assert cloud.check(INSTANCE, inputs) != [], name
    assert cloud.check(INSTANCE, site.instance(vswitchId="vsw-none")) == []


def test_an_instance_of_a_type_that_the_zone_does_not_sell(cloud: Cloud, site: Site) -> None:
    """ECS API, RunInstances: InvalidResourceType.NotSupported, and alike (providers.md 1.4 #7)."""
    inputs = site.instance(systemDiskCategory="cloud_essd", instanceType="ecs.none.large")
    with pytest.raises(Failed, match="InstanceType"):
        cloud.make(INSTANCE, inputs)


def test_an_address_of_no_bandwidth(cloud: Cloud) -> None:
    """EIP API, AllocateEipAddress, Bandwidth: 1 to 200 Mbit/s for PayByTraffic."""
    with pytest.raises(Failed, match="Bandwidth"):
        cloud.make(ADDRESS, {"addressName": "web", "bandwidth": "0", "internetChargeType": "PayByTraffic"})


def test_an_address_for_no_instance(cloud: Cloud) -> None:
    """EIP API, AssociateEipAddress, InstanceId: has to exist."""
    address = cloud.make(ADDRESS, {"addressName": "web", "internetChargeType": "PayByTraffic"})
    with pytest.raises(Failed):
        cloud.make(ASSOCIATION, {"allocationId": address.id, "instanceId": "i-none"})
    cloud.unmake(address)
