"""heroku:domain/domain:Domain, as resource_heroku_domain.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.heroku.resources.base import HerokuResource, prefixed

if TYPE_CHECKING:
    from sandbox.plugins.values import Props


class Domain(HerokuResource):
    """A hostname that an app answers for."""

    token = "heroku:domain/domain:Domain"  # noqa: S105 - a type's name
    force_new: ClassVar[frozenset[str]] = frozenset({"appId", "hostname"})

    def make(self, call: Call, inputs: Props) -> str:
        """Add it."""
        wanted = {"hostname": inputs["hostname"], "sni_endpoint": inputs.get("sniEndpointId")}
        return str(self.client.ask(call, "POST", f"/apps/{inputs['appId']}/domains", wanted)["id"])

    def look(self, identity: str, state: Props) -> Props | None:
        """What the API tells. What is gone is an error to the provider."""
        try:
            found = self.client.ask(self.looking, "GET", f"/apps/{state['appId']}/domains/{identity}")
        except RefusedError as problem:
            raise prefixed("Error retrieving domain", problem) from problem
        return {"appId": found["app"]["id"], "cname": found["cname"], "hostname": found["hostname"]}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Choose another certificate."""
        wanted: Props = {}
        if new.get("sniEndpointId") != old.get("sniEndpointId"):
            wanted["sni_endpoint"] = new.get("sniEndpointId") or ""
        self.client.ask(call, "PATCH", f"/apps/{new['appId']}/domains/{identity}", wanted)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Remove it."""
        try:
            self.client.ask(call, "DELETE", f"/apps/{state['appId']}/domains/{identity}")
        except RefusedError as problem:
            raise prefixed("Error deleting domain", problem) from problem
