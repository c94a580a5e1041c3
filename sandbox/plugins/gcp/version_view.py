"""What App Engine makes of a version's arguments: it fills in what was left out.

The provider reads that back and finds a difference at every plan:
https://github.com/hashicorp/terraform-provider-google/issues/13766 and …/9013.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.values import Props

# Filled in whole where they are left out; that alone is no difference.
FILLED: Final = frozenset({"handlers", "automaticScaling", "inboundServices", "libraries", "threadsafe"})
_SECURITY: Final = {
    "authFailAction": "AUTH_FAIL_ACTION_REDIRECT",
    "login": "LOGIN_OPTIONAL",
    "securityLevel": "SECURE_OPTIONAL",
}
_EVERYTHING: Final = {"urlRegex": ".*", "script": {"scriptPath": "auto"}, **_SECURITY}
_MAX_INSTANCES: Final = 20  # since March 2025
# Arguments that the API takes and never tells.
_UNSEEN: Final = ("deployment", "entrypoint", "envVariables", "noopOnDestroy", "deletionPolicy")


def filled(arguments: Props) -> Props:
    """The arguments with what the service adds to those that are given."""
    added: dict[str, Any] = {}
    if handlers := arguments.get("handlers"):
        added["handlers"] = _handlers(handlers)
    if "automaticScaling" in arguments:
        added["automaticScaling"] = _scaling(arguments["automaticScaling"])
    return {**arguments, **added}


def told(arguments: Props) -> Props:
    """What a reader is told of a version: also what was left out wholly."""
    everything = filled(arguments)
    defaults: dict[str, Any] = {"instanceClass": "F1"}
    if not {"basicScaling", "manualScaling"} & everything.keys():
        defaults["automaticScaling"] = _scaling({})
    unseen = {*_UNSEEN, "deleteServiceOnDestroy"}
    return {**defaults, **{name: value for name, value in everything.items() if name not in unseen}}


def _handlers(given: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    handlers = [{**_SECURITY, **handler} for handler in given]
    last = handlers[-1]
    if last.get("urlRegex") != ".*" or last.get("script", {}).get("scriptPath") != "auto":
        handlers.append(_EVERYTHING)
    return handlers


def _scaling(given: Mapping[str, Any]) -> dict[str, Any]:
    scheduler = {"maxInstances": float(_MAX_INSTANCES), **given.get("standardSchedulerSettings", {})}
    return {**given, "standardSchedulerSettings": scheduler}
