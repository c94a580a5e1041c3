"""What a preview says of an instance: what replaces it, what changes in place, what is no change at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.cloud import Made, start
from plugins.harness import Failed
from sandbox.plugins.alicloud import settings

from .conftest import ASSOCIATION, CREDENTIALS, GROUP, INSTANCE, NETWORK, PAIR, SWITCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plugins.cloud import Cloud

INPUTS = {
    "imageId": "ubuntu_24_04_x64_20G_alibase_20260915.vhd",
    "instanceType": "ecs.e-c1m2.large",
    "securityGroups": ["sg-1", "sg-2"],
    "vswitchId": "vsw-1",
    "systemDiskCategory": "cloud_essd",
    "internetMaxBandwidthOut": 5,
    "internetChargeType": "PayByTraffic",
    "userData": "IA==",
    "keyName": "one",
    "description": "the shop",
}
KEYS = {"accessKey": "a", "secretKey": "b"}


@pytest.fixture(scope="module", name="cloud")
def _cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One provider for all: a preview leaves nothing behind."""
    started = start("alicloud", tmp_path_factory.mktemp("plans"), CREDENTIALS)
    yield started
    started.stop()


def planned(cloud: Cloud, **new: Any) -> tuple[list[str], list[str]]:
    """What changes in an instance, and what replaces it; None takes an argument away."""
    made = Made(token=INSTANCE, id="i-1", inputs=INPUTS, state={**INPUTS, "publicIp": "192.0.2.1"})
    wanted = {name: value for name, value in {**INPUTS, **new}.items() if value is not None}
    answer = cloud.diff(made, wanted)
    return list(answer.diffs), list(answer.replaces)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("systemDiskCategory", "cloud_auto"),
        ("systemDiskEncrypted", True),
        ("systemDiskKmsKeyId", "key-1"),
        ("securityEnhancementStrategy", "Active"),
        ("spotStrategy", "SpotAsPriceGo"),
        ("availabilityZone", "eu-central-1b"),
        ("httpPutResponseHopLimit", 2),
    ],
)
def test_these_replace_an_instance(cloud: Cloud, name: str, value: object) -> None:
    """providers.md 1.2: the FN list."""
    assert planned(cloud, **{name: value}) == ([name], [name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("imageId", "ubuntu_24_04_x64_20G_alibase_20991231.vhd"),
        ("instanceType", "ecs.c7.large"),
        ("vswitchId", "vsw-2"),
        ("securityGroups", ["sg-3"]),
        ("internetMaxBandwidthOut", 0),
        ("keyName", "two"),
        ("userData", "other"),
        ("systemDiskSize", 60),
        ("httpTokens", "required"),
        ("deletionProtection", True),
        ("tags", {"a": "b"}),
    ],
)
def test_these_change_in_place(cloud: Cloud, name: str, value: object) -> None:
    """providers.md 1.2, 1.6 #3 and #4: image and user data among them, without a word of a replacement."""
    changed, replaced = planned(cloud, **{name: value})
    assert name in changed
    assert replaced == []


def test_what_the_service_fills_in_may_be_left_out(cloud: Cloud) -> None:
    """Optional and computed in the provider's schema: to name it no longer changes nothing."""
    assert planned(cloud, keyName=None, description=None, securityGroups=None) == ([], [])
    assert planned(cloud, userData=None) == (["userData"], [])


def test_the_order_of_security_groups_means_nothing(cloud: Cloud) -> None:
    """A set in the provider's schema."""
    assert planned(cloud, securityGroups=["sg-2", "sg-1"]) == ([], [])


def test_how_traffic_is_paid_counts_only_where_there_is_some(cloud: Cloud) -> None:
    """EcsInternetDiffSuppressFunc of the provider."""
    assert planned(cloud, internetChargeType="PayByBandwidth")[0] == ["internetChargeType"]
    both = planned(cloud, internetMaxBandwidthOut=0, internetChargeType="PayByBandwidth")
    assert both == (["internetMaxBandwidthOut"], [])


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (PAIR, {"keyPairName": "x"}, "expected length of key_pair_name to be in the range (2 - 128), got x"),
        (PAIR, {"keyPairName": "xy", "keyName": "xy"}, '"key_pair_name": conflicts with key_name'),
        (GROUP, {"innerAccessPolicy": "accept"}, "expected inner_access_policy to be one of [Accept Drop]"),
        (SWITCH, {"vpcId": "vpc-1"}, '"zone_id": one of `availability_zone,zone_id` must be specified'),
        (NETWORK, {"cidr": "10.0.0.0/8"}, "Invalid or unknown key"),
        (ASSOCIATION, {"instanceId": "i-1"}, '"allocationId" is required'),
        (INSTANCE, INPUTS | {"instanceType": "c7.large"}, "prefix must be 'ecs.'"),
        (INSTANCE, INPUTS | {"instanceName": "x"}, "expected length of instance_name"),
    ],
)
def test_what_the_schema_refuses_is_seen_in_the_preview(
    cloud: Cloud, token: str, inputs: dict[str, Any], said: str
) -> None:
    """The provider's schemas: a fault for each, which says where to look."""
    (fault,) = cloud.check(token, inputs)
    assert said in fault
    assert "Examine values at 'it." in fault


def test_what_is_not_emulated_is_said(cloud: Cloud) -> None:
    """A value that would be taken and ignored is refused instead; the sandbox's own rule."""
    with pytest.raises(Failed, match=r"`password` of an instance is not emulated.*README"):
        cloud.make(INSTANCE, INPUTS | {"password": "Secret123"})


def test_a_region_comes_from_settings_environment_or_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """provider.go, in that order; without one it is cn-beijing, and nobody says so."""
    for names in settings._VARIABLES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    assert settings.read(KEYS).region == "cn-beijing"
    profile = {"name": "shop", "access_key_id": "a", "access_key_secret": "b", "region_id": "eu-west-1"}
    (tmp_path / "config.json").write_text(json.dumps({"profiles": [profile]}))
    own = {"profile": "shop", "sharedCredentialsFile": str(tmp_path / "config.json")}
    assert settings.read(own).region == "eu-west-1"
    monkeypatch.setenv("ALIBABA_CLOUD_REGION", "us-east-1")
    assert settings.read(own).region == "us-east-1"
    assert settings.read(own | {"region": "cn-hangzhou"}).region == "cn-hangzhou"
    with pytest.raises(Exception, match="Invalid Alibaba Cloud region: moon-1"):
        settings.read(KEYS | {"region": "moon-1"})


def test_an_image_may_be_made_to_replace_an_instance() -> None:
    """ProviderFeaturesArgs(ecs_instance=…replace_on_image_update=True), as it travels: as JSON."""
    features = json.dumps({"ecsInstance": {"replaceOnImageUpdate": True}})
    assert settings.read(KEYS | {"features": features}).replace_on_image_update
    assert not settings.read(KEYS).replace_on_image_update
