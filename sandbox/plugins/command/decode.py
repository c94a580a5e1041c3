"""Read property values into typed plain ones, and write them back with their marks.

This is how the official plugin's library (pulumi-go-provider 1.3.0) validates: unknown properties,
missing ones and wrong types are faults, numbers become integers by cutting off, an unknown value
passes as its type's zero. The texts are part of what users see, and so of the comparison.
"""

from __future__ import annotations

from typing import Any

from sandbox.plugins.command.shapes import ANY, FILES, ListOf, MapOf, Scalar, Shape, Struct
from sandbox.plugins.provider import Failure
from sandbox.plugins.values import Asset, Props, Wrapped, bare, wrap


def plain(value: Any, shape: Shape) -> Any:
    """The value without marks; what is not known becomes its type's zero."""
    inner = bare(value)
    if isinstance(value, Wrapped) and not value.known:
        inner = zero(shape)
    if isinstance(inner, dict):
        shapes = {f.name: f.shape for f in shape.fields} if isinstance(shape, Struct) else {}
        default = shape.item if isinstance(shape, MapOf) else ANY
        return {k: plain(v, shapes.get(k, default)) for k, v in inner.items()}
    if isinstance(inner, list):
        item = shape.item if isinstance(shape, ListOf) else ANY
        return [plain(v, item) for v in inner]
    return inner


def zero(shape: Shape) -> Any:
    """What stands for a value of this type that is not known yet."""
    match shape:
        case Scalar():
            return shape.zero
        case ListOf():
            return []
        case MapOf():
            return {}
        case Struct():
            return {f.name: zero(f.shape) for f in shape.fields if f.required}


def decode(props: Props, struct: Struct) -> tuple[Props, tuple[Failure, ...]]:
    """Typed plain values and every fault, in the order of the official library."""
    return _decode(plain(props, struct), struct)


def _decode(props: Props, struct: Struct) -> tuple[Props, tuple[Failure, ...]]:
    result: Props = {}
    failures = []
    for field in struct.fields:
        value = props.get(field.name)
        # What is neither asset nor archive has been read as None, and is there nevertheless.
        if field.name not in props or (value is None and field.shape is not FILES):
            if field.required:
                failures.append(_fault(field.name, struct, "Missing required field {0} on {1}"))
            continue
        converted, fault = _convert(value, field.shape, field.name, struct)
        if fault is None:
            result[field.name] = converted
        else:
            failures.append(fault)
    known = {field.name for field in struct.fields}
    failures += [
        _fault(name, struct, "Unrecognized field {0} on {1}") for name in sorted(props.keys() - known)
    ]
    return result, tuple(failures)


def _fault(name: str, struct: Struct, text: str) -> Failure:
    return Failure(name, text.format(f"'{name}'", f"'{struct.go}'"))


def _convert(value: Any, shape: Shape, name: str, owner: Struct) -> tuple[Any, Failure | None]:
    """One value in its type, or the fault."""
    match shape:
        case Struct() if isinstance(value, dict):
            converted, faults = _decode(value, shape)
            return converted, _inside(name, owner, decoding(faults)) if faults else None
        case ListOf() if isinstance(value, list):
            if shape.item is ANY:
                return value, None
            items = {f"{name}[{i}]": item for i, item in enumerate(value)}
            converted, fault = _items(items, shape.item, owner)
            return list(converted.values()), fault
        case MapOf() if isinstance(value, dict):
            items = {f"{name}[{key}] value": item for key, item in value.items()}
            converted, fault = _items(items, shape.item, owner)
            return dict(zip(value, converted.values(), strict=False)), fault
        case Scalar():
            return _scalar(value, shape, name, owner)
    return None, _mismatch(value, shape, name, owner)


def _items(items: Props, shape: Shape, owner: Struct) -> tuple[Props, Failure | None]:
    result = {}
    for name, item in items.items():
        result[name], fault = _convert(item, shape, name, owner)
        if fault is not None:
            return result, fault
    return result, None


def _scalar(value: Any, shape: Scalar, name: str, owner: Struct) -> tuple[Any, Failure | None]:
    if shape is ANY:
        return value, None
    if shape is FILES:
        # Anything that is neither an asset nor an archive passes, as neither.
        return (value if isinstance(value, Asset) else None), None
    if go_type(value) == go_type(shape.zero):
        return (float(int(value)) if shape.go == "int" else value), None
    return None, _mismatch(value, shape, name, owner)


def _mismatch(value: Any, shape: Shape, name: str, owner: Struct) -> Failure:
    wanted = shape_type(shape)
    if isinstance(value, dict):
        text = f"Cannot decode Object{{}} to type {wanted}; it isn't a struct, "
        return _inside(name, owner, text + "and no custom decoder exists")
    text = f"must be a '{wanted}'; got '{go_type(value)}' instead"
    return Failure(name, f"Field '{name}' on '{owner.go}' {text}")


def _inside(name: str, owner: Struct, text: str) -> Failure:
    short = owner.go.split(".")[-1]
    return Failure(name, f"An error occurred decoding '{short}.{name}': {text}")


def decoding(failures: tuple[Failure, ...]) -> str:
    """Several faults as one text."""
    lines = "".join(f"\n\t{f.property}: {f.reason}" for f in failures)
    return f"{len(failures)} failures decoding:{lines}"


def go_type(value: Any) -> str:
    """What Go calls the type of a JSON value."""
    names = {str: "string", bool: "bool", float: "float64", list: "[]interface {}"}
    return names.get(type(value), "map[string]interface {}")


def shape_type(shape: Shape) -> str:
    """What Go calls a declared type."""
    match shape:
        case ListOf():
            return f"[]{shape_type(shape.item)}"
        case MapOf():
            return f"map[string]{shape_type(shape.item)}"
    return shape.go


def with_defaults(props: Props, struct: Struct) -> Props:
    """The typed values with defaults filled in, in nested objects as well."""
    filled = dict(props)
    for field in struct.fields:
        if field.default is not None:
            filled.setdefault(field.name, field.default)
        if isinstance(field.shape, Struct) and isinstance(filled.get(field.name), dict):
            filled[field.name] = with_defaults(filled[field.name], field.shape)
    return filled


def remark(typed: Any, original: Any, *, unknowns: bool = True) -> Any:
    """The typed value with the marks that the original carried at the same places.

    Without `unknowns` everything becomes known: after a real run nothing can be unknown.
    """
    inner = bare(original)
    if isinstance(typed, dict) and isinstance(inner, dict):
        typed = {k: remark(v, inner.get(k), unknowns=unknowns) for k, v in typed.items()}
    elif isinstance(typed, list) and isinstance(inner, list):
        typed = [remark(v, o, unknowns=unknowns) for v, o in zip(typed, inner, strict=False)]
    if isinstance(original, Wrapped):
        known = original.known or not unknowns
        return wrap(typed, known=known, secret=original.secret)
    return typed
