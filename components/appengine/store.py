"""The private bucket that a release's zip is built from."""

from pathlib import Path
from typing import Final

import pulumi
from pulumi_gcp import appengine, storage

from components.appengine import names
from components.appengine.parts import Common

NEARLINE_DAYS: Final = 30  # the least time that is charged there


def bucket(name: str, application: appengine.Application, common: Common) -> storage.Bucket:
    """Make the bucket, in the application's region.

    No rule deletes an old zip: each version is kept, and a bucket can't know which of them somebody removed.
    So they become cheap instead; what never became a whole object goes.
    """
    return storage.Bucket(
        "releases",
        name=name,
        project=common.project,
        location=application.location_id.apply(lambda location: names.region(location).upper()),
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        force_destroy=True,
        # What destroy removes is gone: the zips can be made again.
        soft_delete_policy={"retention_duration_seconds": 0},
        lifecycle_rules=[
            {
                "condition": {"age": NEARLINE_DAYS, "matches_storage_classes": ["STANDARD"]},
                "action": {"type": "SetStorageClass", "storage_class": "NEARLINE"},
            },
            {"condition": {"age": 1}, "action": {"type": "AbortIncompleteMultipartUpload"}},
        ],
        opts=common.opts(delete_before_replace=False, depends_on=[application]),
    )


def zipped(path: Path, name: str, place: storage.Bucket, common: Common) -> storage.BucketObject:
    """Upload the zip under the name of its digest. Older ones stay: a version may be made from one again."""
    return storage.BucketObject(
        "code",
        bucket=place.name,
        name=name,
        source=pulumi.FileAsset(str(path)),
        content_type="application/zip",
        opts=common.opts(retain_on_delete=True, delete_before_replace=False),
    )
