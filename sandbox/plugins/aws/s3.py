"""S3: buckets and objects, whose content is in the account's folder. What guards a bucket: bucket_parts.py.

Rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws.base import AwsResource
from sandbox.plugins.values import Asset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class Bucket(AwsResource):
    """A bucket. Names are unique among all of AWS: rows of `foreignBuckets` are other people's."""

    token = "aws:s3/bucket:Bucket"  # noqa: S105  a resource type
    table, service, kind = "buckets", "S3", "S3 Bucket"
    name_argument = "bucket"
    name_rule = (
        r"(?!xn--)(?!.*\.\.)(?!(\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "only lowercase alphanumeric characters and hyphens allowed, 3 to 63 of them",
    )
    force_new: ClassVar[frozenset[str]] = frozenset({"bucket", "bucketPrefix", "objectLockEnabled", "region"})
    kept: ClassVar[frozenset[str]] = frozenset({"bucket", "acl", "policy", "region"})
    defaults: ClassVar[Mapping[str, Any]] = {"forceDestroy": False}

    def make(self, call: Call, inputs: Props) -> str:
        """CreateBucket."""
        del call
        name: str = inputs["bucket"]
        with self.account.opened() as tables:
            if name in tables["foreignBuckets"]:
                text = "The requested bucket name is not available."
                raise self.error(f"creating {name}", "CreateBucket", "BucketAlreadyExists", text, 409)
            if name in tables[self.table]:
                text = "Your previous request to create the named bucket succeeded and you already own it."
                raise self.error(f"creating {name}", "CreateBucket", "BucketAlreadyOwnedByYou", text, 409)
            tables[self.table][name] = {"tags": inputs.get("tags", {}), "parts": {}}
        return name

    def look(self, identity: str, state: Props) -> Props | None:
        """HeadBucket and its relatives."""
        row = super().look(identity, state)
        if row is None:
            return None
        region = self.access.region
        return {
            "bucket": identity,
            "arn": f"arn:aws:s3:::{identity}",
            "bucketDomainName": f"{identity}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{identity}.s3.{region}.amazonaws.com",
            "bucketRegion": region,
            "region": region,
            "tags": row["tags"],
            "tagsAll": row["tags"],
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """PutBucketTagging; forceDestroy is the provider's own."""
        del call, old
        self.account.change(self.table, identity, tags=new.get("tags", {}))

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteBucket; with forceDestroy all objects before, in all versions."""
        del call
        with self.account.opened() as tables:
            kept = [key for key, row in tables["objects"].items() if row["bucket"] == identity]
            if kept and not state.get("forceDestroy"):
                text = "The bucket you tried to delete is not empty"
                raise self.error(f"deleting {identity}", "DeleteBucket", "BucketNotEmpty", text, 409)
            for key in kept:
                del tables["objects"][key]
            tables[self.table].pop(identity, None)
        shutil.rmtree(self.account.folder / "s3" / identity, ignore_errors=True)


class BucketObjectv2(AwsResource):
    """An object."""

    token = "aws:s3/bucketObjectv2:BucketObjectv2"  # noqa: S105  a resource type
    table, service, kind = "objects", "S3", "S3 Object"
    force_new: ClassVar[frozenset[str]] = frozenset({"bucket", "key", "region"})
    kept: ClassVar[frozenset[str]] = frozenset({"acl", "contentType", "etag", "kmsKeyId", "storageClass"})

    def make(self, call: Call, inputs: Props) -> str:
        """PutObject: what is there under the key is overwritten."""
        self.change(call, inputs["key"], {}, inputs)
        return str(inputs["key"])

    def look(self, identity: str, state: Props) -> Props | None:
        """HeadObject."""
        bucket = state.get("bucket", "")
        row = super().look(f"{bucket}/{identity}", state)
        if row is None:
            return None
        return {**row, "arn": f"arn:aws:s3:::{bucket}/{identity}", "region": self.access.region}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """PutObject."""
        del call, old
        bucket, key = new["bucket"], new["key"]
        content = _content(new)
        if self.account.row("buckets", bucket) is None:
            text = "The specified bucket does not exist"
            raise self.error(f"uploading {identity}", "PutObject", "NoSuchBucket", text, 404)
        path = self.account.folder / "s3" / bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        row: Props = {name: new[name] for name in ("bucket", "key", "contentType", "tags") if name in new}
        row |= {
            "etag": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            "versionId": uuid.uuid4().hex,
        }
        self.account.put(self.table, f"{bucket}/{key}", row)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteObject."""
        name = f"{state['bucket']}/{identity}"
        super().unmake(call, name, state)
        (self.account.folder / "s3" / name).unlink(missing_ok=True)


def _content(inputs: Props) -> bytes:
    source = inputs.get("source")
    if isinstance(source, Asset):
        return Path(source.path).read_bytes() if source.path else source.text.encode()
    return str(inputs.get("content", "")).encode()
