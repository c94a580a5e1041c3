"""Who reaches which instance: security groups and public addresses, as rules of the machines' firewalls.

Facts (https://help.aliyun.com/en/ecs/user-guide/security-group-rules): a lower priority number comes first,
of the same number `drop` does; a basic group lets its members reach each other unless its policy is Drop, and
lets everything out; an enterprise group does neither. What no rule lets in is dropped.
"""

from __future__ import annotations

import fcntl
import ipaddress
from typing import TYPE_CHECKING, Any, Final, cast

from sandbox import machines
from sandbox.machines import instances
from sandbox.machines.firewall import Protocol, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.plugins.cloud.account import Account, Table

_NOTHING_OUT: Final = Rule(accept=False)


def enforce(account: Account) -> None:
    """Bring the firewalls of all machines in line with the account as it is now."""
    account.folder.mkdir(parents=True, exist_ok=True)
    # One after the other, each with what the account says when it is its turn: the last one is right.
    with (account.folder / "reach.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tables = account.tables()
        for identity in tables.get("instances", {}):
            if instances.find(identity) is not None:
                instances.protect(identity, rules(identity, tables))


def rules(identity: str, tables: Mapping[str, Table]) -> Rules:
    """The firewall of one instance."""
    row = tables["instances"][identity]
    groups = {name: tables.get("securityGroups", {}).get(name) for name in row["securityGroups"]}
    ingress = [*_written("ingress", groups, tables), *_among_members(identity, groups, tables)]
    egress = list(_written("egress", groups, tables))
    if any(group and group["securityGroupType"] == "enterprise" for group in groups.values()):
        egress.append(_NOTHING_OUT)
    if not is_public(identity, tables):
        ingress = _private_only(ingress)
    return Rules(ingress=tuple(ingress), egress=tuple(egress))


def is_public(identity: str, tables: Mapping[str, Table]) -> bool:
    """Whether the instance has an address on the Internet."""
    bound = any(row.get("instanceId") == identity for row in tables.get("eips", {}).values())
    return bound or float(tables["instances"][identity].get("internetMaxBandwidthOut", 0)) > 0


def _written(way: str, groups: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Rule]:
    found = [
        row
        for row in tables.get("securityGroupRules", {}).values()
        if row["securityGroupId"] in groups and row["type"] == way
    ]
    # The machines have IPv4 only: a rule for IPv6 lets nothing in, nor keeps anything out.
    of_ipv4 = [row for row in found if "ipv6CidrIp" not in row and row["ipProtocol"] != "icmpv6"]
    for row in sorted(of_ipv4, key=lambda row: (row["priority"], row["policy"] == "accept")):
        for peer in _peers(row, tables):
            yield Rule(
                protocol=cast("Protocol", row["ipProtocol"]),
                ports=_ports(row["portRange"]),
                peer=peer,
                accept=row["policy"] == "accept",
            )


def _ports(text: str) -> tuple[int, int]:
    first, last = map(int, text.split("/"))
    return (1, 65535) if first == -1 else (first, last)


def _peers(row: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[str]:
    if "cidrIp" in row:
        yield str(ipaddress.IPv4Network(row["cidrIp"], strict=False))
    else:
        yield from _members(row["sourceSecurityGroupId"], tables)


def _members(group: str, tables: Mapping[str, Table]) -> Iterator[str]:
    for identity, row in tables["instances"].items():
        machine = instances.find(identity) if group in row["securityGroups"] else None
        if machine is not None:
            yield f"{machine.address}/32"


def _among_members(identity: str, groups: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Rule]:
    own = instances.find(identity)
    for name, group in groups.items():
        if group and group["securityGroupType"] == "normal" and group["innerAccessPolicy"] == "Accept":
            for peer in _members(name, tables):
                if own is None or peer != f"{own.address}/32":
                    yield Rule(peer=peer)


def _private_only(ingress: list[Rule]) -> list[Rule]:
    """The part of the rules that is about the neighbours; this computer stands for the Internet."""
    gateway = ipaddress.IPv4Address(machines.gateway())
    network = ipaddress.IPv4Network(f"{gateway}/24", strict=False)
    kept = [Rule(peer=f"{gateway}/32", accept=False)]
    for rule in ingress:
        peer = ipaddress.IPv4Network(rule.peer)
        if peer.overlaps(network):
            narrow = peer if peer.subnet_of(network) else network
            kept.append(Rule(protocol=rule.protocol, ports=rule.ports, peer=str(narrow), accept=rule.accept))
    return kept
