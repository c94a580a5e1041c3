"""Where and as what a new machine is made: looked up, as far as the configuration leaves it open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

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
        wanted: dict[str, Any] = {"instance_type": section.instance_type}
        what = (
            f"ecs/instanceType: a zone that sells {section.instance_type} with a {section.disk_category} disk"
        )
        key = "zoneId"
    else:
        wanted = {"cpu_core_count": section.cpu, "memory_size": float(section.memory_gigabytes)}
        what = f"ecs/cpu: a type with {section.cpu} processors and {section.memory_gigabytes} GiB"
        key = "instanceType"
    found = _looked_up(what, key, lambda: _sold(section, image, wanted))
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


def _sold(section: Section, image: str, wanted: Mapping[str, Any]) -> Any:
    """The first type that is sold, with its zones. `get_zones` knows only some of the disks."""
    found = ecs.get_instance_types(
        **wanted,
        availability_zone=section.zone_id,
        image_id=image,  # leaves out types of another architecture
        system_disk_category=section.disk_category,
        instance_charge_type="PostPaid",
        network_type="Vpc",
    )
    return next(kind for kind in found.instance_types if kind.availability_zones)


def _looked_up(what: str, key: str, look: Callable[[], Any]) -> Any:
    try:
        return look()
    except (IndexError, StopIteration):
        why = "there is none"
    except Exception as error:  # noqa: BLE001  the SDK raises nothing more special
        why = " ".join(str(error).split())
    raise fault(
        f"{what} was looked up: {why}; name one, or what runs already: "
        f'pulumi config set --path ecs.{key} "$(pulumi stack output {key})"'
    )
