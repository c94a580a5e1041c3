"""What Alibaba Cloud sells in a region, in small: zones, instance types, images.

The names are real, the choice is made so that a careless program trips as it would there: the first type that
comes is of another architecture, the first zone sells old disks only, a newer image is of another
architecture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Account

_ZONES: Final = "abc"
X86, ARM = "x86_64", "arm64"
# What the image's name begins with -> the Debian that is nearest to it, of those that can be had here.
SUITES: Final = {"ubuntu_22_04_x64": "bookworm", "ubuntu_24_04_x64": "trixie"}


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """A type: where it is sold (the last letters of zones), and with which system disks."""

    id: str
    cpu: int
    memory: float
    zones: str
    disks: tuple[str, ...]
    price: float  # per hour, only to compare
    architecture: str = X86
    sold_out: str = ""  # zones in which there is none left just now

    @property
    def family(self) -> str:
        """ecs.c7.large belongs to ecs.c7, ecs.t6-c1m2.large to ecs.t6."""
        return re.split(r"-|\.(?=[^.]*$)", self.id)[0]


_ESSD: Final = ("cloud_essd", "cloud_auto")
_OLD: Final = ("cloud_efficiency", "cloud_ssd")
TYPES: Final = (  # in the API's order
    InstanceType(id="ecs.c8y.large", cpu=2, memory=4, zones="bc", disks=_ESSD, price=0.072, architecture=ARM),
    InstanceType(id="ecs.g8y.large", cpu=2, memory=8, zones="bc", disks=_ESSD, price=0.093, architecture=ARM),
    InstanceType(id="ecs.c6.large", cpu=2, memory=4, zones="ab", disks=(*_OLD, "cloud_essd"), price=0.091),
    InstanceType(id="ecs.c7.large", cpu=2, memory=4, zones="bc", disks=_ESSD, price=0.086, sold_out="b"),
    InstanceType(
        id="ecs.e-c1m2.large",
        cpu=2,
        memory=4,
        zones="bc",
        disks=("cloud_essd_entry", "cloud_essd"),
        price=0.045,
    ),
    InstanceType(id="ecs.t6-c1m2.large", cpu=2, memory=4, zones="ac", disks=_OLD, price=0.037),
    InstanceType(
        id="ecs.e-c1m1.large", cpu=2, memory=2, zones="bc", disks=("cloud_essd_entry",), price=0.028
    ),
    InstanceType(id="ecs.g7.large", cpu=2, memory=8, zones="bc", disks=_ESSD, price=0.112),
    InstanceType(id="ecs.c7.xlarge", cpu=4, memory=8, zones="c", disks=_ESSD, price=0.172),
    InstanceType(id="ecs.g7.xlarge", cpu=4, memory=16, zones="c", disks=_ESSD, price=0.224),
)
# In zone a the newer disks are not to be had for any type.
_NOT_IN_ZONE: Final = {"a": {"cloud_essd", "cloud_auto", "cloud_essd_entry"}}


@dataclass(frozen=True, kw_only=True)
class Image:
    """A public image; its name is its id."""

    id: str
    created: str

    @property
    def architecture(self) -> str:
        """From the name, as everybody reads it."""
        return ARM if "_arm64_" in self.id else X86

    @property
    def gigabytes(self) -> int:
        """The size of the disk that it needs."""
        found = re.search(r"_(\d+)G_", self.id)
        return int(found[1]) if found else 40

    @property
    def suite(self) -> str | None:
        """The Debian that stands for it here, None when none does."""
        return next((suite for name, suite in SUITES.items() if self.id.startswith(name)), None)

    @property
    def system(self) -> str:
        """The operating system's name."""
        parts = self.id.split("_")
        bits = "64 bit for ARM" if self.architecture == ARM else "64 bit"
        return f"{parts[0].capitalize()}  {'.'.join(parts[1:3])} {bits}"


_IMAGES: Final = (
    "ubuntu_22_04_x64_20G_alibase_20260615.vhd",
    "ubuntu_22_04_x64_20G_alibase_20260914.vhd",
    "ubuntu_24_04_x64_20G_alibase_20260713.vhd",
    "ubuntu_24_04_x64_20G_alibase_20260915.vhd",
    "ubuntu_22_04_arm64_20G_alibase_20261013.vhd",
    "ubuntu_24_04_arm64_20G_alibase_20261014.vhd",
    "debian_12_11_x64_20G_alibase_20260820.vhd",
    "aliyun_3_x64_20G_alibase_20261012.vhd",
)


def zones(region: str) -> list[str]:
    """A region's zones: eu-central-1a, but cn-hangzhou-b."""
    dash = "" if region[-1].isdigit() else "-"
    return [f"{region}{dash}{letter}" for letter in _ZONES]


def sells(zone: str, kind: InstanceType, disk: str = "") -> bool:
    """Whether a zone sells a type, with that system disk if one is named."""
    letter = zone[-1]
    disks = set(kind.disks) - _NOT_IN_ZONE.get(letter, set())
    return letter in kind.zones and (disk in disks if disk else bool(disks))


def find_type(identity: str) -> InstanceType | None:
    """The type of that name."""
    return next((kind for kind in TYPES if kind.id == identity), None)


def images(account: Account) -> list[Image]:
    """The public images, and those that were published in this account's table `images`."""
    published = account.table("images").items()
    built_in = [Image(id=name, created=_date(name)) for name in _IMAGES]
    return built_in + [Image(id=name, created=row["creationTime"]) for name, row in published]


def find_image(account: Account, identity: str) -> Image | None:
    """The image of that id."""
    return next((image for image in images(account) if image.id == identity), None)


def _date(name: str) -> str:
    year, month, day = re.findall(r"_(\d{4})(\d\d)(\d\d)\.", name)[0]
    return f"{year}-{month}-{day}T02:00:00Z"
