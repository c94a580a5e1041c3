"""Where and as what a new machine is made: what is looked up, and what is said when that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from components.errors import ConfigError
from unit import examples, recorder
from unit.alibaba.looked_up import IMAGE, NONE, TYPE, ZONE, cloud
from unit.engine import Engine, Refusal

if TYPE_CHECKING:
    from unit.conftest import Deploy

ALL: Final = {"imageId": IMAGE, "instanceType": TYPE, "zoneId": "eu-central-1a"}
FAILED: Final = "InvalidAccessKeyId.NotFound:\n  Specified access key is not found."


def deployed(deploy: Deploy, section: dict[str, Any], engine: Engine) -> recorder.Recording:
    """What the minimal configuration with a section makes."""
    return deploy(examples.changed(examples.ECS, {"ecs": section}), engine=engine)


def without(*names: str) -> dict[str, Any]:
    """A section that names all but these."""
    return {key: value for key, value in ALL.items() if key not in names}


def test_what_is_configured_is_not_looked_up(deploy: Deploy) -> None:
    """Then the cloud is not asked at all: a list that it no longer answers stops nobody."""
    engine = cloud(dict.fromkeys(NONE, Refusal("asked")))
    done = deployed(deploy, ALL, engine)
    assert done.error is None
    assert engine.asked == []
    made = done.one("Instance").inputs
    assert (made["imageId"], made["instanceType"]) == (IMAGE, TYPE)
    assert done.one("Switch").inputs["zoneId"] == "eu-central-1a"


@pytest.mark.parametrize(
    ("section", "asked"),
    [
        ({}, ["getImages", "getInstanceTypes"]),
        (without("imageId"), ["getImages"]),
        (without("instanceType"), ["getInstanceTypes"]),
        (without("zoneId"), ["getInstanceTypes"]),
        (without("zoneId", "instanceType"), ["getInstanceTypes"]),
    ],
    ids=["all", "image", "type", "zone", "type and zone"],
)
def test_only_what_is_left_open_is_looked_up(
    deploy: Deploy, section: dict[str, Any], asked: list[str]
) -> None:
    """One question for each; a type is asked for in a zone that is named, and a zone comes with its type."""
    engine = cloud()
    done = deployed(deploy, section, engine)
    assert done.error is None
    assert [name for name, _ in engine.asked] == asked
    given = dict(engine.asked)
    if "getInstanceTypes" in asked:
        assert given["getInstanceTypes"].get("availabilityZone") == section.get("zoneId")
    assert done.outputs["zoneId"] == section.get("zoneId", ZONE)


def test_the_image_is_the_newest_official_one(deploy: Deploy) -> None:
    """Of the system that is configured, for the processor that types are chosen for."""
    engine = cloud()
    deployed(deploy, {"system": "ubuntu-22.04"}, engine)
    asked = dict(engine.asked)["getImages"]
    assert asked == {
        "owners": "system",
        "nameRegex": "^ubuntu_22_04_x64",
        "architecture": "x86_64",
        "mostRecent": True,
        "status": "Available",
    }


def test_the_type_fits_what_is_configured(deploy: Deploy) -> None:
    """Processors, memory, disk; and it can run the image."""
    engine = cloud()
    deployed(deploy, {"cpu": 4, "memoryGigabytes": 8, "diskCategory": "cloud_auto"}, engine)
    asked = dict(engine.asked)["getInstanceTypes"]
    assert asked == {
        "cpuCoreCount": 4,
        "memorySize": 8,
        "imageId": IMAGE,
        "systemDiskCategory": "cloud_auto",
        "instanceChargeType": "PostPaid",
        "networkType": "Vpc",
    }


def test_the_zone_sells_the_type_that_is_configured(deploy: Deploy) -> None:
    """With its disk: `getZones` does not know each disk, so the type itself is asked where it is sold."""
    engine = cloud()
    done = deployed(deploy, {"instanceType": TYPE, "diskCategory": "cloud_auto"}, engine)
    assert dict(engine.asked)["getInstanceTypes"] == {
        "instanceType": TYPE,
        "imageId": IMAGE,
        "systemDiskCategory": "cloud_auto",
        "instanceChargeType": "PostPaid",
        "networkType": "Vpc",
    }
    assert done.one("Switch").inputs["zoneId"] == ZONE


def test_a_type_that_is_sold_nowhere_is_passed_over(deploy: Deploy) -> None:
    """The list has types without a zone too."""
    sold = {"id": "ecs.g7.large", "availabilityZones": [ZONE]}
    types = {"instanceTypes": [{"id": TYPE, "availabilityZones": []}, sold]}
    done = deployed(deploy, {}, cloud({"getInstanceTypes": types}))
    assert done.one("Instance").inputs["instanceType"] == "ecs.g7.large"


TOKENS: Final = {
    "getImages": "alicloud:ecs/getImages:getImages",
    "getInstanceTypes": "alicloud:ecs/getInstanceTypes:getInstanceTypes",
}
CASES: Final = {
    "image": ("getImages", {}, "ecs/system: an image of ubuntu-24.04", "imageId"),
    "type": ("getInstanceTypes", {}, "ecs/cpu: a type with 2 processors and 4 GiB", "instanceType"),
    "zone": (
        *("getInstanceTypes", {"instanceType": TYPE}),
        f"ecs/instanceType: a zone that sells {TYPE} with a cloud_essd disk",
        "zoneId",
    ),
}


@pytest.mark.covers(14)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (False, "there is none"),
        (True, "invoke of {} failed: InvalidAccessKeyId.NotFound: Specified access key is not found."),
    ],
    ids=["nothing fits", "it can't be asked"],
)
def test_a_look_up_that_fails_is_one_fault(deploy: Deploy, case: str, fails: bool, why: str) -> None:  # noqa: FBT001
    """Which key led to it, why, and what to do, also for a machine that is there; nothing is made."""
    function, section, what, key = CASES[case]
    answer = Refusal(FAILED) if fails else NONE[function]
    done = deployed(deploy, section, cloud({function: answer}))
    assert isinstance(done.error, ConfigError)
    (told,) = done.error.faults
    assert told == (
        f"{what} was looked up: {why.format(TOKENS[function])}; name one, or what runs already: "
        f'pulumi config set --path ecs.{key} "$(pulumi stack output {key})"'
    )
    assert done.resources == []


@pytest.mark.parametrize(("section", "key"), [(section, key) for _, section, _, key in CASES.values()])
def test_what_is_advised_is_a_key_and_an_output(deploy: Deploy, section: dict[str, Any], key: str) -> None:
    """The remedy above works."""
    done = deployed(deploy, section, cloud())
    assert deployed(deploy, {**section, key: done.outputs[key]}, cloud()).error is None
