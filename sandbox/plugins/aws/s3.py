"""S3: buckets, what guards them, and objects, whose content is in the account's folder.

Rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws.base import AwsResource
from sandbox.plugins.provider import Failure
from sandbox.plugins.values import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


class BucketPart(AwsResource):
    """One of a bucket's configurations; its id is the bucket's name."""

    table, service, kind = "buckets", "S3", "S3 Bucket configuration"
    force_new: ClassVar[frozenset[str]] = frozenset({"bucket", "region", "expectedBucketOwner"})
    operation: ClassVar[str]

    def make(self, call: Call, inputs: Props) -> str:
        """Put the configuration."""
        self.change(call, inputs["bucket"], {}, inputs)
        return str(inputs["bucket"])

    def look(self, identity: str, state: Props) -> Props | None:
        """Get the configuration; None when it or the bucket is gone."""
        row = super().look(identity, state)
        return None if row is None else row["parts"].get(self.token)

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Put the configuration."""
        del call, old
        with self.account.opened() as tables:
            if identity not in tables[self.table]:
                text = "The specified bucket does not exist"
                raise self.error(f"creating {identity}", self.operation, "NoSuchBucket", text, 404)
            tables[self.table][identity]["parts"][self.token] = new

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete the configuration."""
        del call, state
        with self.account.opened() as tables:
            if identity in tables[self.table]:
                tables[self.table][identity]["parts"].pop(self.token, None)


class BucketPublicAccessBlock(BucketPart):
    """Whether anything in it may be public."""

    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"  # noqa: S105
    operation = "PutPublicAccessBlock"
    defaults: ClassVar[Mapping[str, Any]] = dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), False
    )


class BucketServerSideEncryptionConfiguration(BucketPart):
    """How objects are encrypted."""

    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"  # noqa: S105
    operation = "PutBucketEncryption"

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The algorithms that there are."""
        for rule in inputs.get("rules", []):
            wanted = rule.get("applyServerSideEncryptionByDefault", {}).get("sseAlgorithm", "AES256")
            if wanted not in {"AES256", "aws:kms", "aws:kms:dsse"}:
                text = "expected rule.0.apply_server_side_encryption_by_default.0.sse_algorithm to be one of "
                yield Failure("", f'{text}["AES256" "aws:kms" "aws:kms:dsse"], got {wanted}')


class BucketVersioning(BucketPart):
    """Whether objects keep their versions."""

    token = "aws:s3/bucketVersioning:BucketVersioning"  # noqa: S105
    operation = "PutBucketVersioning"

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The states that there are."""
        wanted = inputs.get("versioningConfiguration", {}).get("status", "Enabled")
        if wanted not in {"Enabled", "Suspended", "Disabled"}:
            text = "expected versioning_configuration.0.status to be one of"
            yield Failure("", f'{text} ["Enabled" "Suspended" "Disabled"], got {wanted}')


class BucketLifecycleConfiguration(BucketPart):
    """What is deleted by itself."""

    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"  # noqa: S105
    operation = "PutBucketLifecycleConfiguration"
    kept: ClassVar[frozenset[str]] = frozenset({"transitionDefaultMinimumObjectSize"})

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """A rule is on or off."""
        for rule in inputs.get("rules", []):
            if rule.get("status") not in {"Enabled", "Disabled"}:
                yield Failure(
                    "",
                    f'rule.0.status value must be one of: ["Enabled" "Disabled"], got: {rule.get("status")}',
                )


class BucketPolicy(BucketPart):
    """Who may do what with it."""

    token = "aws:s3/bucketPolicy:BucketPolicy"  # noqa: S105
    operation = "PutBucketPolicy"

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """PutBucketPolicy; a public one is refused where the public is blocked."""
        try:
            statements = json.loads(new["policy"])["Statement"]
        except (ValueError, KeyError, TypeError):
            text = "This policy contains invalid Json"
            raise self.error(f"putting {identity}", self.operation, "MalformedPolicy", text) from None
        row = self.account.row(self.table, identity) or {"parts": {}}
        closed = row["parts"].get(BucketPublicAccessBlock.token, {}).get("blockPublicPolicy")
        public = [one for one in statements if one["Effect"] == "Allow" and one.get("Principal") == "*"]
        if closed and public:
            text = "User is not authorized to perform: s3:PutBucketPolicy because public policies are blocked"
            raise self.error(f"putting {identity}", self.operation, "AccessDenied", text, 403)
        super().change(call, identity, old, new)


class BucketObjectv2(AwsResource):
    """An object."""

    token = "aws:s3/bucketObjectv2:BucketObjectv2"  # noqa: S105  a resource type
    table, service, kind = "objects", "S3", "S3 Object"
    force_new: ClassVar[frozenset[str]] = frozenset({"bucket", "key", "region"})
    kept: ClassVar[frozenset[str]] = frozenset({"acl", "contentType", "etag", "kmsKeyId", "storageClass"})
    name_argument = "key"

    def make(self, call: Call, inputs: Props) -> str:
        """PutObject: what is there under the key is overwritten."""
        self.change(call, f"{inputs['bucket']}/{inputs['key']}", {}, inputs)
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
