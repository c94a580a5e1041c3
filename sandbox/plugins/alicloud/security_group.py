"""A security group: the firewall of its members (reach.py). Facts: resource_alicloud_security_group.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.alicloud import names, reach
from sandbox.plugins.alicloud.api import new_id, now, retried
from sandbox.plugins.alicloud.base import AlicloudResource
from sandbox.plugins.alicloud.errors import ApiError, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


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
