"""An instance changes in place, by the requests that the real provider sends, in its order.

Each test goes on where the last one ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.cloud import Made, start
from plugins.harness import Failed
from sandbox import machines
from sandbox.machines import instances
from sandbox.plugins.alicloud import vm

from .conftest import CREDENTIALS, GROUP, INSTANCE, PAIR, Site, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator


class Shop:
    """An instance, and what was called for it."""

    def __init__(self, site: Site) -> None:
        self.site, self.cloud = site, site.cloud
        self.pair = self.cloud.make(PAIR, {"keyPairName": "one", "publicKey": rsa_key()}, "one")
        self.inputs: dict[str, Any] = site.instance(
            keyName="one", httpTokens="required", tags={"stack": "dev", "colour": "red"}, hostName="shop"
        )
        self.cloud.account.plant_fault(INSTANCE, "read", "failed")
        self.made: Made = self.cloud.make(INSTANCE, self.inputs)
        self.seen = len(self.calls())

    def calls(self) -> list[str]:
        """Every action that was called so far."""
        return (self.cloud.account.folder / "calls.log").read_text().split()

    def change(self, **more: Any) -> list[str]:
        """Update it in place; the actions that change something."""
        self.inputs = {**self.inputs, **more}
        assert list(self.cloud.diff(self.made, self.inputs).replaces) == []
        before = len(self.calls())
        self.cloud.change(self.made, self.inputs)
        return [action for action in self.calls()[before:] if not action.startswith("Describe")]

    @property
    def row(self) -> dict[str, Any]:
        """What the cloud says of it."""
        row: dict[str, Any] = self.cloud.account.table("instances")[self.made.id]
        return row

    def in_guest(self, command: str) -> str:
        """What a command says on its console."""
        found = machines.up(self.made.id)
        return found.ssh(command).stdout.strip()


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    cloud = start("alicloud", tmp_path_factory.mktemp("changes"), CREDENTIALS)
    try:
        yield Shop(Site(cloud))
    finally:
        for identity in cloud.account.table("instances"):
            machines.down(identity)
        cloud.stop()


@pytest.mark.covers(88)
def test_an_error_after_it_was_made_leaves_it_recorded(shop: Shop) -> None:
    """1.6 #12: in the state as failed; the next `up` is an update that repairs it, no second instance."""
    assert "InternalError" in shop.made.reasons[0]
    assert shop.made.id in shop.cloud.account.table("instances")
    assert shop.change() == []
    assert shop.made.reasons == []
    assert shop.made.state["status"] == "Running"
    assert shop.calls().count("RunInstances") == 1


def test_how_metadata_is_asked_is_sent_twice(shop: Shop) -> None:
    """1.6 #13: in RunInstances and by an action of its own, so one more permission."""
    first = shop.calls()
    assert first.index("RunInstances") < first.index("ModifyInstanceMetadataOptions")


def test_a_look_takes_many_permissions(shop: Shop) -> None:
    """1.6 #13: a RAM policy without one of them ends in an error that names it."""
    shop.cloud.account.put("deniedActions", "DescribeUserData", {})
    with pytest.raises(Failed, match=r"Forbidden\.RAM.*DescribeUserData"):
        shop.cloud.refresh(shop.made)
    shop.cloud.account.drop("deniedActions", "DescribeUserData")
    assert shop.cloud.refresh(shop.made)


def test_a_key_is_rotated_by_another_pair_and_a_reboot(shop: Shop) -> None:
    """1.6 #2: DetachKeyPair, AttachKeyPair, RebootInstance; then the old pair can go, and not before."""
    key = rsa_key()
    pair = shop.cloud.make(PAIR, {"keyPairName": "two", "publicKey": key}, "two")
    assert shop.change(keyName="two") == ["DetachKeyPair", "AttachKeyPair", "RebootInstance"]
    assert shop.in_guest("cat /root/.ssh/authorized_keys").split()[1] == key.split()[1]
    shop.cloud.unmake(shop.pair)
    with pytest.raises(Failed, match="KeypairAlreadyAttachedInstance"):
        shop.cloud.unmake(pair)


def test_type_and_host_name_take_one_stop(shop: Shop) -> None:
    """providers.md 1.2: in place, stopped and started once for all."""
    done = shop.change(instanceType="ecs.e-c1m2.large", hostName="store")
    assert done == ["ModifyInstanceAttribute", "StopInstance", "ModifyInstanceSpec", "StartInstance"]
    assert (shop.row["instanceType"], shop.row["cpu"]) == ("ecs.e-c1m2.large", 2)
    assert shop.in_guest("hostname") == "store"


def test_a_type_that_the_zone_lacks_is_refused_and_remembered_as_done(shop: Shop) -> None:
    """1.4 #7, and the bridge's manner: the instance stays off, the next update has nothing to send."""
    former = shop.inputs["instanceType"]
    shop.change(instanceType="ecs.t6-c1m2.large")
    assert "InvalidResourceType.NotSupported" in shop.made.reasons[0]
    assert shop.change() == []
    assert shop.cloud.refresh(shop.made)
    assert shop.made.inputs["instanceType"] == former
    assert shop.made.state["status"] == "Stopped"
    shop.change(instanceType=former)
    assert shop.change(status="Running") == ["StartInstance"]
    assert shop.row["status"] == "Running"


def test_groups_are_left_and_joined_in_place(shop: Shop) -> None:
    """The firewall is that of the new group, at once; the old group is free to go."""
    inputs = {"securityGroupName": "other", "vpcId": shop.site.network.id}
    other = shop.cloud.make(GROUP, inputs, "other")
    assert shop.change(securityGroups=[other.id]) == ["LeaveSecurityGroup", "JoinSecurityGroup"]
    with pytest.raises(Failed, match="DependencyViolation"):
        shop.cloud.unmake(other)
    shop.cloud.unmake(shop.site.group)


def test_a_changed_tag_is_missing_for_a_moment(shop: Shop) -> None:
    """1.6 #11: the old key is removed first, then set."""
    assert shop.change(tags={"stack": "dev", "colour": "blue"}) == ["UntagResources", "TagResources"]
    shop.cloud.account.put("deniedActions", "TagResources", {})
    shop.change(tags={"stack": "dev", "colour": "green"})
    shop.cloud.account.drop("deniedActions", "TagResources")
    assert shop.row["tags"] == {"stack": "dev"}
    shop.cloud.refresh(shop.made)


def test_a_subscription_is_not_deleted_by_accident(shop: Shop) -> None:
    """providers.md 1.2: PrePaid needs force_delete; deletion leaves no machine and no row."""
    shop.change(instanceChargeType="PrePaid", period=1)
    with pytest.raises(Failed, match="Please convert 'PrePaid' instance"):
        shop.cloud.unmake(shop.made)
    shop.change(forceDelete=True)
    shop.cloud.unmake(shop.made)
    assert shop.cloud.account.table("instances") == {}
    assert instances.find(shop.made.id) is None


@pytest.mark.parametrize(
    ("given", "sent"), [("IA==", b" "), ("abcd", b"i\xb7\x1d"), ("#!/bin/sh\n", b"#!/bin/sh\n")]
)
def test_user_data_that_happens_to_be_base64_is_taken_for_it(given: str, sent: bytes) -> None:
    """1.6 #4: sent as it is; anything else is encoded on the way and arrives as it was."""
    assert vm.decoded(given) == sent
