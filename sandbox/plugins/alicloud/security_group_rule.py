"""One rule of a security group. Facts: the provider's resource_alicloud_security_group_rule.go."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.alicloud import reach
from sandbox.plugins.alicloud.api import new_id
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.errors import invalid, not_found
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

ALL_PORTS: Final = "-1/-1"
_RANGE: Final = re.compile(r"(\d{1,5})/(\d{1,5})")


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
