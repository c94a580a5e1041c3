"""Target appengine: what a project gets for a release, who may do what there, and in which order."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.appengine import names
from components.targets import appengine
from unit import examples, recorder
from unit.differing import differing
from unit.engine import Engine

if TYPE_CHECKING:
    from unit.conftest import Deploy

SECRETS: Final = {"secrets": {"DATABASE_URL": examples.CANARY, "API_KEY": "other"}}
STATIC: Final = {"app": {"static": {"/avatar": "images"}}}
CREATED: Final = {"appengine": {"createApplication": True, "location": "us-central"}}


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}), **options)
    assert done.error is None
    return done


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """An app with two secrets and a static folder."""
    return deployed(deploy, {**SECRETS, **STATIC})


def test_the_outputs_are_these(made: recorder.Recording) -> None:
    """As docs/targets/appengine.md has them."""
    assert set(made.outputs) == {"url", "release", "target", "version"}
    assert made.outputs["url"] == "https://my-project.ew.r.appspot.com"
    assert made.outputs["version"] == made["version"].inputs["versionId"]


def test_apis_are_switched_on_and_stay_on(made: recorder.Recording, deploy: Deploy) -> None:
    """By way of one of them, so that is the first; Secret Manager's only for secrets."""
    apis = {each.inputs["service"]: each for each in made.all("Service")}
    short = {"cloudresourcemanager", "iam", "storage", "appengine", "cloudbuild", "artifactregistry"}
    assert set(apis) == {f"{name}.googleapis.com" for name in {*short, "secretmanager"}}
    assert all(each.inputs["disableOnDestroy"] is False for each in apis.values())
    first = apis.pop("cloudresourcemanager.googleapis.com")
    assert first.depends_on == frozenset()
    assert all(each.depends_on == {first.name} for each in apis.values())
    without = {each.inputs["service"] for each in deployed(deploy).all("Service")}
    assert without == {f"{name}.googleapis.com" for name in short}


def test_all_is_made_in_the_configured_project(made: recorder.Recording) -> None:
    """Whatever else the credentials could reach; a bucket and an object have it by their name."""
    projects = {
        each.name: each.inputs.get("project") for each in made.resources if each.type.startswith("gcp:")
    }
    elsewhere = {"code", "reads-code", "stages-code", "secret-version-DATABASE_URL", "secret-version-API_KEY"}
    assert {name for name, project in projects.items() if project != "my-project"} == elsewhere


def test_an_application_that_is_there_is_left_alone(made: recorder.Recording) -> None:
    """It is read by the project's id and never managed: all else waits for what it says."""
    assert made.read == {"application": "my-project"}
    assert made.all("Application") == []
    for name in ("releases", "account", "secret-API_KEY"):
        assert "application" in made[name].depends_on, name


def test_an_application_can_be_made(deploy: Deploy) -> None:
    """Before anything else but the APIs. Nothing pretends to delete it, and it is warned of."""
    done = deployed(deploy, CREATED)
    application = done.one("Application")
    assert application.inputs == {"project": "my-project", "locationId": "us-central"}
    assert application.retained
    assert application.depends_on == {each.name for each in done.all("Service")}
    assert done.read == {}
    (warned,) = [text for severity, text in done.said if severity == "warning"]
    assert all(word in warned for word in ("us-central", "for good", "no destroy deletes it"))


def test_an_application_elsewhere_is_said(deploy: Deploy) -> None:
    """It can't be moved to where the configuration wants it; one that is there says nothing."""
    done = deployed(deploy, {"appengine": {"location": "us-central"}})
    (warned,) = [text for severity, text in done.said if severity == "warning"]
    assert warned == (
        "appengine/location: the project's application is in europe-west for good, not in us-central; "
        "take this key away, or another project"
    )
    assert [s for s, _ in deployed(deploy, {"appengine": {"location": "europe-west"}}).said] == ["info"]


def test_a_project_without_an_application_is_told_what_to_do(deploy: Deploy) -> None:
    """The provider's own words are a bare "does not exist", and no hook sees them."""
    ((severity, text),) = deployed(deploy).said
    assert severity == "info"
    assert "appengine.createApplication: true" in text


@pytest.mark.covers("P12")
@pytest.mark.parametrize(
    ("location", "region"), [("us-central", "US-CENTRAL1"), ("europe-west3", "EUROPE-WEST3")]
)
def test_the_bucket_is_private_and_near(deploy: Deploy, location: str, region: str) -> None:
    """Nobody's by list or by mistake; in the application's region, by its own name."""
    engine = Engine(held={"Application": {"locationId": location}})
    inputs = deployed(deploy, engine=engine)["releases"].inputs
    assert inputs["location"] == region
    assert (inputs["uniformBucketLevelAccess"], inputs["publicAccessPrevention"]) == (True, "enforced")
    assert (inputs["forceDestroy"], inputs["softDeletePolicy"]) == (True, {"retentionDurationSeconds": 0})


def test_a_project_has_one_stack(deploy: Deploy) -> None:
    """Two would take each other's traffic: the second is refused the bucket, whatever else it is called."""
    names_ = {deployed(deploy, name=stack)["releases"].inputs["name"] for stack in ("dev", "prod")}
    assert names_ == {"my-project-default-releases"}


def test_no_rule_deletes_a_zip(made: recorder.Recording) -> None:
    """Each belongs to a version that is kept. They become cheaper; only unfinished uploads go."""
    actions = [rule["action"]["type"] for rule in made["releases"].inputs["lifecycleRules"]]
    assert actions == ["SetStorageClass", "AbortIncompleteMultipartUpload"]


@pytest.mark.covers(60)
@pytest.mark.parametrize("name", ["account", "secret-DATABASE_URL", "releases", "code"])
def test_what_is_replaced_goes_after_the_new_one(made: recorder.Recording, name: str) -> None:
    """The provider would take what has a name of the program's away first: in another project, say."""
    assert made[name].delete_before_replace is False


def test_a_zip_has_its_digest_for_a_name(made: recorder.Recording) -> None:
    """So another content has another address, and older ones stay; a path that is equal on each computer."""
    code = made["code"]
    assert re.fullmatch(r"[0-9a-f]{64}\.zip", code.inputs["name"])
    assert code.inputs["source"].path == "platforms/appengine/app.zip"
    assert (code.retained, code.delete_before_replace) == (True, False)
    zipped = made["version"].inputs["deployment"]["zip"]
    assert zipped["sourceUrl"] == (
        f"https://storage.googleapis.com/{made['releases'].inputs['name']}/{code.inputs['name']}"
    )


def test_the_zip_has_unix_modes_and_the_same_bytes_each_time(deploy: Deploy) -> None:
    """Without modes no module is found there; other bytes would be another upload."""
    place = deployed(deploy).folder / appengine.ZIP
    first = place.read_bytes()
    with zipfile.ZipFile(place) as archive:
        modes = {info.external_attr >> 16 & 0o777 for info in archive.infolist()}
        files = set(archive.namelist())
    assert modes == {0o644}
    assert {"run.py", "gunicorn.conf.py", "flask_deploy_secrets.py", "requirements.txt"} <= files
    done = deployed(deploy)
    assert place.read_bytes() == first
    assert done["version"].inputs["deployment"]["zip"]["filesCount"] == len(files)


@pytest.mark.covers("P12")
def test_the_account_may_do_this_and_no_more(made: recorder.Recording) -> None:
    """On the buckets, not on all of the project's; on each secret, not on all of them."""
    account = made["account"].inputs["accountId"]
    member = f"serviceAccount:{account}@my-project.iam.gserviceaccount.com"
    kinds = ("BucketIAMMember", "IAMMember", "SecretIamMember")
    roles = {
        each.name: (each.inputs.get("bucket") or each.inputs.get("secretId", ""), each.inputs["role"])
        for kind in kinds
        for each in made.all(kind)
    }
    secret = made["secret-DATABASE_URL"].inputs["secretId"]
    other = made["secret-API_KEY"].inputs["secretId"]
    assert roles == {
        "reads-code": (made["releases"].inputs["name"], "roles/storage.objectViewer"),
        "stages-code": ("staging.my-project.appspot.com", "roles/storage.objectAdmin"),
        "stores-images": ("", "roles/artifactregistry.createOnPushWriter"),
        "writes-logs": ("", "roles/logging.logWriter"),
        "reads-DATABASE_URL": (secret, "roles/secretmanager.secretAccessor"),
        "reads-API_KEY": (other, "roles/secretmanager.secretAccessor"),
    }
    assert {each.inputs["member"] for kind in kinds for each in made.all(kind)} == {member}
    assert made["version"].inputs["serviceAccount"] == member.removeprefix("serviceAccount:")


def test_a_version_waits_for_all_that_it_needs(made: recorder.Recording) -> None:
    """Without its roles the first build fails, without a secret's the first start."""
    needed = {
        each.name for each in made.resources if each.type.endswith(("IAMMember", "IamMember", "Service"))
    }
    needed |= {"code", "account", "attempt", "secret-version-DATABASE_URL", "secret-version-API_KEY"}
    assert needed <= made["version"].depends_on


@hypothesis_settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.from_regex(r"[A-Za-z0-9_.-]{1,100}", fullmatch=True))
@example("x" * 100)
@example("google.books")
@example("7")
def test_names_are_within_google_s_rules(deploy: Deploy, stack: str) -> None:
    """Whatever the stack is called: account, bucket, secret, version."""
    done = deployed(deploy, SECRETS, name=stack)
    assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])", done["account"].inputs["accountId"])
    assert 6 <= len(done["account"].inputs["accountId"]) <= 30
    bucket = done["releases"].inputs["name"]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket)
    assert "google" not in bucket
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", done["secret-DATABASE_URL"].inputs["secretId"])
    version = done["version"].inputs["versionId"]
    assert re.fullmatch(r"(?!ah-)[a-z]([a-z0-9-]{0,61}[a-z0-9])", version)
    assert len(names.label(version, "p" * 30)) <= 63


@pytest.mark.covers(60)
def test_what_versions_need_keeps_its_name_when_the_app_is_renamed(
    made: recorder.Recording, deploy: Deploy
) -> None:
    """Account, roles, bucket and secrets: what serves starts by them.

    The account is described anew; where there are secrets it is another version.
    """
    renamed = deployed(deploy, {"app": {"name": "novel"}})
    assert differing(renamed, deployed(deploy)) == {"account": {"displayName"}}
    assert renamed["account"].inputs["displayName"] == "novel, deployed by flask-deploy/dev"
    with_secrets = deployed(deploy, {**SECRETS, "app": {**STATIC["app"], "name": "novel"}})
    release = {"attempt", "version", "probe-version", "traffic", "probe"}
    assert differing(with_secrets, made).keys() == {"account", *release}


def test_each_failure_is_explained(made: recorder.Recording) -> None:
    """Google's refusals in words; a probe's failure explains itself."""
    hooks = {each.name: each.error_hooks for each in made.resources if each.type.startswith("gcp:")}
    assert hooks.pop("version") == ("build-log", "refused")
    assert set(hooks.values()) == {("refused",)}


def test_a_preview_before_anything_is_there(deploy: Deploy, made: recorder.Recording) -> None:
    """No name and no URL is known then: it shows the same resources."""
    preview = deployed(deploy, {**SECRETS, **STATIC}, engine=Engine(knows=False), preview=True)
    assert sorted(preview.names()) == sorted(made.names())
    assert isinstance(preview.outputs["url"], pulumi.output.Unknown)
