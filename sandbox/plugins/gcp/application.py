"""gcp:appengine/application:Application, as resource_app_engine_application.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.gcp import bucket, names, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.provider import Diff
    from sandbox.plugins.values import Props


class Application(GcpResource):
    """A project's one app: made once, never deleted, its location never changed."""

    token = "gcp:appengine/application:Application"  # noqa: S105 - a type's name
    noun = "App Engine application"
    api = projects.APP_ENGINE
    force_new: ClassVar[frozenset[str]] = frozenset({"project"})
    kept: ClassVar[frozenset[str]] = frozenset(
        {"project", "authDomain", "databaseType", "featureSettings", "servingStatus", "sslPolicy"}
    )
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "servingStatus": ("UNSPECIFIED", "SERVING", "USER_DISABLED", "SYSTEM_DISABLED"),
        "databaseType": ("CLOUD_FIRESTORE", "CLOUD_DATASTORE_COMPATIBILITY"),
    }

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """A project that can't be one."""
        yield from super().refusals(inputs)
        project = self.project(inputs)
        if project and not names.PROJECT.fullmatch(project):
            yield Failure("", f'"project" ("{project}") is no id of a project')

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare; another location is refused here, in the preview already."""
        found = super().diff(call, old, new)
        if ("locationId",) in found.detailed:
            text = "Cannot change location_id once the resource is created."
            raise RefusedError(f"diffing {call.urn}: 1 error occurred:\n\t* {text}\n\n")
        return found

    def make(self, call: Call, inputs: Props) -> str:
        """Make it, unless the project has one."""
        del call
        project, location = self.project(inputs), inputs["locationId"]
        with self.apps.alone(project):
            if self.account.row("applications", project) is not None:
                raise ApiError(409, "This application already exists and cannot be re-created.")
            if location not in names.REGION_IDS:
                raise ApiError(400, f"Invalid location: {location}", "badRequest")
            record(self.account, project, location)
            self.account.change("applications", project, **_settings(inputs))
            self.apps.ready(project)
        return project

    def look(self, identity: str, state: Props) -> Props | None:
        """What there is of it."""
        del state
        projects.require(self.account, identity, self.api)
        row = self.account.row("applications", identity)
        if row is None:
            return None
        return {
            "appId": identity,
            "authDomain": row.get("auth_domain", "gmail.com"),
            "codeBucket": f"staging.{identity}.appspot.com",
            "databaseType": row.get("database_type", "CLOUD_DATASTORE_COMPATIBILITY"),
            "defaultBucket": f"{identity}.appspot.com",
            "defaultHostname": names.hostname(identity, row["location"]),
            "featureSettings": {"splitHealthChecks": True},
            "gcrDomain": names.registry(row["location"]),
            "locationId": row["location"],
            "name": f"apps/{identity}",
            "project": identity,
            "servingStatus": row.get("serving_status", "SERVING"),
            "urlDispatchRules": [],
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change whether it serves, and whom it lets in."""
        del call, old
        with self.wrapped("Error updating App Engine application"), self.apps.alone(identity):
            projects.require(self.account, identity, self.api)
            self.account.change("applications", identity, **_settings(new))
            self.apps.publish(identity)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Nothing is deleted: there is no such request."""
        del identity, state
        call.log(
            "App Engine applications cannot be destroyed once created. The project must be deleted to "
            "delete the application.",
            "warning",
        )


def record(account: Account, project: str, location: str) -> None:
    """Write an application down, with the buckets that come with it; its machine boots when it is needed."""
    account.put("applications", project, {"location": location})
    # Since 2024 it has no role of its own: iam.automaticIamGrantsForDefaultServiceAccounts.
    account.put("accounts", default_account(project), {"project": project, "id": project})
    for name in (f"staging.{project}.appspot.com", f"{project}.appspot.com"):
        account.put("buckets", name, bucket.row(project, location))


def default_account(project: str) -> str:
    """The service account of versions that name none."""
    return f"{project}@appspot.gserviceaccount.com"


def _settings(inputs: Props) -> dict[str, str]:
    stored = {"servingStatus": "serving_status", "authDomain": "auth_domain", "databaseType": "database_type"}
    return {ours: str(inputs[name]) for name, ours in stored.items() if name in inputs}
