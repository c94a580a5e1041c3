"""gcp:appengine/engineSplitTraffic and …/serviceNetworkSettings: who gets which version, and who may ask.

Both are parts of a service, so there is nothing to delete.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from sandbox.plugins.gcp import document, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

_SHARDS: Final = ("UNSPECIFIED", "COOKIE", "IP", "RANDOM")
_INGRESS: Final = tuple(
    f"INGRESS_TRAFFIC_ALLOWED_{kind}" for kind in ("UNSPECIFIED", "ALL", "INTERNAL_ONLY", "INTERNAL_AND_LB")
)


class _PartOfService(GcpResource):
    """Something that a service has: its id is the service's."""

    api = projects.APP_ENGINE
    force_new: ClassVar[frozenset[str]] = frozenset({"service", "project"})
    kept: ClassVar[frozenset[str]] = frozenset({"project"})

    def make(self, call: Call, inputs: Props) -> str:
        """Send it."""
        del call
        project = self.project(inputs)
        with self.apps.alone(project):
            self._send(project, inputs)
        return f"apps/{project}/services/{inputs['service']}"

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Send it again."""
        del call, old
        project = identity.split("/")[1]
        with self.wrapped(f'Error updating {self.noun} "{identity}"'), self.apps.alone(project):
            projects.require(self.account, project, self.api)
            self._send(project, new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Nothing is deleted."""

    @abstractmethod
    def _send(self, project: str, inputs: Props) -> None:
        """Ask the service for what the arguments say."""

    def _service(self, project: str, service: str) -> None:
        """Refuse a service that is not there."""
        if self.account.row("services", f"{project}/{service}") is None:
            raise ApiError(404, f"Could not find Service {service} of app {project}.")


class EngineSplitTraffic(_PartOfService):
    """The split of a service's traffic. Reading never looks at it: what others change is not seen."""

    token = "gcp:appengine/engineSplitTraffic:EngineSplitTraffic"  # noqa: S105 - a type's name
    noun = "EngineSplitTraffic"

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema."""
        yield from super().refusals(inputs)
        split = inputs.get("split", {})
        if split.get("shardBy", "COOKIE") not in _SHARDS:
            yield Failure(
                "", f"expected split.0.shard_by to be one of {list(_SHARDS)}, got {split['shardBy']}"
            )
        for version, part in split.get("allocations", {}).items():
            if not _number(part):
                yield Failure("", f"split.0.allocations.{version}: {part!r} is no number")

    def look(self, identity: str, state: Props) -> Props | None:
        """The service is there: that is all that is asked."""
        _, project, _, service = identity.split("/")
        projects.require(self.account, project, self.api)
        if self.account.row("services", f"{project}/{service}") is None:
            return None
        recorded: Props = {name: state[name] for name in ("split", "migrateTraffic") if name in state}
        return {"project": project, "service": service, **recorded}

    def _send(self, project: str, inputs: Props) -> None:
        service, split = inputs["service"], inputs["split"]
        self._service(project, service)
        parts = {version: float(part) for version, part in split["allocations"].items()}
        shard = split.get("shardBy", "")
        with self.account.opened() as tables:
            present = document.versions(tables, project, service)
            for version in parts:
                if version not in present:
                    raise ApiError(400, f"Version '{version}' of service '{service}' does not exist.")
            _check(parts, shard)
            if inputs.get("migrateTraffic"):
                _check_migration(present, parts, shard)
            tables["services"][f"{project}/{service}"].update(split=parts, shard_by=shard)
        self.apps.publish(project)


class ServiceNetworkSettings(_PartOfService):
    """From where a service may be asked."""

    token = "gcp:appengine/serviceNetworkSettings:ServiceNetworkSettings"  # noqa: S105 - a type's name
    noun = "ServiceNetworkSettings"

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema."""
        yield from super().refusals(inputs)
        given = inputs.get("networkSettings", {}).get("ingressTrafficAllowed", _INGRESS[0])
        if given not in _INGRESS:
            start = "expected network_settings.0.ingress_traffic_allowed to be one of"
            yield Failure("", f"{start} {list(_INGRESS)}, got {given}")

    def look(self, identity: str, state: Props) -> Props | None:
        """What the service has."""
        del state
        _, project, _, service = identity.split("/")
        projects.require(self.account, project, self.api)
        row = self.account.row("services", f"{project}/{service}")
        if row is None:
            return None
        network = {"ingressTrafficAllowed": row.get("ingress", _INGRESS[0])}
        return {"project": project, "service": service, "networkSettings": network}

    def _send(self, project: str, inputs: Props) -> None:
        self._service(project, inputs["service"])
        given = inputs["networkSettings"].get("ingressTrafficAllowed", _INGRESS[0])
        self.account.change("services", f"{project}/{inputs['service']}", ingress=given)
        self.apps.publish(project)


def _number(text: object) -> bool:
    try:
        return 0 <= float(str(text)) <= 1
    except ValueError:
        return False


def _check(parts: dict[str, float], shard: str) -> None:
    """https://cloud.google.com/appengine/docs/admin-api/reference/rest/v1/apps.services#TrafficSplit."""
    if not parts:
        raise ApiError(400, "A traffic split needs at least one allocation.")
    if abs(sum(parts.values()) - 1) > 1e-6:
        raise ApiError(400, f"Allocations of a traffic split must sum to 1, not {sum(parts.values()):g}.")
    digits = 2 if shard == "IP" else 3
    for version, part in parts.items():
        if round(part, digits) != part:
            raise ApiError(400, f"Allocation of '{version}' has more than {digits} decimal digits.")
    if len(parts) > 1 and shard in {"", "UNSPECIFIED"}:
        raise ApiError(400, "A split among several versions needs shard_by.")


def _check_migration(present: dict[str, object], parts: dict[str, float], shard: str) -> None:
    """https://cloud.google.com/appengine/docs/admin-api/migrating-splitting-traffic."""
    if shard in {"", "UNSPECIFIED"} or len(parts) > 1:
        raise ApiError(400, "Gradual migration of traffic needs shard_by and one target version.")
    row = present[next(iter(parts))]
    arguments = row["arguments"] if isinstance(row, dict) else {}
    if "INBOUND_SERVICE_WARMUP" not in arguments.get("inboundServices", []):
        raise ApiError(400, "Gradual migration of traffic needs a version with warmup requests.")
    if {"basicScaling", "manualScaling"} & arguments.keys():
        raise ApiError(400, "Gradual migration of traffic needs automatic scaling.")
