"""The inputs and outputs of the `command` plugin 1.2.1, as data.

Names, types, defaults and marks are those of the official schema:
https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/cmd/pulumi-resource-command/schema.json
The Go type names are part of its error texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scalar:
    """A type without parts. `zero` stands for a value that is not known yet."""

    go: str
    zero: Any


@dataclass(frozen=True)
class ListOf:
    """A list; the items' type."""

    item: Shape


@dataclass(frozen=True)
class MapOf:
    """A map from strings; the values' type."""

    item: Shape


@dataclass(frozen=True)
class Field:
    """One property."""

    name: str
    shape: Shape
    required: bool = False
    secret: bool = False
    replaces: bool = False
    default: Any = None


@dataclass(frozen=True)
class Struct:
    """An object with known properties. `go` is package and type: `remote.Connection`."""

    go: str
    fields: tuple[Field, ...]


Shape = Scalar | ListOf | MapOf | Struct

TEXT = Scalar("string", "")
NUMBER = Scalar("float64", 0.0)
WHOLE = Scalar("int", 0.0)
FLAG = Scalar("bool", zero=False)
ANY = Scalar("interface {}", None)
FILES = Scalar("types.AssetOrArchive", None)


def _connection(go: str, *more: Field) -> Struct:
    return Struct(
        go,
        (
            Field("user", TEXT, default="root"),
            Field("password", TEXT, secret=True),
            Field("host", TEXT, required=True),
            Field("port", NUMBER, default=22.0),
            Field("privateKey", TEXT, secret=True),
            Field("privateKeyPassword", TEXT, secret=True),
            Field("agentSocketPath", TEXT),
            Field("dialErrorLimit", WHOLE, default=10.0),
            Field("perDialTimeout", WHOLE, default=15.0),
            Field("hostKey", TEXT),
            *more,
        ),
    )


CONNECTION = _connection("remote.Connection", Field("proxy", _connection("remote.ProxyConnection")))

_LIFECYCLE = (
    Field("triggers", ListOf(ANY), replaces=True),
    Field("create", TEXT),
    Field("update", TEXT),
    Field("delete", TEXT),
)
_OUTPUTS = (Field("stdout", TEXT, required=True), Field("stderr", TEXT, required=True))


def _remote(go: str, *more: Field) -> Struct:
    return Struct(
        go,
        (
            *_LIFECYCLE,
            Field("stdin", TEXT),
            Field("logging", Scalar("remote.Logging", "")),
            Field("connection", CONNECTION, required=True, secret=True),
            Field("environment", MapOf(TEXT)),
            Field("addPreviousOutputInEnv", FLAG),
            *more,
        ),
    )


REMOTE_INPUTS = _remote("remote.CommandInputs")
REMOTE_STATE = _remote("remote.CommandOutputs", *_OUTPUTS)

_RUN = (
    Field("stdin", TEXT),
    Field("logging", Scalar("local.Logging", "")),
    Field("interpreter", ListOf(TEXT)),
    Field("dir", TEXT),
    Field("environment", MapOf(TEXT)),
    Field("assetPaths", ListOf(TEXT)),
    Field("archivePaths", ListOf(TEXT)),
    Field("addPreviousOutputInEnv", FLAG),
)
_RUN_OUTPUTS = (*_OUTPUTS, Field("assets", MapOf(FILES)), Field("archive", FILES))

LOCAL_INPUTS = Struct("local.CommandInputs", (*_LIFECYCLE, *_RUN))
LOCAL_STATE = Struct("local.CommandOutputs", (*_LIFECYCLE, *_RUN, *_RUN_OUTPUTS))
RUN_INPUTS = Struct("local.RunInputs", (*_RUN, Field("command", TEXT, required=True)))


def _copy(go: str) -> Struct:
    return Struct(
        go,
        (
            Field("connection", CONNECTION, required=True, secret=True),
            Field("triggers", ListOf(ANY), replaces=True),
            Field("source", FILES, required=True),
            Field("remotePath", TEXT, required=True),
        ),
    )


COPY_INPUTS = _copy("remote.CopyToRemoteInputs")
COPY_STATE = _copy("remote.CopyToRemoteOutputs")
