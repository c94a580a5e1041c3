"""The functions of the provider: their arguments and results, as the bridge passes them on."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from sandbox.plugins.alicloud.base import snake
from sandbox.plugins.alicloud.errors import ApiError
from sandbox.plugins.alicloud.lookups import get_images, get_instance_types, get_zones
from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.cloud.values import known
from sandbox.plugins.provider import Failure, Function
from sandbox.plugins.values import Props

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.plugins.alicloud.api import Api
    from sandbox.plugins.cloud.faults import Cloud

Found = tuple[Props, tuple[Failure, ...]]
_CHARGES: Final = ("PrePaid", "PostPaid")
_NETWORKS: Final = ("Vpc", "Classic")
_CHOICES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "getZones": {
        "availableDiskCategory": (
            *("all", "cloud", "ephemeral_ssd", "cloud_essd", "cloud_efficiency", "cloud_ssd", "local_disk"),
        ),
        "instanceChargeType": _CHARGES,
        "networkType": _NETWORKS,
    },
    "getInstanceTypes": {
        "instanceChargeType": _CHARGES,
        "networkType": _NETWORKS,
        "sortedBy": ("CPU", "Memory", "Price"),
        "systemDiskCategory": (
            *("cloud", "ephemeral_ssd", "cloud_essd", "cloud_efficiency", "cloud_ssd", "cloud_essd_entry"),
            "cloud_auto",
        ),
    },
    "getImages": {
        "owners": ("system", "self", "others", "marketplace", ""),
        "status": ("Available", "Creating", "Waiting", "UnAvailable", "CreateFailed", "Deprecated"),
    },
}


def make(cloud: Cloud, api: Api) -> dict[str, Function]:
    """The functions by token."""
    looks = {
        "alicloud:index/getZones:getZones": get_zones,
        "alicloud:ecs/getInstanceTypes:getInstanceTypes": get_instance_types,
        "alicloud:ecs/getImages:getImages": get_images,
    }
    return {token: partial(_answer, cloud, api, token, look) for token, look in looks.items()}


def _answer(  # noqa: PLR0913, PLR0917  what a look needs, bound to it
    cloud: Cloud, api: Api, token: str, look: Callable[[Api, Props], Props], call: Call, args: Props
) -> Found:
    """Check the arguments, look, and give them back with the result, as the bridge does."""
    name = token.rpartition(":")[2]
    given = known(args)
    if faults := tuple(_faults(name, given)):
        return {}, faults
    with cloud.operation(call, token, "invoke"):
        try:
            return {**given, **look(api, given)}, ()
        except ApiError as problem:
            kind = f"alicloud_{snake(name.removeprefix('get')).lstrip('_')}"
            text = f"Datasource {kind} {name} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\n{problem}"
            raise RefusedError(text) from problem


def _faults(name: str, args: Props) -> Iterator[Failure]:
    for key, allowed in _CHOICES[name].items():
        if key in args and args[key] not in allowed:
            text = f"expected {snake(key)} to be one of [{' '.join(allowed)}], got {args[key]}"
            yield Failure(key, text)
    if name == "getImages":
        if not {"nameRegex", "owners", "imageOwnerId"} & args.keys():
            text = '"name_regex": one of `image_owner_id,name_regex,owners` must be specified'
            yield Failure("nameRegex", text)
        try:
            re.compile(args.get("nameRegex", ""))
        except re.error as problem:
            yield Failure("nameRegex", f'"name_regex": error parsing regexp: {problem}')
    kind = str(args.get("availableInstanceType", args.get("instanceTypeFamily", "ecs.")))
    if name != "getImages" and not kind.startswith("ecs."):
        yield Failure(
            "availableInstanceType", "invalid value for available_instance_type (prefix must be 'ecs.')"
        )
