"""The private network of the machines, and what may reach them from outside."""

import ipaddress
import zlib
from dataclasses import dataclass

from pulumi_alicloud import ecs, vpc

from components.alibaba.choice import Choice
from components.alibaba.parts import Common
from components.alibaba.section import Section


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an instance is put: its subnet, and its security group with the rules of that."""

    switch: vpc.Switch
    group: ecs.SecurityGroup
    rules: tuple[ecs.SecurityGroupRule, ...]


def make(section: Section, choice: Choice, common: Common) -> Place:
    """Make a VPC with one subnet, and a security group: port 80 for all, port 22 for `sshFrom`."""
    network = vpc.Network(
        "network",
        vpc_name=common.label,
        cidr_block=section.network,
        tags=common.tags,
        opts=common.opts(),
    )
    group = ecs.SecurityGroup(
        "group",
        security_group_name=common.label,
        vpc_id=network.id,
        inner_access_policy="Drop",
        tags=common.tags,
        opts=common.opts(),
    )
    rules = [_rule("http", group, 80, "0.0.0.0/0", common)]
    rules += [_rule(f"ssh-{source}", group, 22, source, common) for source in dict.fromkeys(section.ssh_from)]
    return Place(switch=_switch(network, section, choice, common), group=group, rules=tuple(rules))


def _switch(network: vpc.Network, section: Section, choice: Choice, common: Common) -> vpc.Switch:
    # A subnet for each zone, so that one in another zone can be made before the old one goes.
    subnets = list(ipaddress.IPv4Network(section.network).subnets(new_prefix=24))
    subnet = subnets[zlib.crc32(choice.zone_id.encode()) % len(subnets)]
    held = [] if section.zone_id else ["zone_id", "cidr_block"]
    return vpc.Switch(
        "switch",
        vswitch_name=common.label,
        vpc_id=network.id,
        cidr_block=str(subnet),
        zone_id=choice.zone_id,
        tags=common.tags,
        opts=common.opts(ignore_changes=held),
    )


def _rule(
    name: str, group: ecs.SecurityGroup, port: int, source: str, common: Common
) -> ecs.SecurityGroupRule:
    return ecs.SecurityGroupRule(
        name,
        security_group_id=group.id,
        type="ingress",
        ip_protocol="tcp",
        port_range=f"{port}/{port}",
        cidr_ip=source,
        nic_type="intranet",  # in a VPC the only right one, although it is not the default
        policy="accept",
        priority=1,
        opts=common.opts(),
    )
