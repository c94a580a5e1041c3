"""Data sources: what a program may ask without managing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.plugins.gcp import projects
from sandbox.plugins.gcp.application import default_account
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.gcp.guest import cloud_logging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.gcp.base import Settings
    from sandbox.plugins.provider import Failure, Function
    from sandbox.plugins.values import Props

Answer = tuple["Props", tuple["Failure", ...]]


def make(account: Account, settings: Settings) -> Mapping[str, Function]:
    """The functions by token."""

    def get_project(_: Call, args: Props) -> Answer:
        project = str(args.get("projectId") or settings.project)
        projects.require(account, project, projects.RESOURCE_MANAGER)
        number = projects.number(account, project)
        labels: Props = {"labels": {}, "effectiveLabels": {}, "pulumiLabels": {}, "tags": {}}
        names = {"id": f"projects/{project}", "projectId": project, "name": project, "number": number}
        return {**labels, **names, "autoCreateNetwork": False, "deletionPolicy": "PREVENT"}, ()

    def get_client_config(_: Call, args: Props) -> Answer:
        del args
        answer = {"project": settings.project, "region": settings.region, "zone": settings.zone}
        return {
            **answer,
            "id": "projects//regions//zones/",
            "accessToken": cloud_logging.TOKEN,
            "defaultLabels": {},
        }, ()

    def get_default_service_account(_: Call, args: Props) -> Answer:
        project = str(args.get("project") or settings.project)
        email = default_account(project)
        if account.row("accounts", email) is None:
            raise ApiError(404, f"Service account {email} does not exist.")
        name = f"projects/{project}/serviceAccounts/{email}"
        about = {"displayName": "App Engine default service account", "uniqueId": "1", "id": name}
        return {
            **about,
            "email": email,
            "member": f"serviceAccount:{email}",
            "name": name,
            "project": project,
        }, ()

    return {
        "gcp:organizations/getProject:getProject": get_project,
        "gcp:organizations/getClientConfig:getClientConfig": get_client_config,
        "gcp:appengine/getDefaultServiceAccount:getDefaultServiceAccount": get_default_service_account,
    }
