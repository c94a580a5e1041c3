"""heroku:app/configAssociation:ConfigAssociation, as resource_heroku_app_config_association.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.heroku.resources.base import HerokuResource, prefixed

if TYPE_CHECKING:
    from sandbox.plugins.values import Props

_BOTH: Final = ("vars", "sensitiveVars")


class ConfigAssociation(HerokuResource):
    """Config vars of an app that is managed elsewhere."""

    token = "heroku:app/configAssociation:ConfigAssociation"  # noqa: S105 - a type's name
    secret: ClassVar[frozenset[str]] = frozenset({"sensitiveVars"})

    def make(self, call: Call, inputs: Props) -> str:
        """Set them."""
        twice = sorted(inputs.get("vars", {}).keys() & inputs.get("sensitiveVars", {}).keys())
        if twice:
            raise RefusedError(f"[ERROR] Detected duplicate config vars: [{' '.join(twice)}]")
        self._set(call, inputs["appId"], {}, _merged(inputs))
        return f"config:{inputs['appId']}"

    def look(self, identity: str, state: Props) -> Props | None:
        """Those of them that are set."""
        del identity
        present = self.client.ask(self.looking, "GET", f"/apps/{state['appId']}/config-vars")
        found = {
            which: {name: value for name, value in present.items() if name in (state.get(which) or {})}
            for which in _BOTH
        }
        return {"appId": state["appId"], **found}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Set and remove what differs from what was recorded."""
        del identity
        changed = [which for which in _BOTH if new.get(which, {}) != old.get(which, {})]
        before = _merged({which: old.get(which, {}) for which in changed})
        after = _merged({which: new.get(which, {}) for which in changed})
        self._set(call, new["appId"], before, after)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Remove them."""
        del identity
        self._set(call, state["appId"], _merged(state), {})

    def _set(self, call: Call, app: str, before: Props, after: Props) -> None:
        changes = {**dict.fromkeys(before), **after}
        try:
            self.client.ask(call, "PATCH", f"/apps/{app}/config-vars", changes)
        except RefusedError as problem:
            raise prefixed("error updating config vars", problem) from problem
        self.await_release(call, app)


def _merged(inputs: Props) -> Props:
    return {**inputs.get("vars", {}), **inputs.get("sensitiveVars", {})}
