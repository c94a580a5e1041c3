"""The bucket of the bundles: private, encrypted, versioned, over TLS only. And the one that is not ours."""

import json

import pulumi
from pulumi_aws import s3

from components.beanstalk.parts import Common

NONCURRENT_DAYS = 30  # what the lifecycle rule of the application has pruned is gone after that


def make(common: Common) -> s3.Bucket:
    """Return the bucket. What guards it is made one after the other: S3 refuses two changes at once."""
    bucket = s3.Bucket(
        "bundles",
        bucket=common.name.apply(lambda name: f"flask-deploy-{name}"),
        force_destroy=True,  # kept bundles would keep it from being deleted
        tags=common.tags,
        opts=common.opts(),
    )
    closed = s3.BucketPublicAccessBlock(
        "closed",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=common.opts(),
    )
    encrypted = s3.BucketServerSideEncryptionConfiguration(
        "encrypted",
        bucket=bucket.id,
        rules=[
            s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"
                )
            )
        ],
        opts=common.opts(depends_on=[closed]),
    )
    versioned = s3.BucketVersioning(
        "versioned",
        bucket=bucket.id,
        versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=common.opts(depends_on=[encrypted]),
    )
    tls = s3.BucketPolicy(
        "tls-only",
        bucket=bucket.id,
        policy=bucket.arn.apply(_tls_only),
        opts=common.opts(depends_on=[versioned]),
    )
    s3.BucketLifecycleConfiguration(
        "pruned",
        bucket=bucket.id,
        rules=[
            s3.BucketLifecycleConfigurationRuleArgs(
                id="noncurrent",
                status="Enabled",
                filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=NONCURRENT_DAYS
                ),
            )
        ],
        opts=common.opts(depends_on=[tls]),
    )
    return bucket


def upload(bucket: s3.Bucket, key: pulumi.Input[str], bundle: str, common: Common) -> s3.BucketObjectv2:
    """Return the object of a bundle; it stays when the next one comes, as its version does."""
    return s3.BucketObjectv2(
        "bundle",
        bucket=bucket.id,
        key=key,
        source=pulumi.FileAsset(bundle),
        content_type="application/zip",
        opts=common.opts(retain_on_delete=True),
    )


def left_over(environment_arn: str) -> str:
    """Return what destroy leaves: the bucket that Elastic Beanstalk has made in this region and account."""
    region, account = environment_arn.split(":")[3:5]
    return (
        f"Elastic Beanstalk's own bucket elasticbeanstalk-{region}-{account} stays, with logs and copies of "
        "versions: other environments of the account use it, too"
    )


def _tls_only(arn: str) -> str:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )
