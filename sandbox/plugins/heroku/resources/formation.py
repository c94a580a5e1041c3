"""heroku:formation/formation:Formation, as resource_heroku_formation.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.calls import Call, HalfDoneError, RefusedError
from sandbox.plugins.heroku.resources.base import HerokuResource, prefixed

if TYPE_CHECKING:
    from sandbox.plugins.provider import Diff
    from sandbox.plugins.values import Props


class Formation(HerokuResource):
    """How many dynos of which size run one process type. It is never made nor unmade, only scaled."""

    token = "heroku:formation/formation:Formation"  # noqa: S105 - a type's name
    force_new: ClassVar[frozenset[str]] = frozenset({"appId"})

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare; sizes in the provider's own spelling of them."""
        spelled = [{**props, "size": _spelled(props.get("size"))} for props in (old, new)]
        return super().diff(call, *spelled)

    def make(self, call: Call, inputs: Props) -> str:
        """Scale what a build has brought."""
        app = inputs["appId"]
        self._require_app(call, app)
        wanted = {"size": inputs["size"], "quantity": int(inputs["quantity"])}
        return self._scale(call, app, inputs["type"], wanted)

    def look(self, identity: str, state: Props) -> Props | None:
        """What the API tells. What is gone is an error to the provider."""
        try:
            found = self.client.ask(self.looking, "GET", f"/apps/{state['appId']}/formation/{identity}")
        except RefusedError as problem:
            raise prefixed("error retrieving formation", problem) from problem
        return {
            "appId": found["app"]["id"],
            "quantity": found["quantity"],
            "size": found["size"],
            "type": found["type"],
        }

    def update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Scale. Here what failed is not taken for done: the provider says that it is partial."""
        try:
            return super().update(call, state, inputs)
        except HalfDoneError as problem:
            raise HalfDoneError(str(problem), call.id, state) from problem

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Scale what is recorded otherwise."""
        del identity
        wanted: Props = {}
        if _spelled(new["size"]) != _spelled(old.get("size")):
            wanted["size"] = _spelled(new["size"])
        if new["quantity"] != old.get("quantity"):
            wanted["quantity"] = int(new["quantity"])
        self._require_app(call, new["appId"])
        self._scale(call, new["appId"], new["type"], wanted)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Nothing is scaled down: the API has no such thing."""

    def _state(self, identity: str, inputs: Props, before: Props) -> Props:
        """What is recorded: the size in the provider's own spelling."""
        state = super()._state(identity, inputs, before)
        return {**state, "size": _spelled(state["size"])}

    def _require_app(self, call: Call, app: str) -> None:
        try:
            self.client.ask(call, "GET", f"/apps/{app}")
        except RefusedError as problem:
            raise RefusedError("[ERROR] Your app does not exist") from problem

    def _scale(self, call: Call, app: str, process: str, wanted: Props) -> str:
        return str(self.client.ask(call, "PATCH", f"/apps/{app}/formation/{process}", wanted)["id"])


def _spelled(size: object) -> object:
    """The first word with a capital, the others in capitals."""
    if not isinstance(size, str):
        return size
    first, *others = size.split("-")
    return "-".join([first[:1].upper() + first[1:], *map(str.upper, others)])
