"""What a resource type takes and gives, read from the installed provider SDK's own classes.

So a misspelt, missing or wrong-typed argument is found here as it is by the real plugin, whose schema
these classes are generated from.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pulumi import Output
from pulumi import _types as sdk

from sandbox.plugins.provider import Failure
from sandbox.plugins.values import Asset, Wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.plugins.values import Props


@dataclass(frozen=True)
class Property:
    """One argument: its type as the SDK declares it, and whether it has to be given."""

    kind: Any
    required: bool


@dataclass(frozen=True)
class Schema:
    """A resource type: its arguments, and all the names that its state has."""

    inputs: Mapping[str, Property]
    outputs: frozenset[str]

    @classmethod
    def of(cls, resource: type, arguments: type) -> Schema:
        """The schema of an SDK's resource class and of the class of its arguments (`InstanceArgs`)."""
        return cls(_properties(arguments), frozenset(sdk.resource_types(resource)))

    def faults(self, name: str, inputs: Props) -> list[Failure]:
        """Every argument that is unknown, missing or of another type, in the bridge's words."""
        return list(_object_faults(self.inputs, inputs, name, ""))


def _properties(arguments: type) -> dict[str, Property]:
    names = sdk.input_type_py_to_pulumi_names(arguments)
    types = sdk.input_type_types(arguments)
    parameters = inspect.signature(arguments.__init__).parameters  # type: ignore[misc]
    return {
        name: Property(_plain(types[name]), parameters[python].default is inspect.Parameter.empty)
        for python, name in names.items()
    }


def _plain(kind: Any) -> Any:
    """A type without what the SDK adds to it: awaitable, output, optional."""
    if get_origin(kind) is not typing.Union:
        return kind
    rest = [part for part in get_args(kind) if not _is_addition(part)]
    return _plain(rest[0]) if rest else Any


def _is_addition(part: Any) -> bool:
    origin = get_origin(part) or part
    return origin in {type(None), Awaitable, Output}


def _object_faults(
    properties: Mapping[str, Property], values: Props, name: str, path: str
) -> Iterator[Failure]:
    for key in values.keys() - properties.keys():
        yield _fault(f"{path}{key}", name, "Invalid or unknown key")
    for key, about in properties.items():
        if key in values:
            yield from _value_faults(about.kind, values[key], name, f"{path}{key}")
        elif about.required:
            text = f'The argument "{key}" is required, but no definition was found.'
            yield _fault(f"{path}{key}", name, f"Missing required argument. {text}")


def _value_faults(kind: Any, value: Any, name: str, path: str) -> Iterator[Failure]:
    if isinstance(value, Wrapped):
        if value.known:
            yield from _value_faults(kind, value.element, name, path)
        return
    kind = _plain(kind)
    wanted = _wanted(kind)
    if wanted in {"object", "array"}:
        if not isinstance(value, dict if wanted == "object" else list):
            yield _mismatch(path, name, wanted, value)
        else:
            yield from _inner_faults(kind, value, name, path)
    elif not _fits(kind, value):
        yield _mismatch(path, name, wanted, value)


def _inner_faults(kind: Any, value: Any, name: str, path: str) -> Iterator[Failure]:
    if get_origin(kind) is Sequence:
        for index, item in enumerate(value):
            yield from _value_faults(get_args(kind)[0], item, name, f"{path}[{index}]")
    elif get_origin(kind) is Mapping:
        for key, item in value.items():
            yield from _value_faults(get_args(kind)[1], item, name, f"{path}.{key}")
    else:
        yield from _object_faults(_properties(kind), value, name, f"{path}.")


def _wanted(kind: Any) -> str:
    """A type in the bridge's words."""
    if get_origin(kind) is Sequence:
        return "array"
    if get_origin(kind) is Mapping or (isinstance(kind, type) and sdk.is_input_type(kind)):
        return "object"
    return {str: "string", bool: "bool"}.get(kind, "number")


def _fits(kind: Any, value: Any) -> bool:
    """Whether a value is of a simple type, or one that the bridge converts to it."""
    if kind is str:
        return isinstance(value, (str, bool, int, float))
    if kind is bool:
        return isinstance(value, bool) or value in {"true", "false"}
    if kind in {int, float}:
        return not isinstance(value, bool) and _is_number(value, whole=kind is int)
    return not isinstance(value, Asset) or kind is Any or "Asset" in str(kind) or "Archive" in str(kind)


def _is_number(value: Any, *, whole: bool) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return number.is_integer() or not whole


def _mismatch(path: str, name: str, wanted: str, value: Any) -> Failure:
    got = {str: "string", bool: "bool", list: "array", dict: "object"}.get(type(value), "number")
    return _fault(path, name, f"expected {wanted} type, got {got} type")


def _fault(path: str, name: str, text: str) -> Failure:
    return Failure("", f"{text}. Examine values at '{name}.{path}'.")
