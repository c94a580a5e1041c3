"""Rules for names, and what App Engine's locations are called in host names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://cloud.google.com/resource-manager/docs/creating-managing-projects
PROJECT: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
# https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.services.versions#Version
VERSION: Final = re.compile(r"(?!ah-)(?!default$)(?!latest$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
SERVICE: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# https://cloud.google.com/iam/docs/service-accounts-create
ACCOUNT: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])")
# https://cloud.google.com/storage/docs/buckets#naming
BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
SECRET: Final = re.compile(r"[a-zA-Z0-9_-]{1,255}")
API: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.googleapis\.com")

# https://cloud.google.com/appengine/docs/standard/locations; the short ones are seen in addresses of apps.
REGION_IDS: Final[Mapping[str, str]] = {
    "asia-east1": "de",
    "asia-east2": "df",
    "asia-northeast1": "an",
    "asia-northeast2": "dt",
    "asia-northeast3": "du",
    "asia-south1": "el",
    "asia-southeast1": "as",
    "asia-southeast2": "et",
    "australia-southeast1": "ts",
    "europe-central2": "lm",
    "europe-west": "ew",
    "europe-west2": "nw",
    "europe-west3": "ey",
    "europe-west6": "oa",
    "northamerica-northeast1": "nn",
    "southamerica-east1": "rj",
    "us-central": "uc",
    "us-east1": "ue",  # codespell:ignore
    "us-east4": "uk",
    "us-west1": "uw",
    "us-west2": "wl",
    "us-west3": "wm",
    "us-west4": "wn",
}
# Storage's locations: its regions are called as Compute Engine's.
STORAGE: Final = frozenset(
    {"ASIA", "EU", "US", "US-CENTRAL1", "EUROPE-WEST1", "EUROPE-WEST4", "EUROPE-NORTH1", "US-EAST5"}
    | {name.upper() for name in REGION_IDS if name not in {"us-central", "europe-west"}}
)


def hostname(project: str, location: str) -> str:
    """An app's host name."""
    return f"{project}.{REGION_IDS[location]}.r.appspot.com"


def registry(location: str) -> str:
    """The old container registry of a location."""
    area = location.partition("-")[0]
    return {"europe": "eu.gcr.io", "asia": "asia.gcr.io", "australia": "asia.gcr.io"}.get(area, "gcr.io")
