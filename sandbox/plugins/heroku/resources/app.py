"""heroku:app/app:App, as resource_heroku_app.go has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.calls import Call, HalfDoneError, RefusedError
from sandbox.plugins.heroku.client import AnswerError
from sandbox.plugins.heroku.resources.base import HerokuResource, prefixed

if TYPE_CHECKING:
    from sandbox.plugins.values import Props

PLAIN: Final = "configVars"
SENSITIVE: Final = "sensitiveConfigVars"


class App(HerokuResource):
    """An app with its config vars and buildpacks."""

    token = "heroku:app/app:App"  # noqa: S105 - a type's name
    force_new: ClassVar[frozenset[str]] = frozenset({"region", "space", "internalRouting"})
    kept: ClassVar[frozenset[str]] = frozenset(
        {"acm", "buildpacks", PLAIN, "internalRouting", SENSITIVE, "stack"}
    )
    secret: ClassVar[frozenset[str]] = frozenset({"allConfigVars", SENSITIVE})
    name_argument = "name"

    def make(self, call: Call, inputs: Props) -> str:
        """Make the app, then one by one what belongs to it: what fails leaves an app without the rest."""
        team = (inputs.get("organization") or {}).get("name")
        wanted = {name: inputs[name] for name in ("name", "region", "stack") if name in inputs}
        if team:
            made = self.client.ask(call, "POST", "/teams/apps", {**wanted, "team": team})
        else:
            made = self.client.ask(call, "POST", "/apps", wanted)
        identity = str(made["id"])
        try:
            _refuse_duplicates(inputs)
            self._set_config_vars(call, identity, {}, {**inputs.get(PLAIN, {}), **inputs.get(SENSITIVE, {})})
            if inputs.get("buildpacks"):
                self._set_buildpacks(call, identity, inputs["buildpacks"])
            if inputs.get("acm"):
                self.client.ask(call, "POST", f"/apps/{identity}/acm")
        except RefusedError as problem:
            raise HalfDoneError(str(problem), identity, {}) from problem
        return identity

    def look(self, identity: str, state: Props) -> Props | None:
        """What the API tells; of config vars in the arguments only those that are there."""
        call = self.looking
        try:
            app = self.client.ask(call, "GET", f"/apps/{identity}")
        except AnswerError as problem:
            if problem.identity == "not_found":
                return None
            raise
        installed = self.client.ask(call, "GET", f"/apps/{identity}/buildpack-installations")
        variables = self.client.ask(call, "GET", f"/apps/{identity}/config-vars")
        return {
            "acm": app["acm"],
            "allConfigVars": variables if self.client.access.all_in_state else {},
            "buildpacks": [one["buildpack"]["name"] for one in installed],
            PLAIN: _those_in(variables, state.get(PLAIN)),
            SENSITIVE: _those_in(variables, state.get(SENSITIVE)),
            "gitUrl": app["git_url"],
            "herokuHostname": app["web_url"].removeprefix("http://").removesuffix("/"),
            "internalRouting": False,
            "name": app["name"],
            "region": app["region"]["name"],
            "space": "",
            "stack": app["build_stack"]["name"],
            "uuid": app["id"],
            "webUrl": app["web_url"],
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change what differs from what was recorded. An argument that is absent is as it was recorded."""
        new = {**{name: value for name, value in old.items() if name in self.kept}, **new}
        wanted = {"name": "name", "stack": "build_stack"}
        changed = {api: new[name] for name, api in wanted.items() if new.get(name) != old.get(name)}
        self.client.ask(call, "PATCH", f"/apps/{identity}", changed)
        if new.get("buildpacks") != old.get("buildpacks"):
            self._set_buildpacks(call, identity, new.get("buildpacks") or [])
        _refuse_duplicates(new)
        before: Props = {}
        after: Props = {}
        for name in (PLAIN, SENSITIVE):
            if new.get(name, {}) != old.get(name, {}):
                before |= old.get(name, {})
                after |= new.get(name, {})
        self._set_config_vars(call, identity, before, after)
        if bool(new.get("acm")) != bool(old.get("acm")):
            self.client.ask(call, "POST" if new.get("acm") else "DELETE", f"/apps/{identity}/acm")

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete the app with all it has."""
        del state
        try:
            self.client.ask(call, "DELETE", f"/apps/{identity}")
        except RefusedError as problem:
            raise prefixed("error deleting App", problem) from problem

    def _set_buildpacks(self, call: Call, identity: str, buildpacks: list[str]) -> None:
        updates = {"updates": [{"buildpack": one} for one in buildpacks]}
        try:
            self.client.ask(call, "PUT", f"/apps/{identity}/buildpack-installations", updates)
        except RefusedError as problem:
            raise prefixed("Error updating buildpacks", problem) from problem

    def _set_config_vars(self, call: Call, identity: str, before: Props, after: Props) -> None:
        """Remove what was there before, set what is there after; then wait for the newest release."""
        changes = {**dict.fromkeys(before), **after}
        try:
            self.client.ask(call, "PATCH", f"/apps/{identity}/config-vars", changes)
        except RefusedError as problem:
            raise prefixed("Error updating config vars", problem) from problem
        self.await_release(call, identity)


def _those_in(variables: Props, wanted: Any) -> Props:
    return {name: value for name, value in variables.items() if name in (wanted or {})}


def _refuse_duplicates(inputs: Props) -> None:
    twice = sorted(inputs.get(PLAIN, {}).keys() & inputs.get(SENSITIVE, {}).keys())
    if twice:
        raise RefusedError(f"[ERROR] Detected duplicate config vars: [{' '.join(twice)}]")
