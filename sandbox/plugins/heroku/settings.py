"""The provider's own settings, as the Terraform provider's schema has them (provider.go, config.go)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.values import opened
from sandbox.plugins.heroku.client import Access
from sandbox.plugins.values import Props, Wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

# Lists of one element are objects to Pulumi; `customizations` may have two elements, so it is a list.
_KINDS: Final[Mapping[str, type]] = {
    "apiKey": str,
    "customizations": list,
    "delays": dict,
    "email": str,
    "headers": str,
    "timeouts": dict,
    "url": str,
}
_WORDS: Final[Mapping[type, str]] = {str: "string", list: "array", dict: "object"}
_ADDED: Final = ("version", "pluginDownloadURL")  # by the SDK


def check(settings: Props) -> Props:
    """Refuse settings that the provider does not have, or of another kind. Nothing is asked of Heroku."""
    for name, value in settings.items():
        if (isinstance(value, Wrapped) and not value.known) or name in _ADDED or name.startswith("__"):
            continue
        kind = _KINDS.get(name)
        if kind is None:
            raise RefusedError(f"could not validate provider configuration: Invalid or unknown key {name}")
        found = _decoded(value) if kind is not str else opened(value)
        if not isinstance(found, kind):
            got = _WORDS.get(type(found), "number")
            text = f"expected {_WORDS[kind]} type, got {got} type"
            raise RefusedError(f"could not validate provider configuration: {name}: {text}")
    return settings


def access(settings: Props) -> Access:
    """How the API is reached. RefusedError for what the provider refuses when it is configured."""
    check(settings)
    plain = {name: opened(value) for name, value in settings.items()}
    customizations = _decoded(plain.get("customizations")) or []
    if len(customizations) > 1:
        raise RefusedError("Provider configuration error: only one customizations block is permitted")
    if headers := plain.get("headers"):
        try:
            json.loads(headers)
        except ValueError as problem:
            raise RefusedError(str(problem)) from problem
    whole = customizations[0].get("setAppAllConfigVarsInState", True) if customizations else True
    return Access.of(
        plain.get("apiKey") or "",
        plain.get("url") or "",
        all_in_state=whole not in {False, "false"},
    )


def _decoded(value: Any) -> Any:
    """A setting that is no text: it travels as JSON in one."""
    plain = opened(value)
    if not isinstance(plain, str):
        return plain
    try:
        return json.loads(plain)
    except ValueError:
        return plain
