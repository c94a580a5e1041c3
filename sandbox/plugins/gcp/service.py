"""gcp:projects/service:Service, as resource_google_project_service.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.gcp import names, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class Service(GcpResource):
    """An enabled API. Its destruction leaves it enabled, unless `disableOnDestroy` is set."""

    token = "gcp:projects/service:Service"  # noqa: S105 - a type's name
    noun = "Project Service"
    api = "serviceusage.googleapis.com"
    force_new: ClassVar[frozenset[str]] = frozenset({"service", "project"})
    kept: ClassVar[frozenset[str]] = frozenset({"project", "deletionPolicy"})
    defaults: ClassVar[Mapping[str, Any]] = {"disableOnDestroy": False}

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """A name that is no API's."""
        yield from super().refusals(inputs)
        name = str(inputs.get("service", "x.googleapis.com"))
        if not names.API.fullmatch(name):
            yield Failure("", f'"service" ("{name}") is not a valid name of an API, such as x.googleapis.com')

    def make(self, call: Call, inputs: Props) -> str:
        """Enable it."""
        del call
        project = self.project(inputs)
        with self.account.opened() as tables:
            enabled = projects.ensure(tables, project)["enabled"]
            if inputs["service"] not in enabled:
                enabled.append(inputs["service"])
        self.apps.publish(project)
        return f"{project}/{inputs['service']}"

    def look(self, identity: str, state: Props) -> Props | None:
        """Whether it is enabled. To look, the provider asks Resource Manager for the project."""
        project, _, name = identity.rpartition("/")
        projects.require(self.account, project, projects.RESOURCE_MANAGER)
        if not projects.is_enabled(self.account, project, name):
            return None
        del state
        return {"project": project, "service": name}

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Disable it if that is wanted; what depends on it stands in the way."""
        del call
        if not state.get("disableOnDestroy"):
            return
        project, _, name = identity.rpartition("/")
        with self.account.opened() as tables:
            enabled = projects.ensure(tables, project)["enabled"]
            used = [one for one in _NEEDS.get(name, ()) if one in enabled]
            if used and not state.get("disableDependentServices"):
                raise ApiError(
                    400,
                    f"The service {name} is depended on by the following active service(s): "
                    f"{','.join(used)}; Please specify disable_dependent_services=true if you want to "
                    "proceed with disabling all services.",
                    "failedPrecondition",
                )
            gone = {name, *used}
            projects.ensure(tables, project)["enabled"] = [one for one in enabled if one not in gone]
        self.apps.publish(project)


_NEEDS = {
    "storage.googleapis.com": ("cloudbuild.googleapis.com", "artifactregistry.googleapis.com"),
    "cloudbuild.googleapis.com": ("appengine.googleapis.com",),
}
