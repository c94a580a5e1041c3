"""The service account that the app runs as, and its build: with what these need, and no more."""

import pulumi
from pulumi_gcp import appengine, projects, serviceaccount, storage

from components.appengine.parts import Common
from components.settings import Settings


def make(
    account_id: str, settings: Settings, application: appengine.Application, common: Common
) -> serviceaccount.Account:
    """Make the account; nobody else's, so that what it may do is this app's only."""
    return serviceaccount.Account(
        "account",
        project=common.project,
        account_id=account_id,
        display_name=f"{settings.app.name}, deployed by {settings.owner}"[:100],
        opts=common.opts(delete_before_replace=False, depends_on=[application]),
    )


def member(account: serviceaccount.Account) -> pulumi.Output[str]:
    """Return the account as a member of roles."""
    return pulumi.Output.concat("serviceAccount:", account.email)


def roles(
    account: serviceaccount.Account,
    code: storage.Bucket,
    application: appengine.Application,
    common: Common,
) -> list[pulumi.Resource]:
    """Give the account its roles: on the two buckets, and on the project where there is no narrower place.

    Source: https://cloud.google.com/appengine/docs/standard/configure-service-accounts
    """
    who = member(account)
    return [
        storage.BucketIAMMember(
            "reads-code", bucket=code.name, role="roles/storage.objectViewer", member=who, opts=common.opts()
        ),
        # App Engine copies the code there, and the build reads it as this account.
        storage.BucketIAMMember(
            "stages-code",
            bucket=application.code_bucket,
            role="roles/storage.objectAdmin",
            member=who,
            opts=common.opts(),
        ),
        # The repository of images is made by the first build, so it can't be named here.
        _on_project("stores-images", "roles/artifactregistry.createOnPushWriter", who, common),
        _on_project("writes-logs", "roles/logging.logWriter", who, common),
    ]


def _on_project(name: str, role: str, who: pulumi.Output[str], common: Common) -> projects.IAMMember:
    return projects.IAMMember(name, project=common.project, role=role, member=who, opts=common.opts())
