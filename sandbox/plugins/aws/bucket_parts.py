"""S3: what guards a bucket. Each is a configuration of the bucket, by its name.

Rules: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws import iam_policy
from sandbox.plugins.aws.base import AwsResource
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


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
            statements = iam_policy.statements(new["policy"])
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
