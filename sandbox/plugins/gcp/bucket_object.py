"""gcp:storage/bucketObject:BucketObject, as resource_storage_bucket_object.go has it."""

from __future__ import annotations

import base64
import hashlib
import io
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.gcp import projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.bucket import API
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure
from sandbox.plugins.values import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class BucketObject(GcpResource):
    """An object. Other content is another object: the old one goes first, if the program names it."""

    token = "gcp:storage/bucketObject:BucketObject"  # noqa: S105 - a type's name
    noun = "object"
    api = projects.STORAGE
    has_project = False
    name_argument = "name"
    force_new: ClassVar[frozenset[str]] = frozenset(
        {
            *(
                "bucket",
                "cacheControl",
                "content",
                "contentDisposition",
                "contentEncoding",
                "contentLanguage",
            ),
            *("contentType", "customerEncryption", "detectMd5hash", "kmsKeyName", "name", "source"),
            *("sourceMd5hash", "storageClass"),
        }
    )
    kept: ClassVar[frozenset[str]] = frozenset({"contentType", "storageClass", "kmsKeyName"})

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema."""
        if "source" in inputs and "content" in inputs:
            yield Failure("", '"source": conflicts with content')

    def require(self, props: Props) -> None:
        """The project is the bucket's."""
        found = self.account.row("buckets", props["bucket"])
        if found is None:
            raise ApiError(404, "The specified bucket does not exist.")
        projects.require(self.account, found["project"], self.api)

    def make(self, call: Call, inputs: Props) -> str:
        """Upload it."""
        del call
        content = _content(inputs)
        digest = hashlib.sha256(content).hexdigest()
        path = self.account.folder / "objects" / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found = {
            "content": digest,
            "arguments": {name: value for name, value in inputs.items() if name not in {"source", "content"}},
            "md5": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            "generation": time.time_ns() // 1000,
        }
        key = f"{inputs['bucket']}/{inputs['name']}"
        self.account.put("objects", key, found)
        return f"{inputs['bucket']}-{inputs['name']}"

    def look(self, identity: str, state: Props) -> Props | None:
        """What there is of it; its content is known by its checksum alone."""
        del identity
        bucket, name = state.get("bucket"), state.get("name")
        found = self.account.row("objects", f"{bucket}/{name}")
        if found is None:
            return None
        link = f"{API}/b/{bucket}/o/{name}"
        return {
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            **found["arguments"],
            **{name: state[name] for name in ("source", "content", "detectMd5hash") if name in state},
            "bucket": bucket,
            "name": name,
            "generation": float(found["generation"]),
            "md5hash": found["md5"],
            "md5hexhash": base64.b64decode(found["md5"]).hex(),
            "mediaLink": f"{link}?alt=media",
            "outputName": name,
            "selfLink": link,
        }

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete it."""
        del call, identity
        if state.get("deletionPolicy") != "ABANDON":
            self.account.drop("objects", f"{state['bucket']}/{state['name']}")


def _content(inputs: Mapping[str, Any]) -> bytes:
    """What is uploaded. RefusedError when there is nothing, or the file is not there."""
    source = inputs.get("source")
    if isinstance(source, Asset):
        if source.kind == "archive":
            return _packed(source)
        if source.text:
            return source.text.encode()
        source = source.path
    if source is None and "content" in inputs:
        return str(inputs["content"]).encode()
    if source is None:
        raise RefusedError('Error, either "content" or "source" must be specified')
    try:
        return Path(source).read_bytes()
    except OSError as problem:
        raise RefusedError(f"open {source}: {problem.strerror}") from problem


def _packed(archive: Asset) -> bytes:
    """An archive as the engine's library packs it for a provider: names alone, and no modes."""
    path = Path(archive.path)
    if path.is_file():
        return path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        if archive.path:
            for file in sorted(one for one in path.rglob("*") if one.is_file()):
                target.writestr(_entry(str(file.relative_to(path))), file.read_bytes())
        for name, inner in sorted(archive.assets.items()):
            content = inner.text.encode() if inner.text else Path(inner.path).read_bytes()
            target.writestr(_entry(name), content)
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 0
    entry.external_attr = 0x20  # a file, to DOS; without any, this library puts a mode in
    return entry
