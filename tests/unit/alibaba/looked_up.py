"""What Alibaba Cloud answers to the look-ups of a new machine."""

from __future__ import annotations

from typing import Any, Final

from unit.engine import Engine

IMAGE: Final = "ubuntu_24_04_x64_20G_alibase_20260915.vhd"
TYPE: Final = "ecs.e-c1m2.large"
ZONE: Final = "eu-central-1b"
ANSWERS: Final = {
    "getImages": {"images": [{"id": IMAGE}]},
    "getInstanceTypes": {
        "instanceTypes": [
            {"id": TYPE, "availabilityZones": [ZONE, "eu-central-1c"]},
            {"id": "ecs.t6-c1m2.large", "availabilityZones": ["eu-central-1a"]},
        ]
    },
    "getZones": {"zones": [{"id": ZONE}, {"id": "eu-central-1c"}]},
}
NONE: Final[dict[str, Any]] = {
    "getImages": {"images": []},
    "getInstanceTypes": {"instanceTypes": []},
    "getZones": {"zones": []},
}


def cloud(changes: dict[str, Any] | None = None, **options: Any) -> Engine:
    """An engine that gives these answers, with changes."""
    return Engine({**ANSWERS, **(changes or {})}, **options)
