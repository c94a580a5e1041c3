"""Property values: between what travels and plain Python.

Plain Python is None, bool, float, str, list and dict, with two additions: `Asset` for assets and
archives, `Wrapped` around what is secret or not known yet. The formats, the signature key among
them, are Pulumi's:
https://github.com/pulumi/pulumi/blob/master/developer-docs/architecture/property-values.md
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from google.protobuf import struct_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

Props = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a type tag of the protocol
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_FILES: dict[str, Literal["asset", "archive"]] = {
    "c44067f5952c0a294b673a41bacd8c17": "asset",
    "0def7320c3a5731c473e5ecbe6d01bc7": "archive",
}
_FILE_TAGS = {kind: tag for tag, kind in _FILES.items()}
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# One sentinel for each type that the value will have; all mean the same to a provider.
_UNKNOWNS = {
    _UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}


@dataclass(frozen=True)
class Wrapped:
    """A value that is secret, not known yet, or both."""

    element: Any
    known: bool = True
    secret: bool = False


@dataclass(frozen=True)
class Asset:
    """An asset (one file's content) or an archive (many files); `hash` is the engine's."""

    kind: Literal["asset", "archive"]
    hash: str = ""
    path: str = ""
    text: str = ""
    uri: str = ""
    assets: Mapping[str, Asset] = field(default_factory=dict)


def wrap(value: Any, *, known: bool = True, secret: bool = False) -> Any:
    """The value with the marks added to those it has; itself when there are none."""
    if isinstance(value, Wrapped):
        value, known, secret = value.element, value.known and known, value.secret or secret
    return value if known and not secret else Wrapped(value, known, secret)


def bare(value: Any) -> Any:
    """The value without its own marks; those inside it stay."""
    return value.element if isinstance(value, Wrapped) else value


def holds_secret(value: Any) -> bool:
    """Whether the value or anything in it is secret."""
    if isinstance(value, Wrapped):
        return value.secret or holds_secret(value.element)
    if isinstance(value, dict):
        return any(map(holds_secret, value.values()))
    return isinstance(value, list) and any(map(holds_secret, value))


def equal(a: Any, b: Any) -> bool:
    """Whether two values are the same to the engine: files by hash, True is not 1."""
    if isinstance(a, Wrapped) and isinstance(b, Wrapped):
        same = (a.known, a.secret) == (b.known, b.secret)
        return same and (not a.known or equal(a.element, b.element))
    if isinstance(a, Asset) and isinstance(b, Asset):
        return (a.kind, a.hash) == (b.kind, b.hash)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(v, b[k]) for k, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def unmarshal(struct: struct_pb2.Struct) -> Props:
    """Plain Python from what travelled. Nulls in objects are left out, as the engine means them."""
    read = ((key, _read(value)) for key, value in struct.fields.items())
    return {key: value for key, value in read if value is not None}


def _read(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _read_object(unmarshal(value.struct_value))
    if kind == "list_value":
        return [_read(item) for item in value.list_value.values]
    if kind == "string_value" and value.string_value in _UNKNOWNS:
        return Wrapped(None, known=False)
    return None if kind in {None, "null_value"} else getattr(value, str(kind))


def _read_object(fields: Props) -> Any:
    tag = fields.get(SIGNATURE)
    if tag == _SECRET:
        return wrap(fields.get("value"), secret=True)
    if tag == _OUTPUT:
        return wrap(fields.get("value"), known="value" in fields, secret=bool(fields.get("secret")))
    if isinstance(tag, str) and tag in _FILES:
        names = ("hash", "path", "text", "uri")
        texts = {name: str(fields.get(name, "")) for name in names}
        return Asset(_FILES[tag], **texts, assets=fields.get("assets", {}))
    return fields


def marshal(props: Mapping[str, Any]) -> struct_pb2.Struct:
    """What travels. Raises UnicodeEncodeError for a string that is not valid UTF-8."""
    struct = struct_pb2.Struct()
    for key, value in props.items():
        if value is not None:
            _write(value, struct.fields[key])
    return struct


def _write(value: Any, out: struct_pb2.Value) -> None:
    if isinstance(value, Wrapped):
        _write_wrapped(value, out)
    elif value is None:
        out.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, (int, float)):
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif isinstance(value, Asset):
        own: Props = {"assets": value.assets} if value.kind == "archive" else {"text": value.text}
        tag = {SIGNATURE: _FILE_TAGS[value.kind]}
        _write({**tag, "hash": value.hash, "path": value.path, "uri": value.uri, **own}, out)
    elif isinstance(value, dict):
        out.struct_value.CopyFrom(marshal(value))
    else:
        out.list_value.SetInParent()
        for item in value:
            _write(item, out.list_value.values.add())


def _write_wrapped(value: Wrapped, out: struct_pb2.Value) -> None:
    if value.known:
        tagged = {SIGNATURE: _SECRET, "value": value.element}
        _write(tagged if value.secret else value.element, out)
    elif value.secret:
        _write({SIGNATURE: _OUTPUT, "secret": True}, out)
    else:
        out.string_value = _UNKNOWN
