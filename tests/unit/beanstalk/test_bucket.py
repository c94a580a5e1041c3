"""The bucket of the bundles: nobody but the account gets in, and old content goes in the end."""

from __future__ import annotations

import graphlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from unit.beanstalk.stacks import NAME, deployed

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A minimal stack."""
    return deployed(deploy)


def guard(made: recorder.Recording, kind: str) -> dict[str, Any]:
    """What is said of the one bucket by a resource of a type."""
    found = dict(made.one(kind).inputs)
    assert found.pop("bucket") == "bundles-id"
    return found


def test_there_is_one_bucket_and_it_has_a_name_that_is_free(made: recorder.Recording) -> None:
    """Names are shared by everybody; https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    name = made.one("Bucket").inputs["bucket"]
    assert name == f"flask-deploy-{NAME}"
    assert re.fullmatch("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name)


@pytest.mark.covers("P12")
def test_nothing_of_it_can_be_made_public(made: recorder.Recording) -> None:
    """All four blocks."""
    assert guard(made, "BucketPublicAccessBlock") == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert "acl" not in made.one("Bucket").inputs


def test_it_is_encrypted(made: recorder.Recording) -> None:
    """By S3's own key, so that Elastic Beanstalk needs no right to another."""
    default = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    assert guard(made, "BucketServerSideEncryptionConfiguration") == {"rules": [default]}


@pytest.mark.covers("P12")
def test_it_is_reached_by_tls_only(made: recorder.Recording) -> None:
    """Whoever asks, whatever for, the bucket and what is in it."""
    policy = json.loads(guard(made, "BucketPolicy")["policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    arn = f"arn:aws:s3:::flask-deploy-{NAME}"
    assert statement["Resource"] == [arn, f"{arn}/*"]


def test_what_is_deleted_is_gone_in_the_end(made: recorder.Recording) -> None:
    """Versioned, and what is not the newest is kept for thirty days."""
    assert guard(made, "BucketVersioning") == {"versioningConfiguration": {"status": "Enabled"}}
    (rule,) = guard(made, "BucketLifecycleConfiguration")["rules"]
    assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert "expiration" not in rule


def test_its_guards_come_one_after_the_other(made: recorder.Recording) -> None:
    """S3 refuses two changes of one bucket at the same time."""
    guards = {
        each.name: each
        for each in made.resources
        if each.type.startswith("aws:s3/bucket") and each.name != "bundle"
    }
    order = graphlib.TopologicalSorter({name: each.depends_on & set(guards) for name, each in guards.items()})
    order.prepare()
    while order.is_active():
        (only,) = order.get_ready()
        order.done(only)
    assert len(guards) == 6


def test_destroy_takes_kept_bundles_along(made: recorder.Recording) -> None:
    """Otherwise they would keep the bucket from being deleted."""
    assert made.one("Bucket").inputs["forceDestroy"] is True


def test_a_bundle_stays_when_the_next_one_comes(made: recorder.Recording) -> None:
    """Its version needs it; the application's lifecycle rule deletes both."""
    bundle = made["bundle"]
    assert bundle.retained
    assert bundle.inputs["key"] == f"{made.one('ApplicationVersion').inputs['name']}.zip"
    assert bundle.inputs["contentType"] == "application/zip"
    assert bundle.inputs["bucket"] == "bundles-id"
    assert bundle.inputs["source"].path == "platforms/beanstalk/bundle.zip"
