"""The application version of a release: it stays when the next one comes."""

import pulumi_random as random
from pulumi_aws import elasticbeanstalk, s3

from components.beanstalk import bucket as buckets
from components.beanstalk.parts import Common
from components.beanstalk.source import Source


def make(
    source: Source, bundle: str, bucket: s3.Bucket, application: elasticbeanstalk.Application, common: Common
) -> elasticbeanstalk.ApplicationVersion:
    """Return the version of what is staged under the path `bundle`.

    No label comes twice (ADR 12). It begins with the code's id: a pinned one tells what has to answer.
    """
    keepers = {"bundle": source.bundle.digest, "environment": source.release.environment}
    draw = random.RandomId("deployment", byte_length=3, keepers=keepers, opts=common.opts())
    label = draw.hex.apply(lambda digits: f"v-{source.release.code}-{digits}")
    uploaded = buckets.upload(bucket, label.apply(lambda text: f"{text}.zip"), bundle, common)
    return elasticbeanstalk.ApplicationVersion(
        "version",
        name=label,
        application=application.name,
        bucket=bucket.id,
        key=uploaded.key,
        description=f"release {source.release.id}",
        tags=common.tags,
        opts=common.opts(retain_on_delete=True),
    )
