"""An instance: a sandbox machine that is born with user data. Facts: resource_alicloud_instance.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.machines import instances
from sandbox.plugins.alicloud import instance_schema as arguments
from sandbox.plugins.alicloud import orders, reach
from sandbox.plugins.alicloud.api import new_id
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.changes import Change
from sandbox.plugins.alicloud.errors import ApiError, not_emulated
from sandbox.plugins.alicloud.vm import Machines
from sandbox.plugins.calls import HalfDoneError, RefusedError
from sandbox.plugins.provider import Diff, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.plugins.alicloud.api import Api
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.cloud.schema import Schema
    from sandbox.plugins.values import Props


class Instance(AlicloudResource):
    """An ECS instance."""

    token = "alicloud:ecs/instance:Instance"  # noqa: S105  a resource type
    kind = "alicloud_instance"
    table = "instances"
    force_new = arguments.FORCE_NEW
    kept = arguments.KEPT
    secret: ClassVar[frozenset[str]] = frozenset({"password"})
    choices = arguments.CHOICES
    lengths = arguments.LENGTHS
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("imageId", "launchTemplateId", "launchTemplateName"),
        ("instanceType", "launchTemplateId", "launchTemplateName"),
    )
    sets: ClassVar[frozenset[str]] = frozenset({"securityGroups"})

    def __init__(self, cloud: Cloud, schema: Schema, api: Api) -> None:
        super().__init__(cloud, schema, api)
        self.machines = Machines(api.account)

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The schema's rules; most is left to the service."""
        yield from super().refusals(inputs)
        if not str(inputs.get("instanceType", "ecs.")).startswith("ecs."):
            yield Failure("instanceType", "invalid value for instance_type (prefix must be 'ecs.')")

    def replacing(self, old: Props, new: Props) -> Iterable[str]:
        """Another image is a replacement only when the provider is asked for that."""
        known = isinstance(old.get("imageId"), str) and isinstance(new.get("imageId"), str)
        return ("imageId",) if self.api.replace_on_image_update and known else ()

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare; how traffic is paid for makes no difference where there is none."""
        found = super().diff(call, old, new)
        paid = new.get("internetMaxBandwidthOut", old.get("internetMaxBandwidthOut", 0))
        if paid not in (0, None):
            return found
        hidden = {("internetChargeType",), ("internetMaxBandwidthIn",)}
        return Diff({path: kind for path, kind in found.detailed.items() if path not in hidden})

    def make(self, call: Call, inputs: Props) -> str:
        """RunInstances, and what the provider calls after it; back when the instance is Running.

        The real provider looks 10 s after the request for the first time. This one has no such floor.
        """
        del call
        if unknown := sorted(inputs.keys() & arguments.NOT_EMULATED):
            raise not_emulated(f"`{unknown[0]}` of an instance")
        if inputs.get("dryRun"):
            with self.request("RunInstances"):
                raise ApiError("DryRunOperation", "Request validation has been passed with DryRun flag set.")
        identity = new_id("i-")
        with self.request("RunInstances"):
            zone = orders.check(self.account, inputs)
            with self.account.opened() as tables:
                tables[self.table][identity] = orders.row(identity, inputs, zone, tables)
        try:
            self.machines.launch(identity)
        except RefusedError:
            self.machines.remove(identity)
            self.account.drop(self.table, identity)
            raise
        if inputs.keys() & {"httpTokens", "httpEndpoint"}:
            self._follow_up(identity, inputs, "ModifyInstanceMetadataOptions")
        if inputs.get("status") == "Stopped":
            self._follow_up(identity, inputs, "StopInstance")
            self.machines.stop(identity)
            self.account.change(self.table, identity, status="Stopped")
        return identity

    def _follow_up(self, identity: str, inputs: Props, action: str) -> None:
        """Call what comes after RunInstances: when that is refused, the instance is there."""
        try:
            with self.request(action, identity):
                pass
        except RefusedError as problem:
            raise HalfDoneError(str(problem), identity, inputs) from problem

    def look(self, identity: str, state: Props) -> Props | None:
        """What is there: the row, and the machine. One that was destroyed behind its back is gone."""
        del state
        with self.wrapped("DescribeInstances", identity):
            self.api.act(
                *("DescribeInstances", "DescribeDisks", "DescribeUserData", "DescribeInstanceRamRole"),
                *("DescribeNetworkInterfaces", "DescribeInstanceMaintenanceAttributes"),
                "DescribeInstanceAttachmentAttributes",
            )
        row, machine = self.account.row(self.table, identity), instances.find(identity)
        if row is None or machine is None:
            if row is not None:
                self._forget(identity)
            return None
        if not machine.running and row["status"] == "Running":
            row["status"] = "Stopped"
        tables = self.account.tables()
        bound = [eip for eip in tables.get("eips", {}).values() if eip.get("instanceId") == identity]
        public = reach.is_public(identity, tables) and not bound
        told: dict[str, Any] = {key: value for key, value in row.items() if key != "boot"}
        if bound:  # then the cloud tells the EIP's bandwidth
            told["internetMaxBandwidthOut"] = int(bound[0]["bandwidth"])
            told["internetChargeType"] = bound[0]["internetChargeType"]
        return {
            **told,
            "publicIp": machine.address if public else "",
            "privateIp": machine.address,
            "primaryIpAddress": machine.address,
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change it in place, step by step as the provider does."""
        Change(self, call, identity, old, new).run()

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteInstance; the real provider waits 10 s at least before it looks whether it is gone."""
        del call
        row = self.account.row(self.table, identity)
        if row is not None and row["instanceChargeType"] == "PrePaid":
            if not state.get("forceDelete"):
                text = (
                    "Please convert 'PrePaid' instance to 'PostPaid' or set 'force_delete' as true before "
                    "deleting 'PrePaid' instance."
                )
                raise self.own(text)
            with self.request("ModifyInstanceChargeType", identity):
                self.account.change(self.table, identity, instanceChargeType="PostPaid")
        with self.request("DeleteInstance", identity):
            if row is not None and row.get("deletionProtection"):
                text = "The operation is not permitted due to deletion protection."
                raise ApiError("InvalidOperation.DeletionProtection", text, 403)
        self.machines.remove(identity)
        self._forget(identity)

    def _forget(self, identity: str) -> None:
        """Take it out of the account; an EIP that led to it leads nowhere."""
        with self.account.opened() as tables:
            tables[self.table].pop(identity, None)
            for eip in tables["eips"].values():
                if eip.get("instanceId") == identity:
                    del eip["instanceId"]
        reach.enforce(self.account)
