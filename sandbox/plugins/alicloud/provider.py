"""The provider: resource types, functions, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_alicloud import ecs, vpc

from sandbox.plugins.alicloud import functions, settings
from sandbox.plugins.alicloud.api import Api
from sandbox.plugins.alicloud.eip import EipAddress, EipAssociation
from sandbox.plugins.alicloud.errors import TEXTS
from sandbox.plugins.alicloud.instance import Instance
from sandbox.plugins.alicloud.key_pair import EcsKeyPair
from sandbox.plugins.alicloud.network import Network, Switch
from sandbox.plugins.alicloud.security_group import SecurityGroup
from sandbox.plugins.alicloud.security_group_rule import SecurityGroupRule
from sandbox.plugins.cloud.faults import Cloud
from sandbox.plugins.cloud.schema import Schema
from sandbox.plugins.provider import Provider

if TYPE_CHECKING:
    from sandbox.plugins.alicloud.base import AlicloudResource
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.values import Props

VERSION = "4.0.0"
TYPES: tuple[tuple[type[AlicloudResource], type, type], ...] = (
    (Network, vpc.Network, vpc.NetworkArgs),
    (Switch, vpc.Switch, vpc.SwitchArgs),
    (SecurityGroup, ecs.SecurityGroup, ecs.SecurityGroupArgs),
    (SecurityGroupRule, ecs.SecurityGroupRule, ecs.SecurityGroupRuleArgs),
    (EcsKeyPair, ecs.EcsKeyPair, ecs.EcsKeyPairArgs),
    (Instance, ecs.Instance, ecs.InstanceArgs),
    (EipAddress, ecs.EipAddress, ecs.EipAddressArgs),
    (EipAssociation, ecs.EipAssociation, ecs.EipAssociationArgs),
)


def make(account: Account) -> Provider:
    """The provider of an account."""
    cloud, api = Cloud(account, TEXTS), Api(account)
    resources = {kind.token: kind(cloud, Schema.of(*sdk), api) for kind, *sdk in TYPES}
    instance = resources[Instance.token]
    assert isinstance(instance, Instance)  # noqa: S101 - it stands in the table above
    machines = instance.machines

    def configure(call: Call, given: Props) -> None:
        with cloud.operation(call, "alicloud", "configure"):
            found = settings.read(given)
        api.region, api.replace_on_image_update = found.region, found.replace_on_image_update
        machines.revive()

    return Provider(
        name="alicloud",
        version=VERSION,
        resources=resources,
        functions=functions.make(cloud, api),
        configure=configure,
    )
