"""What Cloud Build needs before it builds a version: the source, APIs, roles of the version's account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.plugins.gcp import document, iam, projects
from sandbox.plugins.gcp.errors import OperationError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.values import Props

_STORAGE: Final = "https://storage.googleapis.com/"


def source(account: Account, inputs: Props) -> Path:
    """The archive in Cloud Storage. OperationError, code 3, when it is not there."""
    url = (inputs["deployment"].get("zip") or {}).get("sourceUrl", "")
    if not url:
        raise OperationError(3, "Sandbox: only deployment.zip is emulated, not deployment.files.")
    found = account.row("objects", url.removeprefix(_STORAGE))
    if found is None:
        raise OperationError(3, f"Source {url} does not exist or can't be read.")
    return account.folder / "objects" / str(found["content"])


def admit(account: Account, project: str, email: str, inputs: Props) -> None:
    """Refuse a build that lacks an API or a role, with code 13."""
    for api in (projects.CLOUD_BUILD, projects.ARTIFACT_REGISTRY):
        if not projects.is_enabled(account, project, api):
            raise OperationError(13, f"Failed to create cloud build: {api} is not enabled in {project}.")
    url = str(inputs["deployment"]["zip"]["sourceUrl"])
    own = url.removeprefix(_STORAGE).partition("/")[0]
    tables, whole = document.present(account), f"projects/{project}"
    for bucket in (f"staging.{project}.appspot.com", own):
        if not iam.allows(tables, (f"buckets/{bucket}", whole), iam.READ_OBJECT, email):
            raise OperationError(
                13,
                f'Failed to create cloud build: invalid bucket "{bucket}"; service account {email} does not '
                "have access to the bucket",
            )
    for permission in (iam.WRITE_IMAGE, iam.WRITE_LOG):
        if not iam.allows(tables, (whole,), permission, email):
            text = f"Failed to create cloud build: service account {email} lacks {permission}"
            raise OperationError(13, text)
