"""What the types are from their making to their end, and what the functions tell."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .conftest import (
    ACCOUNT_TYPE,
    BUCKET,
    OBJECT,
    PROJECT_MEMBER,
    SECRET,
    SECRET_MEMBER,
    SECRET_VERSION,
    VERSION,
)

if TYPE_CHECKING:
    from plugins.cloud import Cloud

    from .conftest import Site

READER = "roles/secretmanager.secretAccessor"


def test_the_application_s_outputs(site: Site) -> None:
    """What a program builds on: the name that its URL has, and the buckets that came with it."""
    state = site.application.state

    assert state["defaultHostname"] == f"{site.project}.ew.r.appspot.com"
    assert state["codeBucket"] == f"staging.{site.project}.appspot.com"
    assert site.application.id == site.project


def test_a_version_s_id_and_name(cloud: Cloud, site: Site) -> None:
    """As the provider writes them; without an id the service makes one of the time."""
    inputs = site.version()
    assert cloud.make(VERSION, inputs).id == f"apps/{site.project}/services/default/versions/r1"
    del inputs["versionId"]

    assert len(cloud.make(VERSION, inputs, "other").state["versionId"]) == len("20261126t022107")


def test_another_id_is_another_version(cloud: Cloud, site: Site) -> None:
    """Everything else is changed in place."""
    made = cloud.make(VERSION, site.version())

    assert list(cloud.diff(made, site.version(versionId="r2")).replaces) == ["versionId"]
    assert not cloud.diff(made, site.version(runtime="python312")).replaces


def test_an_object_s_checksum(cloud: Cloud, site: Site) -> None:
    """MD5, in base64; other content is another object."""
    inputs = {"bucket": site.bucket, "name": "greeting", "content": "hello"}
    made = cloud.make(OBJECT, inputs)

    assert base64.b64decode(made.state["md5hash"]).hex() == "5d41402abc4b2a76b9719d911017c592"
    assert list(cloud.diff(made, {**inputs, "content": "bye"}).replaces) == ["content"]
    cloud.unmake(made)
    assert not cloud.refresh(made)


def test_what_is_given_no_name_has_one_of_its_own(cloud: Cloud, site: Site) -> None:
    """Drawn once: the same at the next plan."""
    inputs = {"location": "EU", "project": site.project}
    made = cloud.make(BUCKET, inputs, "releases")

    assert made.id.startswith("releases-")
    assert not cloud.diff(made, inputs).detailedDiff
    cloud.unmake(made)
    assert cloud.account.row("buckets", made.id) is None
    account = cloud.make(ACCOUNT_TYPE, {"project": site.project}, "runs-it")
    assert account.state["accountId"].startswith("runs-it-")


def test_a_secret_and_its_versions(cloud: Cloud, site: Site) -> None:
    """The payload is a secret in the state; another one is another version; a destroyed one is gone."""
    secret = cloud.make(SECRET, {"secretId": "db", "project": site.project, "replication": {"auto": {}}})
    first = cloud.make(SECRET_VERSION, {"secret": secret.id, "secretData": "one"})
    second = cloud.make(SECRET_VERSION, {"secret": secret.id, "secretData": "two"})

    assert first.id.endswith("/secrets/db/versions/1")
    assert second.state["version"] == "2"
    assert first.state["secretData"] != "one"
    assert "secretData" in cloud.diff(first, {"secret": secret.id, "secretData": "three"}).replaces
    assert cloud.refresh(first)
    cloud.unmake(first)
    assert not cloud.refresh(first)
    assert cloud.refresh(second)


def test_a_version_that_is_only_left_stays_readable(cloud: Cloud, site: Site) -> None:
    """deletion_policy ABANDON: for releases that are kept."""
    secret = cloud.make(SECRET, {"secretId": "db", "project": site.project, "replication": {"auto": {}}})
    inputs = {"secret": secret.id, "secretData": "one", "deletionPolicy": "ABANDON"}
    made = cloud.make(SECRET_VERSION, inputs)
    cloud.unmake(made)

    assert cloud.refresh(made)


def test_a_role_that_others_take_away_is_seen(cloud: Cloud, site: Site) -> None:
    """By a refresh."""
    cloud.make(SECRET, {"secretId": "db", "project": site.project, "replication": {"auto": {}}})
    inputs = {"secretId": "db", "project": site.project, "role": READER, "member": site.member}
    made = cloud.make(SECRET_MEMBER, inputs)
    assert made.id == f"projects/{site.project}/secrets/db/{READER}/{site.member}"
    assert cloud.refresh(made)
    cloud.account.drop("policies", f"secrets/{site.project}/db")

    assert not cloud.refresh(made)
    cloud.unmake(made)


def test_a_role_s_end(cloud: Cloud, site: Site) -> None:
    """Only that one goes."""
    inputs = {"project": site.project, "member": site.member}
    viewer = cloud.make(PROJECT_MEMBER, {**inputs, "role": "roles/viewer"})
    editor = cloud.make(PROJECT_MEMBER, {**inputs, "role": "roles/editor"})
    cloud.unmake(viewer)

    assert not cloud.refresh(viewer)
    assert cloud.refresh(editor)


def test_the_functions(cloud: Cloud, site: Site) -> None:
    """What a program may ask of a project."""
    found = cloud.call("gcp:organizations/getProject:getProject", {"projectId": site.project})
    assert found["number"].isdigit()
    email = cloud.call(
        "gcp:appengine/getDefaultServiceAccount:getDefaultServiceAccount", {"project": site.project}
    )["email"]
    assert email == f"{site.project}@appspot.gserviceaccount.com"
    assert cloud.call("gcp:organizations/getClientConfig:getClientConfig", {})["project"] == ""
