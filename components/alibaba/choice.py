"""Where and as what a new machine is made: looked up, as far as the configuration leaves it open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pulumi_alicloud as alicloud
from pulumi_alicloud import ecs

from components.alibaba.section import Section
from components.errors import fault

IMAGES: Final = {"ubuntu-24.04": "^ubuntu_24_04_x64", "ubuntu-22.04": "^ubuntu_22_04_x64"}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Where and as what a new machine is made."""

    zone_id: str
    instance_type: str
    image_id: str


def choose(section: Section) -> Choice:
    """Look up what the configuration leaves open.

    Raises ConfigError: nothing fits, or the cloud can't be asked.
    """
    image = section.image_id or _looked_up(
        f"ecs/system: an image of {section.system}", "imageId", lambda: _newest_image(section)
    )
    if section.zone_id and section.instance_type:
        return Choice(zone_id=section.zone_id, instance_type=section.instance_type, image_id=image)
    if section.instance_type:
        what = (
            f"ecs/instanceType: a zone that sells {section.instance_type} with a {section.disk_category} disk"
        )
        zone = _looked_up(what, "zoneId", lambda: _zone_of(section))
        return Choice(zone_id=zone, instance_type=section.instance_type, image_id=image)
    what = f"ecs/cpu: a type with {section.cpu} processors and {section.memory_gigabytes} GiB"
    found = _looked_up(what, "instanceType", lambda: _type_for(section, image))
    return Choice(
        zone_id=section.zone_id or found.availability_zones[0], instance_type=found.id, image_id=image
    )


def _newest_image(section: Section) -> str:
    found = ecs.get_images(
        owners="system",
        name_regex=IMAGES[section.system],
        architecture="x86_64",
        most_recent=True,
        status="Available",
    )
    return str(found.images[0].id)


def _zone_of(section: Section) -> str:
    found = alicloud.get_zones(
        available_instance_type=section.instance_type,
        available_disk_category=section.disk_category,
        available_resource_creation="VSwitch",
    )
    return str(found.zones[0].id)


def _type_for(section: Section, image: str) -> Any:
    found = ecs.get_instance_types(
        cpu_core_count=section.cpu,
        memory_size=float(section.memory_gigabytes),
        availability_zone=section.zone_id,
        image_id=image,  # leaves out types of another architecture
        system_disk_category=section.disk_category,
        instance_charge_type="PostPaid",
        network_type="Vpc",
    )
    return found.instance_types[0]


def _looked_up(what: str, key: str, look: Callable[[], Any]) -> Any:
    try:
        return look()
    except IndexError:
        why = "there is none"
    except Exception as error:  # noqa: BLE001  the SDK raises nothing more special
        why = " ".join(str(error).split())
    raise fault(
        f"{what} was looked up: {why}; name one, or what runs already: "
        f'pulumi config set --path ecs.{key} "$(pulumi stack output {key})"'
    )
