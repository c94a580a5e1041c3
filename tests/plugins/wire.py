"""Property values as they travel: plain JSON.

A secret, an asset or an archive is an object with the signature key, an unknown value a sentinel
string. Source of the formats:
https://github.com/pulumi/pulumi/blob/master/developer-docs/architecture/property-values.md
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Props = dict[str, Any]

SIG = "4dabf18193072939515e22adb298388d"
SECRET, ASSET, ARCHIVE = (
    "1b47061264138c4ac30d75fd1eb44270",
    "c44067f5952c0a294b673a41bacd8c17",
    "0def7320c3a5731c473e5ecbe6d01bc7",
)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_BOOL = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
UNKNOWN_SECRET = {SIG: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "secret": True}

REMOTE, COPY, LOCAL = (
    "command:remote:Command",
    "command:remote:CopyToRemote",
    "command:local:Command",
)


def secret(value: object) -> Props:
    """A secret as it travels."""
    return {SIG: SECRET, "value": value}


def text_asset(text: str) -> Props:
    """A StringAsset with the hash that the engine adds."""
    return {SIG: ASSET, "text": text, "hash": hashlib.sha256(text.encode()).hexdigest()}


def file_asset(path: Path | str, digest: str = "h1") -> Props:
    """A FileAsset; the hash is the caller's, since only its change matters to a plugin."""
    return {SIG: ASSET, "path": str(path), "hash": digest}


def file_archive(path: Path | str, digest: str = "h1") -> Props:
    """A FileArchive of a directory or an archive file."""
    return {SIG: ARCHIVE, "path": str(path), "hash": digest}


def urn(kind: str, name: str = "it") -> str:
    """The URN of a resource of a made-up stack."""
    return f"urn:pulumi:dev::proj::{kind}::{name}"


def checked(**connection: object) -> Props:
    """A connection as a check leaves it: defaults filled in, all of it secret."""
    defaults = {"user": "root", "port": 22.0, "dialErrorLimit": 10.0, "perDialTimeout": 15.0}
    return secret({"host": "h"} | defaults | connection)


def without(props: Props, *names: str) -> Props:
    """The properties but these."""
    return {k: v for k, v in props.items() if k not in names}


# Inputs that several tables start from: an asset "in full" has every field that the engine sends.
HOST = {"host": "h"}
COPY_TO = {"connection": HOST, "remotePath": "/x"}
REMOTE_ASSET = {SIG: ASSET, "uri": "http://e/x", "hash": "h", "path": "", "text": ""}
FULL_ASSET = {SIG: ASSET, "path": "/a", "hash": "h1", "text": "", "uri": ""}
FULL_TEXT = {**text_asset("a"), "path": "", "uri": ""}
FULL_ARCHIVE = {SIG: ARCHIVE, "path": "/a", "hash": "h1", "uri": "", "assets": {}}
IN_MEMORY = {SIG: ARCHIVE, "assets": {"a": FULL_TEXT}, "hash": "h", "path": "", "uri": ""}
