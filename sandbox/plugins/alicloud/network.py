"""A VPC and its vSwitches. Facts: the provider's resource_alicloud_vpc.go and …_vswitch.go."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.alicloud import catalogue, names
from sandbox.plugins.alicloud.api import new_id, now, retried
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.errors import ApiError, invalid, missing, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Table
    from sandbox.plugins.values import Props

_PRIVATE: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def _subnet(text: str, masks: range) -> ipaddress.IPv4Network:
    """A network in CIDR notation with a mask of those; ApiError otherwise."""
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid("CidrBlock", "InvalidCidrBlock.Malformed") from None
    if found.prefixlen not in masks:
        raise invalid("CidrBlock", "InvalidCidrBlock.Malformed")
    return found


class Network(AlicloudResource):
    """A VPC; nearly everything of it changes in place."""

    token = "alicloud:vpc/network:Network"  # noqa: S105  a resource type
    kind = "alicloud_vpc"
    table = "vpcs"
    force_new: ClassVar[frozenset[str]] = frozenset({"ipv6CidrBlock", "isDefault", "userCidrs"})
    kept: ClassVar[frozenset[str]] = frozenset(
        {"cidrBlock", "dnsHostnameStatus", "enableIpv6", "ipv6CidrBlock", "ipv6Isp", "isDefault", "name"}
        | {"resourceGroupId", "secondaryCidrBlocks", "userCidrs", "vpcName"}
        | {"systemRouteTableRoutePropagationEnable"}
    )
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"dnsHostnameStatus": ("ENABLED", "DISABLED")}
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = (("vpcName", "name"),)

    def make(self, call: Call, inputs: Props) -> str:
        """CreateVpc. 172.16.0.0/12 is what a VPC gets that names no range."""
        del call
        with self.request("CreateVpc"):
            cidr = inputs.get("cidrBlock", "172.16.0.0/12")
            found = _subnet(cidr, range(8, 29))
            if not any(found.subnet_of(private) for private in _PRIVATE):
                raise invalid("CidrBlock", "InvalidCidrBlock.Malformed")
            name = _named(inputs, "vpcName")
            if name:
                names.check_name("VpcName", name)
            names.check_description(inputs.get("description", ""))
            names.check_tags(inputs.get("tags", {}))
            identity = new_id("vpc-")
            row = {
                **inputs,
                "cidrBlock": cidr,
                "vpcName": name,
                "name": name,
                "status": "Available",
                "createTime": now(),
                "regionId": self.api.region,
                "routerId": new_id("vrt-"),
                "routeTableId": new_id("vtb-"),
            }
            self.account.put(self.table, identity, row | {"routerTableId": row["routeTableId"]})
        return identity

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """ModifyVpcAttribute."""
        del call
        self.set_tags(identity, old, new)
        watched = ("cidrBlock", "vpcName", "name", "description")
        changed = {name: new[name] for name in watched if name in new and new[name] != old.get(name)}
        if not changed:
            return
        with self.request("ModifyVpcAttribute", identity):
            if name := _named(changed, "vpcName"):
                names.check_name("VpcName", name)
                changed |= {"vpcName": name, "name": name}
            names.check_description(changed.get("description", ""))
            with self.account.opened() as tables:
                if "cidrBlock" in changed:
                    _holds(_subnet(changed["cidrBlock"], range(8, 29)), identity, tables)
                tables[self.table][identity].update(changed)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteVpc; what is in it is waited for, without a word."""
        del state

        def request() -> None:
            self.api.act("DeleteVpc")
            with self.account.opened() as tables:
                for table, code in (("vswitches", "VSwitch"), ("securityGroups", "SecurityGroup")):
                    if any(row.get("vpcId") == identity for row in tables[table].values()):
                        text = f"The specified VPC has {code}s that must be deleted first."
                        raise ApiError(f"DependencyViolation.{code}", text)
                tables[self.table].pop(identity, None)

        with self.wrapped("DeleteVpc", identity):
            retried(call, {"DependencyViolation.VSwitch", "DependencyViolation.SecurityGroup"}, request)


class Switch(AlicloudResource):
    """A vSwitch: a range of its VPC, in one zone."""

    token = "alicloud:vpc/switch:Switch"  # noqa: S105  a resource type
    kind = "alicloud_vswitch"
    table = "vswitches"
    force_new: ClassVar[frozenset[str]] = frozenset(
        {"availabilityZone", "cidrBlock", "isDefault", "vpcId", "zoneId"}
    )
    kept: ClassVar[frozenset[str]] = frozenset(
        {"availabilityZone", "cidrBlock", "enableIpv6", "ipv6CidrBlockMask", "isDefault", "name", "vpcId"}
        | {"vswitchName", "zoneId"}
    )
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = (
        ("vswitchName", "name"),
        ("zoneId", "availabilityZone"),
    )
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("zoneId", "availabilityZone"),)

    def make(self, call: Call, inputs: Props) -> str:
        """CreateVSwitch."""
        del call
        zone = inputs.get("zoneId", inputs.get("availabilityZone", ""))
        with self.request("CreateVSwitch"):
            for name in ("vpcId", "cidrBlock"):
                if not inputs.get(name):
                    raise missing(name[0].upper() + name[1:])
            if zone not in catalogue.zones(self.api.region):
                raise not_found("ZoneId")
            wanted = _subnet(inputs["cidrBlock"], range(16, 30))
            name = _named(inputs, "vswitchName")
            if name:
                names.check_name("VSwitchName", name)
            names.check_tags(inputs.get("tags", {}))
            identity = new_id("vsw-")
            with self.account.opened() as tables:
                _fits(wanted, inputs["vpcId"], tables)
                tables[self.table][identity] = {
                    **inputs,
                    "zoneId": zone,
                    "availabilityZone": zone,
                    "vswitchName": name,
                    "name": name,
                    "status": "Available",
                    "createTime": now(),
                }
        return identity

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """ModifyVSwitchAttribute: names and tags."""
        del call
        self.set_tags(identity, old, new)
        name, text = _named(new, "vswitchName"), new.get("description", "")
        if (name, text) != (_named(old, "vswitchName"), old.get("description", "")) and name:
            with self.request("ModifyVSwitchAttribute", identity):
                names.check_name("VSwitchName", name)
                self.account.change(self.table, identity, vswitchName=name, name=name, description=text)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteVSwitch; instances in it are waited for, without a word."""
        del state

        def request() -> None:
            self.api.act("DeleteVSwitch")
            with self.account.opened() as tables:
                if any(row.get("vswitchId") == identity for row in tables["instances"].values()):
                    text = "Specified object has dependent resources."
                    raise ApiError("DependencyViolation", text)
                tables[self.table].pop(identity, None)

        with self.wrapped("DeleteVSwitch", identity):
            retried(call, {"DependencyViolation"}, request)


def _named(inputs: Props, argument: str) -> str:
    return str(inputs.get(argument, inputs.get("name", "")))


def _holds(wanted: ipaddress.IPv4Network, vpc: str, tables: Mapping[str, Table]) -> None:
    """Whether a VPC's new range still has all its vSwitches."""
    for row in tables["vswitches"].values():
        if row["vpcId"] == vpc and not ipaddress.IPv4Network(row["cidrBlock"]).subnet_of(wanted):
            raise invalid("CidrBlock", "InvalidCidrBlock.Malformed")


def _fits(wanted: ipaddress.IPv4Network, vpc: str, tables: Mapping[str, Table]) -> None:
    """Whether a vSwitch has room: inside its VPC, beside the others."""
    found: Mapping[str, Any] | None = tables["vpcs"].get(vpc)
    if found is None:
        raise not_found("VpcId")
    if not wanted.subnet_of(ipaddress.IPv4Network(found["cidrBlock"])):
        raise invalid("CidrBlock", "InvalidCidrBlock.Malformed")
    for row in tables["vswitches"].values():
        if row["vpcId"] == vpc and wanted.overlaps(ipaddress.IPv4Network(row["cidrBlock"])):
            text = "Specified CIDR block is overlapped with an existing one."
            raise ApiError("InvalidCidrBlock.Overlapped", text)
