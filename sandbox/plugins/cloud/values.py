"""Property values as an emulated service takes them."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.values import Props, Wrapped, wrap


def opened(value: Any) -> Any:
    """The value without its secrets' marks, at any depth; what is not known stays marked as that."""
    if isinstance(value, Wrapped):
        return opened(value.element) if value.known else Wrapped(None, known=False)
    if isinstance(value, dict):
        return {key: opened(inner) for key, inner in value.items()}
    return [opened(item) for item in value] if isinstance(value, list) else value


def known(props: Props) -> Props:
    """The properties that are wholly known, without marks."""
    plain = {key: opened(value) for key, value in props.items()}
    return {key: value for key, value in plain.items() if not _holds_unknown(value)}


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Wrapped):
        return True
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    return isinstance(value, list) and any(map(_holds_unknown, value))


def shut(value: Any) -> Any:
    """The value as a secret."""
    return wrap(value, secret=True)
