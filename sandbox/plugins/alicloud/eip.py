"""Elastic IP addresses. Facts: the provider's resource_alicloud_eip_address.go and …_eip_association.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.machines import addresses, instances
from sandbox.plugins.alicloud import names, reach
from sandbox.plugins.alicloud.api import new_id, now, retried
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.errors import ApiError, invalid, not_emulated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.alicloud.api import Api
    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

_PAYMENTS = ("Subscription", "PayAsYouGo", "PrePaid", "PostPaid")


class EipAddress(AlicloudResource):
    """An address of its own; it leads nowhere before it is associated."""

    token = "alicloud:ecs/eipAddress:EipAddress"  # noqa: S105  a resource type
    kind = "alicloud_eip_address"
    table = "eips"
    force_new: ClassVar[frozenset[str]] = frozenset(
        {"allocationId", "highDefinitionMonitorLogStatus", "instanceChargeType", "internetChargeType"}
        | {"ipAddress", "isp", "netmode", "paymentType", "publicIpAddressPoolId"}
        | {"securityProtectionTypes", "zone"}
    )
    kept: ClassVar[frozenset[str]] = frozenset(
        {
            "addressName",
            "allocationId",
            "bandwidth",
            "deletionProtection",
            "description",
            "instanceChargeType",
        }
        | {"highDefinitionMonitorLogStatus", "internetChargeType", "ipAddress", "isp", "mode", "name"}
        | {"netmode", "paymentType", "resourceGroupId", "zone"}
    )
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "internetChargeType": ("PayByBandwidth", "PayByTraffic"),
        "isp": (
            *("BGP", "BGP_PRO", "ChinaTelecom", "ChinaUnicom", "ChinaMobile", "ChinaTelecom_L2"),
            *("ChinaUnicom_L2", "ChinaMobile_L2", "BGP_FinanceCloud", "BGP_International"),
        ),
        "mode": ("NAT", "BINDED", "MULTI_BINDED"),
        "netmode": ("public",),
        "paymentType": _PAYMENTS,
        "instanceChargeType": _PAYMENTS,
        "pricingCycle": ("Month", "Year"),
    }
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = (
        ("addressName", "name"),
        ("paymentType", "instanceChargeType"),
    )

    def make(self, call: Call, inputs: Props) -> str:
        """AllocateEipAddress: an address of the sandbox's network that no machine has."""
        del call
        if inputs.keys() & {"ipAddress", "allocationId", "publicIpAddressPoolId"}:
            raise not_emulated("An EIP of one's own choice")
        with self.request("AllocateEipAddress"):
            _check(inputs)
            identity = new_id("eip-")
            payment = inputs.get("paymentType", inputs.get("instanceChargeType", "PayAsYouGo"))
            row = {
                "bandwidth": "5",
                "internetChargeType": "PayByBandwidth",
                "isp": "BGP",
                "mode": "NAT",
                "netmode": "public",
                **inputs,
                "addressName": inputs.get("addressName", inputs.get("name", "")),
                "paymentType": payment,
                "createTime": now(),
                "number": addresses.reserve(),
            }
            self.account.put(self.table, identity, row)
        return identity

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeEipAddresses."""
        row = super().look(identity, state)
        if row is None:
            return None
        status = "InUse" if row.get("instanceId") else "Available"
        address = addresses.address(row["number"])
        told = {key: value for key, value in row.items() if key not in {"number", "instanceId"}}
        return {**told, "allocationId": identity, "ipAddress": address, "status": status}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """ModifyEipAddressAttribute: names, bandwidth; tags; protection."""
        del call
        self.set_tags(identity, old, new)
        watched = ("addressName", "name", "bandwidth", "description", "deletionProtection", "mode")
        changed = {name: new[name] for name in watched if name in new and new[name] != old.get(name)}
        if changed:
            with self.request("ModifyEipAddressAttribute", identity):
                _check(new)
                self.account.change(self.table, identity, **changed)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """ReleaseEipAddress; an association is waited for, without a word."""
        del state

        def request() -> None:
            self.api.act("ReleaseEipAddress")
            with self.account.opened() as tables:
                row = tables[self.table].get(identity)
                if row is None:
                    return
                if row.get("deletionProtection"):
                    text = "The operation is not allowed because the EIP is protected against deletion."
                    raise ApiError("OperationDenied.DeletionProtection", text)
                if row.get("instanceId"):
                    raise ApiError("IncorrectEipStatus", "The status of the specified EIP is incorrect.")
                del tables[self.table][identity]
            addresses.release(row["number"])

        with self.wrapped("ReleaseEipAddress", identity):
            retried(call, {"IncorrectEipStatus"}, request)


def _check(inputs: Props) -> None:
    name = inputs.get("addressName", inputs.get("name", ""))
    if name:
        names.check_name("Name", name)
    names.check_tags(inputs.get("tags", {}))
    bandwidth = str(inputs.get("bandwidth", "5"))
    if not bandwidth.isdigit() or not 1 <= int(bandwidth) <= 1000:
        raise invalid("Bandwidth", "InvalidBandwidth.ValueNotSupported")


class EipAssociation(AlicloudResource):
    """An EIP that leads to an instance."""

    token = "alicloud:ecs/eipAssociation:EipAssociation"  # noqa: S105  a resource type
    kind = "alicloud_eip_association"
    table = "eips"  # an association is a row's `instanceId`
    force_new: ClassVar[frozenset[str]] = frozenset(
        {"allocationId", "instanceId", "instanceType", "privateIpAddress", "vpcId"}
    )
    kept: ClassVar[frozenset[str]] = frozenset({"instanceType", "mode"})
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"mode": ("NAT", "MULTI_BINDED", "BINDED")}

    def make(self, call: Call, inputs: Props) -> str:
        """AssociateEipAddress; what stands in its way is waited for, without a word."""
        address, instance = inputs["allocationId"], inputs["instanceId"]
        if not instance.startswith("i-"):
            raise not_emulated(f"An EIP for anything but an instance ({instance})")

        def request() -> None:
            self.api.act("AssociateEipAddress")
            _bind(self.api, address, instance)

        with self.wrapped("AssociateEipAddress"):
            busy = {"InvalidStatus.InstanceHasBandWidth", "IncorrectEipStatus", "InvalidBindingStatus"}
            retried(call, busy, request)
        number = self.api.row(self.table, address, "AllocationId")["number"]
        instances.assign(instance, number)
        reach.enforce(self.account)
        return f"{address}:{instance}"

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeEipAddresses: gone when the EIP leads elsewhere, or its instance is no more."""
        del state
        address, _, instance = identity.partition(":")
        row = self.account.row(self.table, address)
        if row is None or row.get("instanceId") != instance or instances.find(instance) is None:
            return None
        fixed = {"instanceType": "EcsInstance", "mode": row["mode"]}
        return {"allocationId": address, "instanceId": instance, **fixed}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """ModifyEipForwardMode."""
        del call
        if "mode" in new and new["mode"] != old.get("mode"):
            with self.request("ModifyEipForwardMode", identity):
                self.account.change(self.table, identity.partition(":")[0], mode=new["mode"])

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """UnassociateEipAddress; nothing to do when it leads elsewhere."""
        del call, state
        address, _, instance = identity.partition(":")
        with self.request("UnassociateEipAddress", identity), self.account.opened() as tables:
            row = tables[self.table].get(address, {})
            if row.get("instanceId") == instance:
                del row["instanceId"]
        if instances.find(instance) is not None:
            instances.assign(instance, None)
        reach.enforce(self.account)


def _bind(api: Api, address: str, instance: str) -> None:
    with api.account.opened() as tables:
        for table, key, name in (("eips", address, "AllocationId"), ("instances", instance, "InstanceId")):
            if key not in tables[table]:
                raise ApiError(f"Invalid{name}.NotFound", f"The specified {name} does not exist.", 404)
        if tables["eips"][address].get("instanceId") not in {None, instance}:
            raise ApiError("IncorrectEipStatus", "The status of the specified EIP is incorrect.")
        if float(tables["instances"][instance].get("internetMaxBandwidthOut", 0)) > 0:
            text = "The instance already has a public IP address."
            raise ApiError("InvalidStatus.InstanceHasBandWidth", text)
        bound = [key for key, row in tables["eips"].items() if row.get("instanceId") == instance]
        if bound not in ([], [address]):
            raise ApiError("InvalidBindingStatus", "The instance has an EIP already.")
        tables["eips"][address]["instanceId"] = instance
