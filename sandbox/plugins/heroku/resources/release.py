"""heroku:app/release:Release, as resource_heroku_app_release.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.heroku.resources.base import HerokuResource, prefixed
from sandbox.plugins.heroku.retry import poll

if TYPE_CHECKING:
    from sandbox.plugins.values import Props


class Release(HerokuResource):
    """A release of a slug that was built before."""

    token = "heroku:app/release:Release"  # noqa: S105 - a type's name
    force_new: ClassVar[frozenset[str]] = frozenset({"appId", "slugId"})
    kept: ClassVar[frozenset[str]] = frozenset({"description"})

    def make(self, call: Call, inputs: Props) -> str:
        """Release it, and wait for its release phase."""
        app = inputs["appId"]
        wanted = {"slug": inputs["slugId"], "description": inputs.get("description")}
        identity = str(self.client.ask(call, "POST", f"/apps/{app}/releases", wanted)["id"])
        path = f"/apps/{app}/releases/{identity}"
        status = poll(call, lambda: str(self.client.ask(call, "GET", path)["status"]))
        if status != "succeeded":
            raise RefusedError(
                f"[ERROR] Error waiting for new release ({identity}) to succeed: unexpected state "
                f"'{status}', wanted target 'succeeded'. last error: %!s(<nil>)"
            )
        return identity

    def look(self, identity: str, state: Props) -> Props | None:
        """What the API tells; not whether it is the present one."""
        try:
            found = self.client.ask(self.looking, "GET", f"/apps/{state['appId']}/releases/{identity}")
        except RefusedError as problem:
            raise prefixed("[ERROR] error retrieving app release", problem) from problem
        slug = (found["slug"] or {}).get("id", "")
        return {"appId": found["app"]["id"], "slugId": slug, "description": found["description"]}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Nothing can be changed."""
        del call, identity
        if new.get("description", old.get("description")) != old.get("description"):
            raise RefusedError(
                "you cannot update an existing release's description. Please create a new release instead"
            )

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Nothing is removed: the API has no such thing."""
