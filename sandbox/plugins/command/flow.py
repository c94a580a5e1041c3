"""How secrets and unknown values flow from inputs to outputs in the official plugin's library.

Its rules are by name and by comparison, so they have surprises, which are kept: a secret that is
not known yet comes out of a check as a known zero value; an asset counts as changed whenever
anything did.
"""

from __future__ import annotations

from typing import Any

from sandbox.plugins.command.shapes import ListOf, MapOf, Shape, Struct
from sandbox.plugins.values import Asset, Props, Wrapped, bare, equal, holds_secret, wrap


def with_secrets(value: Any, shape: Shape) -> Any:
    """The value with everything secret that the schema calls secret."""
    inner = bare(value)
    if isinstance(inner, dict) and isinstance(shape, Struct):
        secret = {f.name: f.secret for f in shape.fields}
        shapes = {f.name: f.shape for f in shape.fields}
        inner = {
            k: wrap(with_secrets(v, shapes[k]), secret=secret[k]) if k in shapes else v
            for k, v in inner.items()
        }
    elif isinstance(inner, dict) and isinstance(shape, MapOf):
        inner = {k: with_secrets(v, shape.item) for k, v in inner.items()}
    elif isinstance(inner, list) and isinstance(shape, ListOf):
        inner = [with_secrets(v, shape.item) for v in inner]
    if not isinstance(value, Wrapped):
        return inner
    return wrap(inner, known=value.known or value.secret, secret=value.secret)


def outputs(state: Props, inputs: Props, old: Props | None, names: list[str], *, preview: bool) -> Props:
    """The state as it is recorded or previewed. `old` is the former state, None for a creation."""
    result = {}
    for key, value in state.items():
        marked = value
        if preview and not _known(key, value, inputs, old, names):
            marked = wrap(value, known=False)
        if not _mirrors(marked, inputs.get(key)) and holds_secret(inputs.get(key)):
            marked = wrap(marked, secret=True)
        result[key] = marked
    return result


def _known(key: str, value: Any, inputs: Props, old: Props | None, names: list[str]) -> bool:
    """Whether a preview may show this output's value."""
    if isinstance(value, Wrapped) and not value.known:
        return True  # it says so itself
    if key in inputs and _mirrors(value, inputs[key]):
        return True
    if old is None:
        return False
    return not any(
        _unknown(inputs.get(name)) or (name in old and not equal(inputs.get(name), old[name]))
        for name in names
    )


def _unknown(value: Any) -> bool:
    return isinstance(value, Wrapped) and not value.known


def _mirrors(value: Any, given: Any) -> bool:
    """Whether an output repeats its input. An asset never does: it is compared in another form."""
    return not isinstance(bare(value), Asset) and equal(value, given)
