"""Projects of the account: their number, enabled APIs, IAM. A project is there as soon as it is named.

Every project of the account has billing, and whoever deploys owns it.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.cloud.account import Account, Table

# What a new project has: https://cloud.google.com/service-usage/docs/enabled-service#default
ENABLED: Final = (
    "cloudapis.googleapis.com",
    "cloudtrace.googleapis.com",
    "datastore.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "servicemanagement.googleapis.com",
    "serviceusage.googleapis.com",
    "storage-api.googleapis.com",
    "storage-component.googleapis.com",
    "storage.googleapis.com",
)
RESOURCE_MANAGER: Final = "cloudresourcemanager.googleapis.com"
APP_ENGINE: Final = "appengine.googleapis.com"
CLOUD_BUILD: Final = "cloudbuild.googleapis.com"
ARTIFACT_REGISTRY: Final = "artifactregistry.googleapis.com"
IAM: Final = "iam.googleapis.com"
SECRET_MANAGER: Final = "secretmanager.googleapis.com"  # noqa: S105 - a name
LOGGING: Final = "logging.googleapis.com"
STORAGE: Final = "storage.googleapis.com"
# As the console calls them.
_TITLES: Final[Mapping[str, str]] = {
    RESOURCE_MANAGER: "Cloud Resource Manager API",
    APP_ENGINE: "App Engine Admin API",
    CLOUD_BUILD: "Cloud Build API",
    ARTIFACT_REGISTRY: "Artifact Registry API",
    IAM: "Identity and Access Management (IAM) API",
    SECRET_MANAGER: "Secret Manager API",
    STORAGE: "Cloud Storage JSON API",
}


def ensure(tables: dict[str, Table], project: str) -> dict[str, Any]:
    """A project's row."""
    number = str(100000000000 + zlib.crc32(project.encode()))
    row: dict[str, Any] = tables["projects"].setdefault(project, {"number": number, "enabled": [*ENABLED]})
    return row


def number(account: Account, project: str) -> str:
    """A project's number."""
    with account.opened() as tables:
        return str(ensure(tables, project)["number"])


def is_enabled(account: Account, project: str, api: str) -> bool:
    """Whether a project has an API."""
    with account.opened() as tables:
        return api in ensure(tables, project)["enabled"]


def require(account: Account, project: str, api: str) -> None:
    """Refuse what needs an API that the project has not enabled."""
    if not is_enabled(account, project, api):
        title = _TITLES.get(api, api)
        where = f"https://console.developers.google.com/apis/api/{api}/overview?project={project}"
        raise ApiError(
            403,
            f"{title} has not been used in project {project} before or it is disabled. Enable it by visiting "
            f"{where} then retry. If you enabled this API recently, wait a few minutes for the action to "
            "propagate to our systems and retry.",
            "accessNotConfigured",
        )
