"""Who may do what: policies of projects, buckets and secrets, and the permissions that roles hold.

Permissions are those that this emulator asks for; the roles' real lists are much longer:
https://cloud.google.com/iam/docs/roles-permissions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sandbox.plugins.gcp.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.cloud.account import Account, Table

READ_OBJECT: Final = "storage.objects.get"
WRITE_IMAGE: Final = "artifactregistry.repositories.uploadArtifacts"
WRITE_LOG: Final = "logging.logEntries.create"
READ_SECRET: Final = "secretmanager.versions.access"  # noqa: S105 - a permission's name

_STORAGE: Final = frozenset({READ_OBJECT})
_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "roles/artifactregistry.admin": frozenset({WRITE_IMAGE}),
    "roles/artifactregistry.createOnPushRepoAdmin": frozenset({WRITE_IMAGE}),
    "roles/artifactregistry.createOnPushWriter": frozenset({WRITE_IMAGE}),
    "roles/artifactregistry.repoAdmin": frozenset({WRITE_IMAGE}),
    "roles/artifactregistry.writer": frozenset({WRITE_IMAGE}),
    "roles/cloudbuild.builds.builder": frozenset({READ_OBJECT, WRITE_IMAGE, WRITE_LOG}),
    "roles/editor": frozenset({READ_OBJECT, WRITE_IMAGE, WRITE_LOG}),
    "roles/logging.admin": frozenset({WRITE_LOG}),
    "roles/logging.logWriter": frozenset({WRITE_LOG}),
    "roles/owner": frozenset({READ_OBJECT, WRITE_IMAGE, WRITE_LOG, READ_SECRET}),
    "roles/secretmanager.admin": frozenset({READ_SECRET}),
    "roles/secretmanager.secretAccessor": frozenset({READ_SECRET}),
    "roles/storage.admin": _STORAGE,
    "roles/storage.legacyObjectOwner": _STORAGE,
    "roles/storage.legacyObjectReader": _STORAGE,
    "roles/storage.objectAdmin": _STORAGE,
    "roles/storage.objectUser": _STORAGE,
    "roles/storage.objectViewer": _STORAGE,
}
_ROLE: Final = re.compile(r"roles/[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)*|(projects|organizations)/[^/]+/roles/[\w.]+")
PUBLIC: Final = frozenset({"allUsers", "allAuthenticatedUsers"})


def bind(account: Account, resource: str, role: str, member: str) -> None:
    """Give a role; ApiError for a role or a member that there is not."""
    kind, _, name = member.partition(":")
    with account.opened() as tables:
        if not _ROLE.fullmatch(role):
            raise ApiError(400, f"Role {role} is not supported for this resource.")
        if kind == "serviceAccount" and not _exists(tables, name):
            raise ApiError(400, f"Service account {name} does not exist.")
        bindings = tables["policies"].setdefault(resource, {"bindings": []})["bindings"]
        if [role, member] not in bindings:
            bindings.append([role, member])


def unbind(account: Account, resource: str, role: str, member: str) -> None:
    """Take a role away."""
    with account.opened() as tables:
        row = tables["policies"].get(resource)
        if row is not None:
            row["bindings"] = [one for one in row["bindings"] if one != [role, member]]
            if not row["bindings"]:
                del tables["policies"][resource]


def is_bound(account: Account, resource: str, role: str, member: str) -> bool:
    """Whether somebody has a role there."""
    row = account.row("policies", resource)
    return row is not None and [role, member] in row["bindings"]


def allows(tables: Mapping[str, Table], resources: tuple[str, ...], permission: str, email: str) -> bool:
    """Whether a service account has a permission by a role on any of the resources."""
    if not _exists(tables, email):
        return False
    members = {f"serviceAccount:{email}", *PUBLIC}
    return any(
        member in members and permission in _ROLES.get(role, ())
        for resource in resources
        for role, member in tables["policies"].get(resource, {"bindings": []})["bindings"]
    )


def _exists(tables: Mapping[str, Table], email: str) -> bool:
    """Whether a service account exists; those of Google's own, and of other projects, do."""
    own = re.fullmatch(r"[^@]+@([^.]+)\.iam\.gserviceaccount\.com", email)
    return own is None or own[1] not in tables["projects"] or email in tables["accounts"]
