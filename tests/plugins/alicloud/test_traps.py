"""What was seen with the real plugin (providers.md 1.6), replayed; what needs a machine: test_instance.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugins.cloud import start
from plugins.harness import Failed

from .conftest import IMAGES, NETWORK, PAIR, RULE, TYPES, ZONES, Site, rsa_key

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.cloud import Cloud


def test_a_new_key_under_an_old_name_is_never_sent(cloud: Cloud) -> None:
    """1.6 #2: shown as an update, no call is made, the cloud keeps the old key."""
    made = cloud.make(PAIR, {"keyPairName": "deploy", "publicKey": rsa_key()})
    before = cloud.account.tables()["keyPairs"]
    new = {"keyPairName": "deploy", "publicKey": rsa_key()}
    assert cloud.diff(made, new).replaces == []
    cloud.change(made, new)
    assert made.reasons == []
    assert cloud.account.tables()["keyPairs"] == before


def test_another_name_is_another_pair(cloud: Cloud) -> None:
    """1.6 #2: how a key is rotated."""
    key = rsa_key()
    made = cloud.make(PAIR, {"keyPairName": "deploy-1", "publicKey": key})
    assert cloud.diff(made, {"keyPairName": "deploy-2", "publicKey": key}).replaces == ["keyPairName"]


def test_an_ed25519_key_passes_the_preview_only(cloud: Cloud) -> None:
    """1.6 #2: refused in up, not in preview."""
    inputs = {"keyPairName": "deploy", "publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO8rvN5vQ0vVtM9P"}
    assert cloud.check(PAIR, inputs) == []
    cloud.preview(PAIR, inputs)
    with pytest.raises(Failed):
        cloud.make(PAIR, inputs)


def test_zones_are_not_filtered_by_what_is_to_be_made(cloud: Cloud) -> None:
    """1.6 #5: the first zone may lack type and disk; those two filter."""
    every = cloud.call(ZONES, {})["ids"]
    assert cloud.call(ZONES, {"availableResourceCreation": "VSwitch"})["ids"] == every
    fitting = cloud.call(ZONES, {"availableDiskCategory": "cloud_essd"})["ids"]
    assert every[0] not in fitting
    assert cloud.call(ZONES, {"availableInstanceType": "ecs.none.large"})["ids"] == []


def test_types_of_another_architecture_are_among_them(cloud: Cloud) -> None:
    """1.6 #6: the API's order; the image's id keeps what it runs on."""
    image = cloud.call(IMAGES, {"owners": "system", "nameRegex": "^ubuntu_24_04_x64"})["images"][0]["id"]
    every = cloud.call(TYPES, {"cpuCoreCount": 2})["ids"]
    fitting = cloud.call(TYPES, {"cpuCoreCount": 2, "imageId": image})["ids"]
    assert set(fitting) < set(every)
    assert every[0] not in fitting


def test_no_type_that_fits_is_an_error(cloud: Cloud) -> None:
    """1.6 #5: not an empty list."""
    with pytest.raises(Failed, match="no available zones"):
        cloud.call(TYPES, {"cpuCoreCount": 97})


def test_the_newest_image_of_any_architecture_is_not_the_wanted_one(cloud: Cloud) -> None:
    """1.6 #6: get_images needs `architecture`."""
    wanted = {"owners": "system", "nameRegex": "^ubuntu_24_04", "mostRecent": True}
    (any_kind,) = cloud.call(IMAGES, wanted)["images"]
    (ours,) = cloud.call(IMAGES, {**wanted, "architecture": "x86_64"})["images"]
    assert any_kind["architecture"] == "arm64"
    assert ours["architecture"] == "x86_64"


def test_a_published_image_is_the_newest(cloud: Cloud) -> None:
    """1.6 #3: so that the next `up` meets another one."""
    name = "ubuntu_24_04_x64_20G_alibase_20991231.vhd"
    cloud.account.put("images", name, {"creationTime": "2099-12-31T00:00:00Z"})
    wanted = {"owners": "system", "nameRegex": "^ubuntu_24_04_x64", "mostRecent": True}
    assert [image["id"] for image in cloud.call(IMAGES, wanted)["images"]] == [name]


def test_a_rule_without_a_source_is_refused_in_the_preview(cloud: Cloud, site: Site) -> None:
    """1.6 #8."""
    inputs = site.rule()
    del inputs["cidrIp"]
    assert cloud.check(RULE, inputs) != []


def test_a_rule_without_ports_is_refused_in_up_only(cloud: Cloud, site: Site) -> None:
    """1.6 #8."""
    inputs = site.rule()
    del inputs["portRange"]
    assert cloud.check(RULE, inputs) == []
    cloud.preview(RULE, inputs)
    with pytest.raises(Failed):
        cloud.make(RULE, inputs)


def test_a_rule_without_a_kind_of_network_has_it_in_its_id(cloud: Cloud, site: Site) -> None:
    """1.6 #8: `<nil>`."""
    inputs = site.rule()
    del inputs["nicType"]
    assert "<nil>" in cloud.make(RULE, inputs).id


def test_all_of_a_rule_but_its_description_replaces_it(cloud: Cloud, site: Site) -> None:
    """1.6 #8."""
    made = cloud.make(RULE, site.rule(description="web"))
    assert cloud.diff(made, site.rule(description="the web")).replaces == []
    for name, value in {
        "cidrIp": "10.0.0.0/8",
        "portRange": "81/81",
        "priority": 2,
        "policy": "drop",
    }.items():
        assert cloud.diff(made, site.rule(description="web", **{name: value})).replaces == [name]


def test_a_removed_rule_is_seen_by_a_refresh(cloud: Cloud, site: Site) -> None:
    """What was changed behind the engine's back."""
    made = cloud.make(RULE, site.rule())
    with cloud.account.opened() as tables:
        del tables["securityGroupRules"][made.id]
    assert not cloud.refresh(made)


def test_a_failed_update_is_remembered_as_done(cloud: Cloud) -> None:
    """The bridge's manner: the next update has nothing to send; a refresh heals."""
    made = cloud.make(NETWORK, {"vpcName": "one", "cidrBlock": "172.16.0.0/16"})
    cloud.account.plant_fault(NETWORK, "update", "failed")
    cloud.change(made, {"vpcName": "two", "cidrBlock": "172.16.0.0/16"})
    assert "InternalError" in made.reasons[0]
    cloud.change(made, {"vpcName": "two", "cidrBlock": "172.16.0.0/16"})
    assert made.reasons == []
    assert cloud.account.row("vpcs", made.id)["vpcName"] == "one"  # type: ignore[index]
    assert cloud.refresh(made)
    assert made.inputs["vpcName"] == "one"


def test_without_credentials_nothing_is_asked(tmp_path: Path) -> None:
    """provider.go: no valid credential sources; a region has a default."""
    with pytest.raises(Failed, match="no valid credential sources"):
        start("alicloud", tmp_path, {"ALIBABA_CLOUD_REGION": "eu-central-1"})
