"""The network of the machines: who may reach them, and from where."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.alibaba import network
from components.alibaba.choice import Choice
from components.alibaba.section import Section
from unit import examples, recorder
from unit.alibaba.looked_up import ZONE, cloud
from unit.alibaba.parts import common

if TYPE_CHECKING:
    from unit.conftest import Deploy

SOURCES = ["203.0.113.7/32", "198.51.100.0/24"]


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A machine that two networks may log in to."""
    done = deploy(examples.changed(examples.ECS, {"ecs": {"sshFrom": SOURCES}}), engine=cloud())
    assert done.error is None
    return done


@pytest.mark.covers("P12")
def test_two_ports_are_open(made: recorder.Recording) -> None:
    """80 for all, 22 for those who may log in; nothing else, by no other protocol."""
    rules = made.all("SecurityGroupRule")
    assert {(rule.inputs["portRange"], rule.inputs["cidrIp"]) for rule in rules} == {
        ("80/80", "0.0.0.0/0"),
        *(("22/22", source) for source in SOURCES),
    }
    assert len(rules) == 3
    for rule in rules:
        assert (rule.inputs["type"], rule.inputs["ipProtocol"], rule.inputs["policy"]) == (
            *("ingress", "tcp", "accept"),
        )


def test_the_rules_are_those_of_a_private_network(made: recorder.Recording) -> None:
    """The provider's default, `internet`, is of a time before VPCs: such a rule opens nothing."""
    assert {rule.inputs["nicType"] for rule in made.all("SecurityGroupRule")} == {"intranet"}
    assert {rule.inputs["securityGroupId"] for rule in made.all("SecurityGroupRule")} == {"group-id"}


def test_machines_of_one_group_don_t_reach_each_other(made: recorder.Recording) -> None:
    """The cloud lets them by default, on all ports."""
    assert made.one("SecurityGroup").inputs["innerAccessPolicy"] == "Drop"


def test_a_network_that_is_named_twice_is_one_rule(deploy: Deploy) -> None:
    """An address is a network of itself; two resources of one name would end the run."""
    twice = {"ecs": {"sshFrom": ["203.0.113.7", "203.0.113.7/32"]}}
    done = deploy(examples.changed(examples.ECS, twice), engine=cloud())
    assert [rule.name for rule in done.all("SecurityGroupRule")] == ["http", "ssh-203.0.113.7/32"]


def test_a_rule_is_named_after_its_network(made: recorder.Recording, deploy: Deploy) -> None:
    """So that another order, or one network less, changes no other rule."""
    names = {rule.name for rule in made.all("SecurityGroupRule")}
    assert names == {"http", *(f"ssh-{source}" for source in SOURCES)}
    turned = deploy(examples.changed(examples.ECS, {"ecs": {"sshFrom": SOURCES[::-1]}}), engine=cloud())
    assert {rule.name: rule.inputs for rule in turned.all("SecurityGroupRule")} == {
        rule.name: rule.inputs for rule in made.all("SecurityGroupRule")
    }


def test_the_parts_are_in_the_network(made: recorder.Recording) -> None:
    """Each in the one that this stack makes, and tagged with project and stack."""
    assert made.one("Network").inputs["cidrBlock"] == "172.16.0.0/16"
    assert made.one("Switch").inputs["vpcId"] == made.one("SecurityGroup").inputs["vpcId"] == "network-id"
    for kind in ("Network", "Switch", "SecurityGroup"):
        assert all(name in str(made.one(kind).inputs["tags"]) for name in ("flask-deploy", "dev"))


@pytest.mark.parametrize(("zone", "held"), [(None, ("zoneId", "cidrBlock")), ("eu-central-1a", ())])
def test_a_zone_that_was_looked_up_is_held(deploy: Deploy, zone: str | None, held: tuple[str, ...]) -> None:
    """A later answer must not move the machine; a configured one does."""
    changes: dict[str, Any] = {"ecs": {"zoneId": zone} if zone else {}}
    switch = deploy(examples.changed(examples.ECS, changes), engine=cloud()).one("Switch")
    assert switch.ignore_changes == held
    assert switch.inputs["zoneId"] == (zone or ZONE)


def subnet(cidr: str, zone: str) -> ipaddress.IPv4Network:
    """The subnet of a network that a zone gets."""

    def program() -> None:
        section = Section(ssh_from=["203.0.113.7/32"], network=cidr)
        network.make(section, Choice(zone_id=zone, instance_type="ecs.x", image_id="i"), common())

    done = recorder.run(program)
    assert done.error is None
    return ipaddress.IPv4Network(done.one("Switch").inputs["cidrBlock"])


PRIVATE = st.builds(
    lambda base, bits: str(ipaddress.IPv4Network(f"{base}/{bits}", strict=False)),
    st.sampled_from(["10.77.3.0", "172.20.9.0", "192.168.201.0"]),
    st.integers(16, 20),
)


@hypothesis_settings(max_examples=12, deadline=None)
@given(PRIVATE, st.sampled_from(["eu-central-1a", "cn-hangzhou-h", "us-west-1b"]))
def test_a_subnet_lies_in_the_network(cidr: str, zone: str) -> None:
    """With room for 256 addresses, as small as the network may be; the same one each time."""
    found = subnet(cidr, zone)
    assert found.subnet_of(ipaddress.IPv4Network(cidr))
    assert found.prefixlen == 24
    assert found == subnet(cidr, zone)


def test_another_zone_has_another_subnet() -> None:
    """A machine in it can be made before the old one goes."""
    assert len({subnet("172.16.0.0/16", f"eu-central-1{letter}") for letter in "abc"}) == 3
