"""What two runs of a program register otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from unit.recorder import Recording


def differing(first: Recording, second: Recording) -> dict[str, set[str]]:
    """Return the resources that are others, by logical name, and which of their arguments are."""
    assert set(first.names()) == set(second.names())
    found = {}
    for each in first.resources:
        other = second[each.name].inputs
        keys = each.inputs.keys() | other.keys()
        found[each.name] = {key for key in keys if _plain(each.inputs.get(key)) != _plain(other.get(key))}
    return {name: keys for name, keys in found.items() if keys}


def _plain(value: Any) -> Any:
    """A file's path: two assets of one file are never equal."""
    return value.path if isinstance(value, pulumi.FileAsset) else value
