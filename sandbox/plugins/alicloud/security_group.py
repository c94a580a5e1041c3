"""Security groups and their rules: what they let through is the machines' firewall (reach.py).

Facts: the provider's resource_alicloud_security_group.go and resource_alicloud_security_group_rule.go.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.alicloud import names, reach
from sandbox.plugins.alicloud.api import new_id, now, retried
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.errors import ApiError, invalid, not_found
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

ALL_PORTS: Final = "-1/-1"
_RANGE: Final = re.compile(r"(\d{1,5})/(\d{1,5})")


class SecurityGroup(AlicloudResource):
    """A group of instances that is a firewall: basic (normal) or enterprise."""

    token = "alicloud:ecs/securityGroup:SecurityGroup"  # noqa: S105  a resource type
    kind = "alicloud_security_group"
    table = "securityGroups"
    force_new: ClassVar[frozenset[str]] = frozenset({"securityGroupType", "vpcId"})
    kept: ClassVar[frozenset[str]] = frozenset(
        {"innerAccess", "innerAccessPolicy", "name", "resourceGroupId", "securityGroupName"}
        | {"securityGroupType", "vpcId"}
    )
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "innerAccessPolicy": ("Accept", "Drop"),
        "securityGroupType": ("normal", "enterprise"),
    }
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = (("innerAccessPolicy", "innerAccess"),)

    def make(self, call: Call, inputs: Props) -> str:
        """CreateSecurityGroup, then its policy among its own members, which has an action of its own."""
        del call
        with self.request("CreateSecurityGroup"):
            vpc = inputs.get("vpcId", "")
            if vpc and self.account.row("vpcs", vpc) is None:
                raise not_found("VpcId")
            name = self._checked_name(inputs)
            names.check_tags(inputs.get("tags", {}))
            identity = new_id("sg-")
            kind = inputs.get("securityGroupType", "normal")
            self.account.put(
                self.table,
                identity,
                {
                    **inputs,
                    "vpcId": vpc,
                    "securityGroupType": kind,
                    "securityGroupName": name,
                    "name": name,
                    "innerAccessPolicy": "Accept" if kind == "normal" else "Drop",
                    "createTime": now(),
                },
            )
        self._set_policy(identity, inputs)
        return identity

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """ModifySecurityGroupAttribute, ModifySecurityGroupPolicy."""
        del call
        self.set_tags(identity, old, new)
        watched = ("securityGroupName", "name", "description")
        if any(name in new and new[name] != old.get(name) for name in watched):
            with self.request("ModifySecurityGroupAttribute", identity):
                name = self._checked_name(new)
                text = new.get("description", "")
                self.account.change(self.table, identity, securityGroupName=name, name=name, description=text)
        if _policy(new) != _policy(old):
            self._set_policy(identity, new)
            reach.enforce(self.account)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteSecurityGroup with its rules; members are waited for, without a word."""
        del state

        def request() -> None:
            self.api.act("DeleteSecurityGroup")
            with self.account.opened() as tables:
                members = (row["securityGroups"] for row in tables["instances"].values())
                if any(identity in groups for groups in members):
                    text = "There is still instance(s) in the specified security group."
                    raise ApiError("DependencyViolation", text)
                rules = tables["securityGroupRules"]
                if any(row.get("sourceSecurityGroupId") == identity for row in rules.values()):
                    text = "The specified security group has been authorized in another one."
                    raise ApiError("DependencyViolation", text)
                for key in [key for key, row in rules.items() if row["securityGroupId"] == identity]:
                    del rules[key]
                tables[self.table].pop(identity, None)

        with self.wrapped("DeleteSecurityGroup", identity):
            retried(call, {"DependencyViolation"}, request)

    @staticmethod
    def _checked_name(inputs: Props) -> str:
        name = str(inputs.get("securityGroupName", inputs.get("name", "")))
        if name:
            names.check_name("SecurityGroupName", name)
        names.check_description(inputs.get("description", ""))
        return name

    def _set_policy(self, identity: str, inputs: Props) -> None:
        row = self.account.row(self.table, identity) or {}
        wanted = _policy(inputs)
        # An enterprise group's policy can't be modified; the provider hides the difference.
        if wanted and wanted != row["innerAccessPolicy"] and row["securityGroupType"] == "normal":
            with self.request("ModifySecurityGroupPolicy", identity):
                self.account.change(
                    self.table, identity, innerAccessPolicy=wanted, innerAccess=wanted == "Accept"
                )


def _policy(inputs: Props) -> str:
    if "innerAccess" in inputs:
        return "Accept" if inputs["innerAccess"] else "Drop"
    return str(inputs.get("innerAccessPolicy", ""))


class SecurityGroupRule(AlicloudResource):
    """One rule; its id is made of what it says, and every change but of its description is another rule."""

    token = "alicloud:ecs/securityGroupRule:SecurityGroupRule"  # noqa: S105  a resource type
    kind = "alicloud_security_group_rule"
    table = "securityGroupRules"
    defaults: ClassVar[Mapping[str, Any]] = {"policy": "accept", "priority": 1.0, "portRange": ALL_PORTS}
    kept: ClassVar[frozenset[str]] = frozenset({"nicType", "prefixListId"})
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "type": ("ingress", "egress"),
        "ipProtocol": ("tcp", "udp", "icmp", "icmpv6", "gre", "all"),
        "policy": ("accept", "drop"),
        "nicType": ("internet", "intranet"),
    }
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = (
        ("ipv6CidrIp", "cidrIp"),
        ("sourceSecurityGroupId", "cidrIp"),
    )
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("cidrIp", "ipv6CidrIp", "sourceSecurityGroupId", "prefixListId"),
    )

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The schema's rules."""
        yield from super().refusals(inputs)
        if not 1 <= inputs["priority"] <= 100:
            text = f"expected priority to be in the range (1 - 100), got {int(inputs['priority'])}"
            yield Failure("priority", text)

    def replacing(self, old: Props, new: Props) -> Iterable[str]:
        """All but the description."""
        return (old.keys() | new.keys()) - {"description"}

    def make(self, call: Call, inputs: Props) -> str:
        """AuthorizeSecurityGroup. To allow what is allowed already is no error, and makes no second rule."""
        del call
        ports, protocol = inputs["portRange"], inputs["ipProtocol"]
        if protocol in {"tcp", "udp"} and ports == ALL_PORTS:
            text = " 'tcp' and 'udp' can support port range: [1, 65535]. Please correct it and try again."
            raise self.plain(text)
        if protocol not in {"tcp", "udp"} and ports != ALL_PORTS:
            text = (
                " 'icmp', 'gre' and 'all' only support port range '-1/-1'. Please correct it and try again."
            )
            raise self.plain(text)
        group = inputs["securityGroupId"]
        with self.request("DescribeSecurityGroupAttribute"):
            in_vpc = self.api.row("securityGroups", group, "SecurityGroupId")["vpcId"]
        nic = inputs.get("nicType")
        if nic == "internet" and (in_vpc or "sourceSecurityGroupId" in inputs):
            text = (
                " When security group in the vpc or authorizing permission for source/destination security "
                "group, the nic_type must be 'intranet'."
            )
            raise self.plain(text)
        suffix = "" if inputs["type"] == "ingress" else "Egress"
        with self.request(f"AuthorizeSecurityGroup{suffix}"):
            source = self._source(inputs)
            _check_ports(protocol, ports)
            priority = int(inputs["priority"])
            parts = (
                group,
                inputs["type"],
                protocol,
                ports,
                nic or "<nil>",
                source,
                inputs["policy"],
                priority,
            )
            identity = ":".join(map(str, parts))
            row = {**inputs, "nicType": nic or "intranet", "securityGroupRuleId": new_id("sgr-")}
            self.account.put(self.table, identity, row)
        reach.enforce(self.account)
        return identity

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """ModifySecurityGroupRule, for the description."""
        del call
        if new.get("description", "") != old.get("description", ""):
            with self.request("ModifySecurityGroupRule", identity):
                self.account.change(self.table, identity, description=new.get("description", ""))

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """RevokeSecurityGroup."""
        del call
        suffix = "" if state["type"] == "ingress" else "Egress"
        with self.request(f"RevokeSecurityGroup{suffix}", identity):
            self.account.drop(self.table, identity)
        reach.enforce(self.account)

    def _source(self, inputs: Props) -> str:
        """The other side, as the rule's id has it; ApiError when there is no such thing."""
        if network := inputs.get("cidrIp"):
            try:
                ipaddress.IPv4Network(network, strict=False)
            except ValueError:
                raise invalid("SourceCidrIp") from None
            return str(network)
        if network := inputs.get("ipv6CidrIp"):
            try:
                ipaddress.IPv6Network(network, strict=False)
            except ValueError:
                raise invalid("Ipv6SourceCidrIp") from None
            return str(network).replace(":", "_")
        if group := inputs.get("sourceSecurityGroupId"):
            self.api.row("securityGroups", group, "SourceGroupId")
            return str(group)
        raise not_found("PrefixListId")  # there are none


def _check_ports(protocol: str, ports: str) -> None:
    if protocol not in {"tcp", "udp"}:
        return
    found = _RANGE.fullmatch(ports)
    if not found or not 1 <= int(found[1]) <= int(found[2]) <= 65535:
        raise invalid("PortRange")
