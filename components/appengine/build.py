"""A release's version: built by App Engine from the zip, under an id that no version has had before."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_random as random
from pulumi_gcp import appengine, serviceaccount, storage

from components import explained
from components.appengine import names, reasons, version
from components.appengine.parts import Common
from components.appengine.source import Source

# What the provider reads back, and so may find changed: by whatever the service fills in. A change in place
# would build the serving version anew. What the program wants draws another id, so it is another version.
HELD: Final = (
    *("appEngineApis", "automaticScaling", "handlers", "instanceClass"),
    *("runtime", "service", "serviceAccount"),
)


def make(  # noqa: PLR0913 - all that makes a version
    known: Mapping[str, Any],
    *,
    source: Source,
    code: storage.BucketObject,
    account: serviceaccount.Account,
    secrets: pulumi.Output[dict[str, str]],
    place: Mapping[str, str],
    after: Sequence[pulumi.Resource],
    common: Common,
) -> appengine.StandardAppVersion:
    """Make the version, without traffic.

    `known` are its arguments that need no other resource, `secrets` the names of the secrets' versions by
    variable, `place` where it comes from, in words; it is made `after` all that its build and start need.
    """
    variables = secrets.apply(lambda found: version.variables(source, found))
    content = variables.apply(lambda found: version.digest(known, found, place))
    # Drawn for each change: a version is never built over another one, not even on the way back.
    attempt = random.RandomId("attempt", byte_length=3, keepers={"content": content}, opts=common.opts())
    address = pulumi.Output.concat("https://storage.googleapis.com/", code.bucket, "/", code.name)
    return appengine.StandardAppVersion(
        "version",
        project=common.project,
        version_id=attempt.hex.apply(lambda drawn: names.version(source.release.id, drawn)),
        env_variables=variables,
        service_account=account.email,
        deployment={"zip": {"source_url": address, "files_count": len(source.bundle.files)}},
        **known,
        opts=common.opts(_build_log_hook(), depends_on=list(after), ignore_changes=list(HELD)),
    )


def _build_log_hook() -> pulumi.ErrorHook:
    """Return a hook that shows a failed build's log as lines; the provider has it as JSON in JSON."""

    async def show(args: pulumi.ErrorHookArgs) -> bool:
        lines = reasons.build_log(args.errors[0])
        if lines:
            pulumi.log.error(explained.quoted("the build's log", lines))
        return False

    return pulumi.ErrorHook("build-log", show)
