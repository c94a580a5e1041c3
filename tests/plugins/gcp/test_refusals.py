"""Each type refuses something, in the service's words; where the rule is documented stands with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.harness import Failed

from .conftest import (
    ACCOUNT_TYPE,
    APPLICATION,
    BUCKET,
    BUCKET_MEMBER,
    EVERYTHING,
    NETWORK,
    OBJECT,
    PROJECT_MEMBER,
    SECRET,
    SECRET_MEMBER,
    SECRET_VERSION,
    SERVICE,
    SPLIT,
    VERSION,
)

if TYPE_CHECKING:
    from plugins.cloud import Cloud

    from .conftest import Site


def test_a_service_that_is_no_api(cloud: Cloud, project: str) -> None:
    """Service Usage API, services.enable: a name such as `x.googleapis.com`."""
    assert cloud.check(SERVICE, {"service": "appengine", "project": project})


def test_an_api_on_which_another_depends_is_not_disabled(cloud: Cloud, site: Site) -> None:
    """Service Usage API, services.disable, disableDependentServices: an error while one depends on it."""
    service = {"service": "cloudbuild.googleapis.com", "project": site.project, "disableOnDestroy": True}
    made = cloud.make(SERVICE, service)
    with pytest.raises(Failed, match="is depended on by the following active service"):
        cloud.unmake(made)


def test_an_application_at_no_location_of_app_engine(cloud: Cloud, project: str) -> None:
    """App Engine locations: `europe-west` and `us-central` are called otherwise than regions."""
    for name in ("cloudresourcemanager", "appengine"):
        cloud.make(SERVICE, {"service": f"{name}.googleapis.com", "project": project})
    with pytest.raises(Failed, match="Error 400: Invalid location: europe-west1"):
        cloud.make(APPLICATION, {"locationId": "europe-west1", "project": project})


def test_an_application_without_its_api(cloud: Cloud, project: str) -> None:
    """Service Usage, "enable an API": SERVICE_DISABLED, 403."""
    with pytest.raises(Failed, match="App Engine Admin API has not been used in project"):
        cloud.make(APPLICATION, {"locationId": "europe-west", "project": project})


@pytest.mark.parametrize("name", ["default", "latest", "ah-1", "R1", "r_1", "-r1", "r1-", "r" * 64])
def test_a_version_of_a_wrong_id(cloud: Cloud, site: Site, name: str) -> None:
    """App Engine Admin API, apps.services.versions, id: lowercase, digits, hyphens, 63; reserved names."""
    assert cloud.check(VERSION, site.version(versionId=name))


def test_the_first_service_is_default(cloud: Cloud, site: Site) -> None:
    """App Engine, "communicate between services": an app has a default service before any other."""
    with pytest.raises(Failed, match="must be the 'default' service"):
        cloud.make(VERSION, site.version(service="api"))
    cloud.make(VERSION, site.version())
    assert cloud.make(VERSION, site.version(service="api")).id.endswith("/services/api/versions/r1")


@pytest.mark.parametrize(
    "more",
    [
        {"runtime": "python27"},
        {"instanceClass": "B2"},
        {"instanceClass": "F3"},
        {"basicScaling": {"maxInstances": 1}},
        {"automaticScaling": {"standardSchedulerSettings": {"minInstances": 3, "maxInstances": 2}}},
        {"handlers": [{**EVERYTHING, "login": "LOGIN_ADMIN"}]},
        {"handlers": [{**EVERYTHING, "securityLevel": "ALWAYS"}]},
        {"handlers": [{**EVERYTHING, "urlRegex": "("}]},
        {"handlers": [{**EVERYTHING, "script": {"scriptPath": "main.app"}}]},
        {"nothing": 1},
    ],
)
def test_a_version_with_wrong_settings(cloud: Cloud, site: Site, more: dict[str, Any]) -> None:
    """App Engine Admin API, apps.services.versions: runtime, instanceClass, scaling, handlers."""
    assert cloud.check(VERSION, site.version(**more))


def test_a_version_without_application(cloud: Cloud, project: str, site: Site) -> None:
    """App Engine Admin API, apps.services.versions.create: 404 for an app that is not there."""
    for name in ("cloudresourcemanager", "appengine"):
        cloud.make(SERVICE, {"service": f"{name}.googleapis.com", "project": project + "-none"})
    with pytest.raises(
        Failed, match="Error creating StandardAppVersion: googleapi: Error 404: Could not find"
    ):
        cloud.make(VERSION, {**site.version(), "project": project + "-none"})


def test_a_version_of_a_source_that_is_gone(cloud: Cloud, site: Site) -> None:
    """App Engine Admin API, ZipInfo.sourceUrl: a file in Cloud Storage."""
    start = "Error waiting to create StandardAppVersion: Error waiting for Creating StandardAppVersion: "
    with pytest.raises(Failed) as caught:
        cloud.make(VERSION, site.version(deployment={"zip": {"sourceUrl": site.source("none.zip")}}))
    assert caught.value.text.startswith(f"{start}Error code 3")


def test_a_version_of_no_account(cloud: Cloud, site: Site) -> None:
    """App Engine, "user-managed service accounts": it has to exist."""
    with pytest.raises(Failed, match="does not exist"):
        cloud.make(VERSION, site.version(serviceAccount=f"none@{site.project}.iam.gserviceaccount.com"))


def test_more_versions_than_an_app_may_have(cloud: Cloud, site: Site) -> None:
    """App Engine quotas, "versions": 210 for an app that pays."""
    cloud.make(VERSION, site.version())
    with cloud.account.opened() as tables:
        row = tables["versions"][f"{site.project}/default/r1"]
        for number in range(209):
            tables["versions"][f"{site.project}/default/old-{number}"] = row
    with pytest.raises(Failed, match="may not have more than 210 versions"):
        cloud.make(VERSION, site.version(versionId="r2"))


@pytest.mark.parametrize(
    ("allocations", "shard", "words"),
    [
        ({"none": "1"}, "COOKIE", "does not exist"),
        ({"r1": "0.5"}, "COOKIE", "must sum to 1"),
        ({"r1": "0.125", "r2": "0.875"}, "IP", "more than 2 decimal digits"),
        ({"r1": "0.5", "r2": "0.5"}, "UNSPECIFIED", "needs shard_by"),
        ({}, "COOKIE", "at least one"),
    ],
)
def test_a_split_that_is_none(
    cloud: Cloud, site: Site, allocations: dict[str, str], shard: str, words: str
) -> None:
    """App Engine Admin API, apps.services, TrafficSplit: existing versions, in all 1, two or three digits."""
    for name in ("r1", "r2"):
        cloud.make(VERSION, site.version(versionId=name))
    split = {"shardBy": shard, "allocations": allocations}
    with pytest.raises(Failed, match=words):
        cloud.make(SPLIT, {"service": "default", "project": site.project, "split": split})


def test_a_split_of_no_service(cloud: Cloud, site: Site) -> None:
    """App Engine Admin API, apps.services.patch: 404 for a service that is not there."""
    with pytest.raises(Failed, match="Could not find Service default"):
        cloud.make(SPLIT, site.split("r1"))


def test_an_ingress_that_is_none(cloud: Cloud, site: Site) -> None:
    """App Engine Admin API, apps.services, NetworkSettings.ingressTrafficAllowed; the service exists."""
    inputs = {"service": "default", "project": site.project}
    assert cloud.check(NETWORK, {**inputs, "networkSettings": {"ingressTrafficAllowed": "ALL"}})
    allowed = {"ingressTrafficAllowed": "INGRESS_TRAFFIC_ALLOWED_ALL"}
    with pytest.raises(Failed, match="Could not find Service"):
        cloud.make(NETWORK, {**inputs, "networkSettings": allowed})


@pytest.mark.parametrize(
    "name", ["ab", "Shop", "goog-shop", "my-google-shop", "192.0.2.1", "-shop", "s" * 64]
)
def test_a_bucket_of_a_wrong_name(cloud: Cloud, project: str, name: str) -> None:
    """Cloud Storage, "bucket names": 3 to 63 characters, no `goog`, no address."""
    assert cloud.check(BUCKET, {"name": name, "location": "EU", "project": project})


def test_a_bucket_whose_name_is_taken(cloud: Cloud, site: Site) -> None:
    """Cloud Storage, "bucket names": one namespace for all of the world; 409."""
    inputs = {"name": f"{site.project}-taken", "location": "EU", "project": site.project}
    cloud.account.put("taken", inputs["name"], {})
    with pytest.raises(Failed, match="The requested bucket name is not available"):
        cloud.make(BUCKET, inputs)
    with pytest.raises(Failed, match="you already own it"):
        cloud.make(BUCKET, {**inputs, "name": site.bucket})


def test_a_bucket_at_no_location(cloud: Cloud, project: str) -> None:
    """Cloud Storage, "bucket locations": App Engine's `europe-west` is none."""
    with pytest.raises(Failed, match="location constraint is not valid"):
        cloud.make(BUCKET, {"name": f"{project}-there", "location": "europe-west", "project": project})


def test_a_bucket_with_objects_stays(cloud: Cloud, site: Site) -> None:
    """Cloud Storage, buckets.delete: only an empty one; the provider empties it with force_destroy."""
    inputs = {"name": f"{site.project}-full", "location": "EU", "project": site.project}
    made = cloud.make(BUCKET, inputs)
    cloud.make(OBJECT, {"bucket": inputs["name"], "name": "a", "content": "a"})
    with pytest.raises(Failed, match="containing objects without `force_destroy`"):
        cloud.unmake(made)
    cloud.change(made, {**inputs, "forceDestroy": True})
    cloud.unmake(made)


def test_an_object_in_no_bucket(cloud: Cloud, project: str) -> None:
    """Cloud Storage, objects.insert: 404; and it has one content."""
    with pytest.raises(Failed, match="The specified bucket does not exist"):
        cloud.make(OBJECT, {"bucket": f"{project}-none", "name": "a", "content": "a"})
    assert cloud.check(OBJECT, {"bucket": project, "name": "a", "content": "a", "source": "/etc/hostname"})


def test_nobody_is_let_into_a_bucket_that_prevents_it(cloud: Cloud, site: Site) -> None:
    """Cloud Storage, "public access prevention": 412 for allUsers; 404 for a bucket that is not there."""
    inputs = {"name": f"{site.project}-closed", "location": "EU", "project": site.project}
    cloud.make(BUCKET, {**inputs, "publicAccessPrevention": "enforced"})
    member = {"bucket": inputs["name"], "role": "roles/storage.objectViewer", "member": "allUsers"}
    with pytest.raises(Failed, match="public access prevention is enforced"):
        cloud.make(BUCKET_MEMBER, member)
    with pytest.raises(Failed, match="The specified bucket does not exist"):
        cloud.make(BUCKET_MEMBER, {**member, "bucket": f"{site.project}-none"})


@pytest.mark.parametrize("name", ["short", "Runs-the-app", "1-runs-the-app", "runs-the-app-", "r" * 31])
def test_an_account_of_a_wrong_id(cloud: Cloud, project: str, name: str) -> None:
    """IAM, "create service accounts": 6 to 30 lowercase letters, digits, dashes, a letter first."""
    assert cloud.check(ACCOUNT_TYPE, {"accountId": name, "project": project})


def test_a_second_account_of_an_id(cloud: Cloud, site: Site) -> None:
    """IAM API, projects.serviceAccounts.create: 409."""
    with pytest.raises(Failed, match="Error 409: Service account runs-the-app already exists"):
        cloud.make(ACCOUNT_TYPE, {"accountId": "runs-the-app", "project": site.project})


def test_a_role_for_nobody(cloud: Cloud, site: Site) -> None:
    """Resource Manager API, projects.setIamPolicy: members are kinds and names, roles and accounts exist."""
    inputs = {"project": site.project, "role": "roles/logging.logWriter"}
    assert cloud.check(PROJECT_MEMBER, {**inputs, "member": site.email})
    none = f"serviceAccount:none@{site.project}.iam.gserviceaccount.com"
    with pytest.raises(Failed, match=r"Error 400: Service account none@\S+ does not exist"):
        cloud.make(PROJECT_MEMBER, {**inputs, "member": none})
    with pytest.raises(Failed, match="is not supported for this resource"):
        cloud.make(PROJECT_MEMBER, {**inputs, "role": "logWriter", "member": site.member})


def test_a_secret_of_a_wrong_id(cloud: Cloud, site: Site) -> None:
    """Secret Manager API, projects.secrets.create, secretId; and one of an id, one kind of replication."""
    inputs: dict[str, Any] = {"secretId": "db", "project": site.project, "replication": {"auto": {}}}
    assert cloud.check(SECRET, {**inputs, "secretId": "a.b"})
    assert cloud.check(SECRET, {**inputs, "replication": {}})
    cloud.make(SECRET, inputs)
    with pytest.raises(Failed, match="Error 409"):
        cloud.make(SECRET, inputs)


def test_a_protected_secret_stays(cloud: Cloud, site: Site) -> None:
    """google_secret_manager_secret, deletion_protection."""
    inputs = {
        "secretId": "db",
        "project": site.project,
        "replication": {"auto": {}},
        "deletionProtection": True,
    }
    made = cloud.make(SECRET, inputs)
    with pytest.raises(Failed, match="without setting deletion_protection=false"):
        cloud.unmake(made)


def test_a_payload_of_a_wrong_size_or_place(cloud: Cloud, site: Site) -> None:
    """Secret Manager API, projects.secrets.addVersion: up to 64 KiB; the secret exists, by its whole name."""
    made = cloud.make(SECRET, {"secretId": "db", "project": site.project, "replication": {"auto": {}}})
    with pytest.raises(Failed, match="must have 1 to 65536 bytes"):
        cloud.make(SECRET_VERSION, {"secret": made.id, "secretData": "x" * 65537})
    with pytest.raises(Failed, match="must be projects/PROJECT/secrets/SECRET"):
        cloud.make(SECRET_VERSION, {"secret": "db", "secretData": "x"})
    with pytest.raises(Failed, match="Error 404: Secret"):
        cloud.make(SECRET_VERSION, {"secret": f"{made.id}-none", "secretData": "x"})


def test_a_reader_of_no_secret(cloud: Cloud, site: Site) -> None:
    """Secret Manager API, projects.secrets.setIamPolicy: 404."""
    role = "roles/secretmanager.secretAccessor"
    inputs = {"secretId": "none", "project": site.project, "role": role, "member": site.member}
    with pytest.raises(Failed, match="Error 404: Secret"):
        cloud.make(SECRET_MEMBER, inputs)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("refused", "Error 403: The caller does not have permission"),
        ("failed", "Error 500: Internal error"),
        ("landed", "context deadline exceeded"),
    ],
)
def test_the_four_faults(cloud: Cloud, project: str, kind: str, words: str) -> None:
    """google.rpc.Code; the fourth one, too many requests, is met in test_traps.py."""
    cloud.account.plant_fault(BUCKET, "create", kind)
    inputs = {"name": f"{project}-faulty", "location": "EU", "project": project}
    with pytest.raises(Failed, match=words):
        cloud.make(BUCKET, inputs)
    assert (cloud.account.row("buckets", inputs["name"]) is not None) == (kind == "landed")
