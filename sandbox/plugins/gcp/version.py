"""gcp:appengine/standardAppVersion: resource_app_engine_standard_app_version.go."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.values import opened
from sandbox.plugins.gcp import cloud_build, document, projects, version_rules, version_view
from sandbox.plugins.gcp.application import default_account
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.provider import Diff, Failure
    from sandbox.plugins.values import Props

MOST: Final = 210  # versions of an app: https://cloud.google.com/appengine/docs/standard/quotas
_USERS: Final = 30000  # from here on versions' own users are numbered


class StandardAppVersion(GcpResource):
    """A version of a service. To create and to change it is one request: build, and replace what is there."""

    token = "gcp:appengine/standardAppVersion:StandardAppVersion"  # noqa: S105 - a type's name
    noun = "StandardAppVersion"
    api = projects.APP_ENGINE
    force_new: ClassVar[frozenset[str]] = frozenset({"versionId", "project", "appEngineApis"})
    kept: ClassVar[frozenset[str]] = frozenset(
        {"project", "versionId", "serviceAccount", "instanceClass", *version_view.FILLED}
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        "deleteServiceOnDestroy": False,
        "deletionPolicy": "DELETE",
        "noopOnDestroy": False,
    }

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema."""
        yield from super().refusals(inputs)
        yield from version_rules.failures(inputs)

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare with what the service has made of the arguments: what it fills in differs for ever."""
        return super().diff(call, version_view.filled(opened(old)), new)

    def make(self, call: Call, inputs: Props) -> str:
        """Deploy it, over another one of that id if there is one."""
        del call
        project, service = self.project(inputs), inputs["service"]
        version = inputs.get("versionId") or time.strftime("%Y%m%dt%H%M%S", time.gmtime())
        with self.apps.alone(project):
            waiting = (
                "Error waiting to create StandardAppVersion: Error waiting for Creating StandardAppVersion"
            )
            self._deploy(project, service, version, inputs, waiting)
        return f"apps/{project}/services/{service}/versions/{version}"

    def look(self, identity: str, state: Props) -> Props | None:
        """What the API tells: not the source, not the entrypoint, not the environment."""
        project, service, version = _parts(identity)
        projects.require(self.account, project, self.api)
        row = self.account.row("versions", f"{project}/{service}/{version}")
        if row is None:
            return None
        told = version_view.told(row["arguments"])
        unseen = ("deployment", "entrypoint", "envVariables", "deleteServiceOnDestroy", "deletionPolicy")
        recorded = {name: state[name] for name in (*unseen, "noopOnDestroy") if name in state}
        return {
            **recorded,
            **told,
            "name": identity,
            "project": project,
            "service": service,
            "serviceAccount": row["account"],
            "versionId": version,
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Deploy all of it again, whatever has changed."""
        del call, old
        project, _, version = _parts(identity)
        with self.wrapped(f'Error updating StandardAppVersion "{identity}"'), self.apps.alone(project):
            projects.require(self.account, project, self.api)
            waiting = "Error waiting for Updating StandardAppVersion"
            self._deploy(project, new["service"], version, new, waiting)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete it; what gets traffic can't be."""
        del call
        project, service, version = _parts(identity)
        if state.get("noopOnDestroy") or state.get("deletionPolicy") == "ABANDON":
            return
        if state.get("deletionPolicy") == "PREVENT":
            raise RefusedError(
                "cannot destroy AppVersion without setting deletion_policy to DELETE or ABANDON"
            )
        with self.apps.alone(project), self.wrapped("Error when reading or editing StandardAppVersion"):
            projects.require(self.account, project, self.api)
            if state.get("deleteServiceOnDestroy"):
                self._delete_service(project, service)
            else:
                self._delete(project, service, version)
            self.apps.publish(project)

    def _delete(self, project: str, service: str, version: str) -> None:
        """Delete a version. https://cloud.google.com/appengine/docs/admin-api/deleting-services-versions."""
        with self.account.opened() as tables:
            row = tables["services"].get(f"{project}/{service}", {"split": {}})
            if row["split"].get(version):
                raise ApiError(
                    400,
                    "Cannot delete a version with a non-zero traffic allocation. "
                    f"Version {service}/{version}",
                    "failedPrecondition",
                )
            tables["versions"].pop(f"{project}/{service}/{version}", None)

    def _delete_service(self, project: str, service: str) -> None:
        """Delete a service with all its versions; the default one can't be."""
        if service == "default":
            raise ApiError(400, "The default service (module) may not be deleted.", "badRequest")
        with self.account.opened() as tables:
            for version in document.versions(tables, project, service):
                del tables["versions"][f"{project}/{service}/{version}"]
            tables["services"].pop(f"{project}/{service}", None)

    def _deploy(self, project: str, service: str, version: str, inputs: Props, waiting: str) -> None:
        """Post it and wait for the operation, whose failure `waiting` introduces."""
        account = inputs.get("serviceAccount") or default_account(project)
        self._accept(project, service, version, account)
        with self.wrapped(waiting):
            archive = cloud_build.source(self.account, inputs)
            cloud_build.admit(self.account, project, account, inputs)
            build = uuid.uuid4().hex
            key = f"{project}/{service}/{version}"
            user = self._user(key)
            order = {"build": build, "user": user, "handlers": inputs.get("handlers", [])}
            layer = self.apps.build(project, archive, order)
        row = {"arguments": inputs, "account": account, "build": build, "layer": layer, "user": user}
        with self.account.opened() as tables:
            former = tables["versions"].get(key)
            tables["versions"][key] = row
            # The first version of a service gets its traffic by itself; later ones get none.
            tables["services"].setdefault(f"{project}/{service}", {"split": {version: 1}, "shard_by": ""})
        self.apps.publish(project)
        if former is not None:
            self.apps.forget(project, former["build"])

    def _accept(self, project: str, service: str, version: str, account: str) -> None:
        """What the request itself is refused for."""
        with self.account.opened() as tables:
            if project not in tables["applications"]:
                raise ApiError(404, f"Could not find Application {project}.")
            own = document.services(tables, project)
            if not own and service != "default":
                raise ApiError(
                    400,
                    "The first service (module) you upload to a new application must be the 'default' "
                    "service (module). Please upload a version of the 'default' service (module) before "
                    f"uploading a version for the '{service}' service (module).",
                )
            number = sum(len(document.versions(tables, project, one)) for one in own)
            if number >= MOST and version not in document.versions(tables, project, service):
                raise ApiError(400, f"Your app may not have more than {MOST} versions.", "failedPrecondition")
            if account not in tables["accounts"]:
                raise ApiError(400, f"Service account {account} does not exist.", "badRequest")

    def _user(self, key: str) -> int:
        """The number of a version's own user."""
        with self.account.opened() as tables:
            if (former := tables["versions"].get(key)) is not None:
                return int(former["user"])
            row = tables["counters"].setdefault("users", {"last": _USERS})
            row["last"] += 1
            return int(row["last"])


def _parts(identity: str) -> tuple[str, str, str]:
    """Project, service and version of apps/P/services/S/versions/V."""
    _, project, _, service, _, version = identity.split("/")
    return project, service, version
