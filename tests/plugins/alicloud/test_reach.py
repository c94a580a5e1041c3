"""Security groups become firewall rules: who reaches whom, worked out without a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import machines
from sandbox.machines import instances
from sandbox.machines.firewall import Rule
from sandbox.plugins.alicloud import reach

if TYPE_CHECKING:
    from pathlib import Path

WEB, DB = "i-web", "i-db"
ADDRESSES = {WEB: "10.213.7.10", DB: "10.213.7.11"}
OPEN = {"securityGroupId": "sg-1", "type": "ingress", "ipProtocol": "tcp", "policy": "accept", "priority": 1}


@pytest.fixture(autouse=True)
def _no_machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def find(name: str) -> instances.Instance | None:
        known = ADDRESSES.get(name)
        if known is None:
            return None
        return instances.Instance(name=name, suite="trixie", address=known, running=True, root=tmp_path)

    monkeypatch.setattr(instances, "find", find)
    monkeypatch.setattr(machines, "gateway", lambda: "10.213.7.1")


def tables(*rules: dict[str, Any], policy: str = "Drop", kind: str = "normal", megabits: int = 5) -> Any:
    """An account with two instances in one group."""
    instance = {"securityGroups": ["sg-1"], "internetMaxBandwidthOut": megabits}
    return {
        "instances": {WEB: instance, DB: instance},
        "securityGroups": {"sg-1": {"securityGroupType": kind, "innerAccessPolicy": policy}},
        "securityGroupRules": {str(number): {**OPEN, **rule} for number, rule in enumerate(rules)},
    }


def test_a_rule_is_ports_and_a_source() -> None:
    """An address without a mask is one address; host bits mean the network."""
    some = [{"portRange": "80/90", "cidrIp": cidr} for cidr in ("0.0.0.0/0", "192.0.2.7", "10.1.2.3/8")]
    found = reach.rules(WEB, tables(*some)).ingress
    assert [rule.peer for rule in found] == ["0.0.0.0/0", "192.0.2.7/32", "10.0.0.0/8"]
    assert {(rule.protocol, rule.ports, rule.accept) for rule in found} == {("tcp", (80, 90), True)}


def test_the_lower_number_comes_first_and_of_one_number_drop() -> None:
    """help.aliyun.com, security group rules: priority."""
    some: list[dict[str, Any]] = [
        {"portRange": "80/80", "cidrIp": "0.0.0.0/0", "priority": 2},
        {"portRange": "81/81", "cidrIp": "0.0.0.0/0"},
        {"portRange": "82/82", "cidrIp": "0.0.0.0/0", "policy": "drop"},
    ]
    found = reach.rules(WEB, tables(*some)).ingress
    assert [(rule.ports[0], rule.accept) for rule in found] == [(82, False), (81, True), (80, True)]


def test_a_group_as_a_source_is_its_members() -> None:
    """SourceGroupId: whoever is in it, by address."""
    rule = {"portRange": "5432/5432", "sourceSecurityGroupId": "sg-1"}
    found = reach.rules(WEB, tables(rule)).ingress
    assert {one.peer for one in found} == {f"{address}/32" for address in ADDRESSES.values()}


def test_members_of_a_basic_group_reach_each_other_unless_it_drops() -> None:
    """InnerAccessPolicy; an enterprise group never lets them."""
    assert reach.rules(WEB, tables(policy="Accept")).ingress == (Rule(peer=f"{ADDRESSES[DB]}/32"),)
    assert reach.rules(WEB, tables(policy="Drop")).ingress == ()
    assert reach.rules(WEB, tables(policy="Accept", kind="enterprise")).ingress == ()


def test_a_basic_group_lets_out_what_no_rule_keeps_in() -> None:
    """An enterprise group lets nothing out by itself."""
    rule = {"type": "egress", "portRange": "25/25", "cidrIp": "0.0.0.0/0", "policy": "drop"}
    basic, enterprise = reach.rules(WEB, tables(rule)), reach.rules(WEB, tables(kind="enterprise"))
    assert basic.egress == (Rule(protocol="tcp", ports=(25, 25), accept=False),)
    assert enterprise.egress == (Rule(accept=False),)


def test_without_a_public_address_only_neighbours_come_in() -> None:
    """providers.md 1.4 #1: this computer stands for the Internet. An EIP makes it public again."""
    account = tables({"portRange": "80/80", "cidrIp": "0.0.0.0/0"}, megabits=0)
    found = reach.rules(WEB, account).ingress
    assert found[0] == Rule(peer="10.213.7.1/32", accept=False)
    assert [rule.peer for rule in found[1:]] == ["10.213.7.0/24"]
    account["eips"] = {"eip-1": {"instanceId": WEB}}
    assert [rule.peer for rule in reach.rules(WEB, account).ingress] == ["0.0.0.0/0"]


def test_rules_for_ipv6_let_nobody_in() -> None:
    """The machines have IPv4 only."""
    assert reach.rules(WEB, tables({"portRange": "80/80", "ipv6CidrIp": "::/0"})).ingress == ()
