"""Secrets at App Engine: in Secret Manager, a version for each value, read by one account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from components.targets import appengine
from unit import examples, recorder

if TYPE_CHECKING:
    from unit.conftest import Deploy

SECRETS: Final = {"secrets": {"DATABASE_URL": examples.CANARY, "API_KEY": "other"}}


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}), **options)
    assert done.error is None
    return done


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """An app with two secrets and a static folder."""
    return deployed(deploy, {**SECRETS})


def test_a_secret_is_seen_in_one_input_only(made: recorder.Recording) -> None:
    """The version of its secret; App Engine's own variables can be read by every viewer of the project."""
    seen = {
        (r.name, key) for r in made.resources for key, value in r.inputs.items() if "c4n4ry" in str(value)
    }
    assert seen == {("secret-version-DATABASE_URL", "secretData")}
    assert made["secret-version-DATABASE_URL"].secret == {"secretData"}
    assert "c4n4ry" not in str([made.said, made.outputs, made.component_outputs])
    assert b"c4n4ry" not in (made.folder / appengine.ZIP).read_bytes()


def test_the_app_is_told_which_versions_of_secrets_are_its_own(made: recorder.Recording) -> None:
    """By their names, and each version keeps: a kept release reads its own, not the newest."""
    told = json.loads(made["version"].inputs["envVariables"]["FLASK_DEPLOY_SECRETS"])
    assert told == {
        name: f"projects/471203/secrets/{made[f'secret-{name}'].name}-id/versions/1"
        for name in SECRETS["secrets"]
    }
    for name in SECRETS["secrets"]:
        assert made[f"secret-version-{name}"].retained
        assert not made[f"secret-{name}"].retained


def test_without_secrets_nothing_is_said_of_them(deploy: Deploy) -> None:
    """Neither a secret nor a variable."""
    done = deployed(deploy)
    assert set(done["version"].inputs["envVariables"]) == {"FLASK_DEPLOY_ENVIRONMENT"}
    assert not [each for each in done.resources if each.type.startswith("gcp:secretmanager")]
