"""The secrets: in Secrets Manager, where the app's instances read them, and nowhere else in clear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from components.beanstalk import vault
from components.errors import ConfigError
from unit import examples
from unit.beanstalk.stacks import NAME, SECRETS, deployed, engine, settings
from unit.strategies import APP_NAMES, ENVIRONMENT_NAMES

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy

SETTINGS = "aws:elasticbeanstalk:application:environmentsecrets"
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A stack with two secrets."""
    return deployed(deploy, SECRETS)


def test_the_environment_names_them_by_arn(made: recorder.Recording) -> None:
    """So that the console, `allSettings` and the state have no value."""
    arn = f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{NAME}"
    assert settings(made)[SETTINGS] == {
        "DATABASE_URL": f"{arn}/DATABASE_URL/ab12cd34-x7Yz9Q",
        "TOKEN": f"{arn}/TOKEN/ab12cd34-x7Yz9Q",
    }


def test_a_value_is_seen_in_one_input_only(made: recorder.Recording) -> None:
    """An encrypted one; no message, output, command or setting has it, nor the bundle."""
    seen = {
        (r.name, key) for r in made.resources for key, value in r.inputs.items() if "c4n4ry" in str(value)
    }
    assert seen == {("value-DATABASE_URL", "secretString"), ("value-TOKEN", "secretString")}
    assert all(each.secret == {"secretString"} for each in made.all("SecretVersion"))
    assert "c4n4ry" not in str([made.said, made.outputs, made.component_outputs])
    assert b"c4n4ry" not in (made.folder / "platforms/beanstalk/bundle.zip").read_bytes()


def test_the_value_is_there_before_an_instance_starts(made: recorder.Recording) -> None:
    """It reads them when it starts, and fails where one is missing."""
    assert {"value-DATABASE_URL", "value-TOKEN"} <= made.one("Environment").depends_on


def keepers(done: recorder.Recording) -> dict[str, str]:
    """What each secret's name is drawn for."""
    return {
        each.name: each.inputs["keepers"]["value"]
        for each in done.all("RandomId")
        if each.name.startswith("draw-")
    }


def test_a_changed_value_is_another_secret(deploy: Deploy, made: recorder.Recording) -> None:
    """Only that one: where a release fails, the one before finds its own value as it was."""
    other = deployed(deploy, {"secrets": {**SECRETS["secrets"], "TOKEN": "another"}})
    before, after = keepers(made), keepers(other)
    assert before["draw-DATABASE_URL"] == after["draw-DATABASE_URL"]
    assert before["draw-TOKEN"] != after["draw-TOKEN"]
    assert keepers(deployed(deploy, SECRETS)) == before


def test_the_former_secret_goes_last(made: recorder.Recording) -> None:
    """When the environment has the new one; the provider would take it away first, since it is named."""
    assert [each.delete_before_replace for each in made.all("Secret")] == [False, False]


def test_what_a_name_is_drawn_for_tells_no_value(made: recorder.Recording) -> None:
    """It is slow to guess and differs between variables, even of one value."""
    found = keepers(made)
    assert all(re.fullmatch("[0-9a-f]{12}", digest) for digest in found.values())
    assert len(set(found.values())) == 2


def test_a_changed_value_is_a_release_of_its_own(deploy: Deploy, made: recorder.Recording) -> None:
    """With a version of its own: so instances start that read it."""
    other = deployed(deploy, {"secrets": {**SECRETS["secrets"], "TOKEN": "another"}})
    assert other.outputs["release"] != made.outputs["release"]
    drawn = [done["deployment"].inputs["keepers"] for done in (made, other)]
    assert drawn[0]["bundle"] == drawn[1]["bundle"]
    assert drawn[0]["environment"] != drawn[1]["environment"]


def test_a_removed_secret_leaves_no_window(made: recorder.Recording) -> None:
    """Its value is in the stack's file, and what nobody reads need not be paid for."""
    assert {each.inputs["recoveryWindowInDays"] for each in made.all("Secret")} == {0}


@hypothesis_settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(APP_NAMES, ENVIRONMENT_NAMES)
def test_a_secret_s_name_is_within_the_service_s_rules(deploy: Deploy, app: str, variable: str) -> None:
    """Whatever app and variable are called."""
    done = deployed(deploy, {"app": {"name": app}, "secrets": {variable: "x"}})
    assert SECRET_NAME.fullmatch(done.one("Secret").inputs["name"])


@pytest.mark.parametrize(
    ("value", "told"),
    [("", "secrets/TOKEN: is empty, and AWS"), ("ä" * 32769, "secrets/TOKEN: has 65538 bytes, and AWS")],
)
def test_a_value_that_is_not_kept_is_refused(deploy: Deploy, value: str, told: str) -> None:
    """Before anything is made; it is not repeated."""
    done = deploy(examples.changed(examples.BEANSTALK, {"secrets": {"TOKEN": value}}), engine=engine())
    assert isinstance(done.error, ConfigError)
    assert [fault[: len(told)] for fault in done.error.faults] == [told]
    assert "ä" not in str(done.error)
    assert done.resources == []


def test_the_largest_value_is_kept() -> None:
    """65,536 bytes: the service's own limit."""
    largest: dict[str, Any] = {"secrets": {"TOKEN": "x" * vault.LIMIT_BYTES}}
    assert list(vault.faults(examples.settings(examples.BEANSTALK, **largest))) == []
