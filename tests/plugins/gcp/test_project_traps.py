"""The traps of application and project, one by one; the numbers are those of the reference, section 3.7."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.harness import Failed

from .conftest import (
    ACCOUNT_TYPE,
    APPLICATION,
    BUCKET,
    OBJECT,
    PROJECT_MEMBER,
    SERVICE,
    VERSION,
    configure,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.cloud import Cloud

    from .conftest import Site


@pytest.mark.covers(93)
def test_a_second_application_is_refused(cloud: Cloud, site: Site) -> None:
    """#15: `destroy` deletes nothing, so the second life of a stack meets this."""
    cloud.unmake(site.application)
    with pytest.raises(
        Failed, match=r"Error 409: This application already exists and cannot be re-created\."
    ):
        cloud.make(APPLICATION, {"locationId": "europe-west", "project": site.project})


def test_an_application_can_be_read_by_its_project(cloud: Cloud, site: Site, project: str) -> None:
    """#15: that is how it is adopted; without the API it is a 403, without an application nothing."""
    site.application.inputs, site.application.state = {}, {}
    assert cloud.refresh(site.application)
    assert site.application.state["defaultHostname"] == f"{site.project}.ew.r.appspot.com"

    site.application.id = f"{project}-none"
    with pytest.raises(Failed, match="has not been used in project"):
        cloud.refresh(site.application)
    for name in ("cloudresourcemanager", "appengine"):
        cloud.make(SERVICE, {"service": f"{name}.googleapis.com", "project": f"{project}-none"})
    assert not cloud.refresh(site.application)


def test_an_application_never_moves(cloud: Cloud, site: Site) -> None:
    """#16: refused in the preview."""
    with pytest.raises(Failed, match=r"Cannot change location_id once the resource is created\."):
        cloud.diff(site.application, {"locationId": "us-central", "project": site.project})


def test_what_destroy_leaves(cloud: Cloud, site: Site) -> None:
    """#17: application, version, traffic, APIs and its own buckets; the account of the version is gone."""
    cloud.unmake(cloud.make(VERSION, site.version()))
    cloud.unmake(site.account)
    cloud.unmake(site.application)
    account = cloud.account

    assert account.row("applications", site.project) is not None
    assert account.row("buckets", f"staging.{site.project}.appspot.com") is not None
    assert account.row("accounts", site.email) is None
    row = account.row("projects", site.project)
    assert row is not None
    assert "appengine.googleapis.com" in row["enabled"]


def test_an_api_stays_enabled_unless_said_otherwise(cloud: Cloud, project: str) -> None:
    """#18: disable_on_destroy is false by default."""

    def enabled() -> Any:
        row = cloud.account.row("projects", project)
        return row and row["enabled"]

    first = cloud.make(SERVICE, {"service": "cloudresourcemanager.googleapis.com", "project": project})
    iam = cloud.make(SERVICE, {"service": "iam.googleapis.com", "project": project})
    assert first.state["disableOnDestroy"] is False
    cloud.unmake(iam)
    assert "iam.googleapis.com" in enabled()

    iam.state["disableOnDestroy"] = True
    cloud.unmake(iam)
    assert "iam.googleapis.com" not in enabled()


def test_resource_manager_has_to_be_enabled_first(cloud: Cloud, project: str) -> None:
    """#18: each look at an API asks it for the project; what was enabled is, and is recorded as such."""
    made = cloud.make(SERVICE, {"service": "appengine.googleapis.com", "project": project})
    assert "Cloud Resource Manager API has not been used" in made.reasons[0]

    cloud.make(SERVICE, {"service": "cloudresourcemanager.googleapis.com", "project": project})
    assert cloud.refresh(made)


def test_accounts_need_iam(cloud: Cloud, project: str) -> None:
    """#18."""
    cloud.make(SERVICE, {"service": "cloudresourcemanager.googleapis.com", "project": project})
    with pytest.raises(Failed, match=r"\(IAM\) API has not been used"):
        cloud.make(ACCOUNT_TYPE, {"accountId": "runs-the-app", "project": project})


def test_a_build_needs_roles_of_the_version_s_account(cloud: Cloud, empty: Site) -> None:
    """#19: reading both buckets, writing the image, writing logs; code 13 until all are there."""
    empty.upload()
    with pytest.raises(Failed, match=r"Error code 13.*does not have access to the bucket"):
        cloud.make(VERSION, empty.version())
    inputs = {"project": empty.project, "member": empty.member}
    for role in ("roles/storage.objectViewer", "roles/artifactregistry.writer"):
        cloud.make(PROJECT_MEMBER, {**inputs, "role": role})
        with pytest.raises(Failed, match="Error code 13"):
            cloud.make(VERSION, empty.version())
    cloud.make(PROJECT_MEMBER, {**inputs, "role": "roles/logging.logWriter"})

    assert cloud.make(VERSION, empty.version()).id


def test_the_builder_s_role_is_enough(cloud: Cloud, empty: Site) -> None:
    """3.4: the simple form."""
    empty.upload()
    role = "roles/cloudbuild.builds.builder"
    cloud.make(PROJECT_MEMBER, {"project": empty.project, "role": role, "member": empty.member})

    assert cloud.make(VERSION, empty.version()).id


def test_the_default_account_has_no_roles(cloud: Cloud, site: Site) -> None:
    """3.4: since 2024 it gets none by itself."""
    inputs = site.version()
    del inputs["serviceAccount"]
    with pytest.raises(Failed, match=rf"{site.project}@appspot\.gserviceaccount\.com does not have access"):
        cloud.make(VERSION, inputs)


@pytest.mark.covers(86)
def test_too_many_requests_are_sent_again(cloud: Cloud, site: Site) -> None:
    """#21: without a word."""
    cloud.account.plant_fault(OBJECT, "create", "throttled")

    assert site.upload("b.zip").id == f"{site.bucket}-b.zip"


def test_a_bucket_s_location_is_the_same_in_small_letters(cloud: Cloud, project: str) -> None:
    """The provider compares it without regard to that, also after a refresh."""
    inputs = {"name": f"{project}-small", "location": "europe-west1", "project": project}
    made = cloud.make(BUCKET, inputs)
    assert cloud.refresh(made)

    assert not cloud.diff(made, inputs).detailedDiff


def test_a_program_needs_credentials(starting: Callable[..., Cloud]) -> None:
    """3.6: a token, a key, or application default credentials."""
    with pytest.raises(Failed, match="Attempted to load application default credentials"):
        starting(GOOGLE_OAUTH_ACCESS_TOKEN="")
    with pytest.raises(Failed, match="JSON credentials are not valid"):
        starting(GOOGLE_OAUTH_ACCESS_TOKEN="", GOOGLE_CREDENTIALS="no key")
    assert starting(GOOGLE_OAUTH_ACCESS_TOKEN="", GOOGLE_CREDENTIALS=json.dumps({"type": "x"}))


def test_a_program_needs_a_project(starting: Callable[..., Cloud]) -> None:
    """3.6: by configuration or environment; each resource can name another."""
    without = starting()
    inputs = {"service": "cloudresourcemanager.googleapis.com"}
    assert without.check(SERVICE, inputs) == ["project: required field is not set"]
    configure(without.plugin, project="configured-1")
    assert without.make(SERVICE, inputs).id.startswith("configured-1/")
    assert (
        starting(GOOGLE_CLOUD_PROJECT="surroundings-1").make(SERVICE, inputs).id.startswith("surroundings-1/")
    )
