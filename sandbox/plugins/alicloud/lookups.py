"""What there is: zones, instance types, images. Facts: the provider's data_source_alicloud_*.go."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from sandbox.plugins.alicloud import catalogue
from sandbox.plugins.alicloud.errors import ApiError, Wrapping
from sandbox.plugins.calls import RefusedError

if TYPE_CHECKING:
    from sandbox.plugins.alicloud.api import Api
    from sandbox.plugins.alicloud.catalogue import Image, InstanceType
    from sandbox.plugins.values import Props


def get_zones(api: Api, args: Props) -> Props:
    """Zones by name. The kind of resource that is to be made there filters nothing out.

    A type and a disk do, each by itself: whether the type is sold with that disk is another question.
    Nothing that fits is an empty list.
    """
    api.act("DescribeAvailableResource", "DescribeZones")
    found = []
    for zone in catalogue.zones(api.region):
        types = [kind for kind in catalogue.TYPES if catalogue.sells(zone, kind)]
        disks = sorted({disk for kind in types for disk in kind.disks if catalogue.sells(zone, kind, disk)})
        wanted = args.get("availableInstanceType")
        if wanted not in {None, *(kind.id for kind in types)}:
            continue
        if args.get("availableDiskCategory") not in {None, *disks}:
            continue
        details: Props = {"id": zone}
        if args.get("enableDetails"):
            details |= {
                "localName": zone,
                "availableInstanceTypes": [kind.id for kind in types],
                "availableDiskCategories": disks,
                "availableResourceCreations": ["VSwitch", "IoOptimized", "Instance", "Disk"],
            }
        found.append(details)
    return _listed("zones", found)


def get_instance_types(api: Api, args: Props) -> Props:
    """Types in the API's order, whatever their architecture, and where each is sold."""
    api.act("DescribeAvailableResource")
    sold = _available(api, args)
    api.act("DescribeInstanceTypes")
    kinds = [kind for kind in catalogue.TYPES if kind.id in sold]
    if image := args.get("imageId"):
        api.act("DescribeImageSupportInstanceTypes")
        found = catalogue.find_image(api.account, image)
        if found is None:
            raise ApiError("InvalidImageId.NotFound", "The specified ImageId does not exist.", 404)
        kinds = [kind for kind in kinds if kind.architecture == found.architecture]
    if family := args.get("instanceTypeFamily"):
        kinds = [kind for kind in kinds if kind.family == family]
    if wanted := args.get("instanceType"):
        kinds = [kind for kind in kinds if kind.id == wanted]
    by = args.get("sortedBy")
    if by == "Price":
        api.act("GetPayAsYouGoPrice")  # at BssOpenApi, another host
    keys = {"CPU": "cpu", "Memory": "memory", "Price": "price"}
    if by:
        kinds = sorted(kinds, key=lambda kind: float(getattr(kind, keys[by])))
    return _listed("instanceTypes", [_described(kind, sold[kind.id], priced=by == "Price") for kind in kinds])


def _available(api: Api, args: Props) -> dict[str, list[str]]:
    """Type to zones, of what fits cores, memory and disk; nothing that fits is an error."""
    cpu, memory = args.get("cpuCoreCount", 0), args.get("memorySize", 0)
    disk = args.get("systemDiskCategory", "")
    fitting = [kind for kind in catalogue.TYPES if cpu in {0, kind.cpu} and memory in {0, kind.memory}]
    zones = [
        zone
        for zone in catalogue.zones(api.region)
        if any(catalogue.sells(zone, kind, disk) for kind in fitting)
    ]
    wanted = args.get("availabilityZone", "")
    wrapping = Wrapping("alicloud_instance_types")
    if not zones or args.get("networkType") == "Classic":
        text = "There are no available zones in the API DescribeAvailableResource response: (empty)."
        raise RefusedError(wrapping.text(text))
    if wanted and wanted not in zones:
        text = f"Availability zone {wanted} status is not available in the region {api.region}. "
        raise RefusedError(wrapping.text(f"{text}Expected availability zones: {', '.join(zones)}."))
    sold = {
        kind.id: [
            zone
            for zone in ([wanted] if wanted else zones)
            if catalogue.sells(zone, kind, disk) and zone[-1] not in kind.sold_out
        ]
        for kind in fitting
    }
    return {name: where for name, where in sold.items() if where}


def _described(kind: InstanceType, zones: list[str], *, priced: bool) -> Props:
    return {
        "id": kind.id,
        "cpuCoreCount": kind.cpu,
        "memorySize": kind.memory,
        "family": kind.family,
        "price": f"{kind.price:.4f}" if priced else "",
        "availabilityZones": zones,
        "gpus": [{"amount": "0", "category": ""}],
        "burstableInstances": [{"initialCredit": "0", "baselineCredit": "0"}],
        "localStorages": [{"amount": "0", "capacity": "0", "category": ""}],
        "eniAmount": 2,
        "nvmeSupport": "unsupported",
    }


def get_images(api: Api, args: Props) -> Props:
    """Public images; nothing that fits is an empty list."""
    api.act("DescribeImages")
    expression = re.compile(args.get("nameRegex", ""))
    kind = catalogue.find_type(args.get("instanceType", ""))
    found = [
        image
        for image in catalogue.images(api.account)
        if args.get("owners", "system") in {"system", ""}
        and args.get("status", "Available") == "Available"
        and args.get("imageId", image.id) == image.id
        and args.get("imageName", image.id) == image.id
        and args.get("architecture", image.architecture) == image.architecture
        and args.get("osType", "linux") == "linux"
        and (kind.architecture if kind else image.architecture) == image.architecture
        and expression.search(image.id)
    ]
    if args.get("mostRecent") and len(found) > 1:
        found = [max(found, key=lambda image: image.created)]
    return _listed("images", [_image(image) for image in found])


def _image(image: Image) -> Props:
    return {
        "id": image.id,
        "imageId": image.id,
        "name": image.id,
        "architecture": image.architecture,
        "creationTime": image.created,
        "imageOwnerAlias": "system",
        "osName": image.system,
        "osNameEn": image.system,
        "osType": "linux",
        "platform": image.id.partition("_")[0].capitalize(),
        "size": image.gigabytes,
        "status": "Available",
        "state": "Available",
        "isCopied": False,
        "isSupportIoOptimized": True,
        "progress": "100%",
        "usage": "instance",
        "diskDeviceMappings": [],
    }


def _listed(name: str, found: list[Any]) -> Props:
    ids = [one["id"] for one in found]
    return {"id": str(zlib.crc32(" ".join(ids).encode())), "ids": ids, name: found}
