"""What target beanstalk refuses before it makes anything: region, credentials, platform, and all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.errors import ConfigError
from unit import examples
from unit.beanstalk.stacks import STACK, deployed, engine
from unit.engine import Engine, Refusal

if TYPE_CHECKING:
    from unit.conftest import Deploy


def refused(deploy: Deploy, config: dict[str, Any], **options: Any) -> tuple[str, ...]:
    """What is said instead of making anything; something has to be."""
    done = deploy(config, **{"engine": engine(), **options})
    assert isinstance(done.error, ConfigError)
    assert done.resources == []
    return done.error.faults


def test_a_region_is_needed(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the stack or the environment; the provider itself would fail in the middle."""
    config = {key: value for key, value in examples.BEANSTALK.items() if key != "aws:region"}
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    example_ = "pulumi config set aws:region eu-central-1"
    assert refused(deploy, config) == (f"aws:region: is required, for example: {example_}",)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert deploy(config, engine=engine()).error is None


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_a_region_of_another_partition_is_refused(deploy: Deploy, region: str) -> None:
    """Its policies and names begin otherwise."""
    (told,) = refused(deploy, {**examples.BEANSTALK, "aws:region": region})
    assert told.startswith(f"aws:region: {region} is not of AWS's public regions")


@pytest.mark.parametrize("key", ["accessKey", "secretKey", "token"])
def test_credentials_in_plain_are_refused(deploy: Deploy, key: str) -> None:
    """The stack's file is committed; encrypted ones are fine. They are not repeated."""
    config = {**examples.BEANSTALK, f"aws:{key}": "c4n4ry"}
    (told,) = refused(deploy, config)
    assert told.startswith(f"aws:{key}: should be encrypted, but can be read")
    assert "c4n4ry" not in told
    encrypted = deploy(config, engine=engine(), secret=("secrets", f"aws:{key}"))
    assert encrypted.error is None
    assert "c4n4ry" not in str([encrypted.resources, encrypted.said])


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("no matching Elastic Beanstalk Solution Stack found", "app/python: a platform with Python 3.13 was"),
        ("No valid credential sources found.", "target beanstalk: AWS does not know who you are"),
        ("Invalid credentials configured.", "target beanstalk: the access key is not accepted"),
    ],
)
def test_a_platform_that_can_t_be_looked_up_is_told(deploy: Deploy, answer: str, told: str) -> None:
    """With AWS's own words, and what to do."""
    (fault,) = refused(deploy, dict(examples.BEANSTALK), engine=Engine({"getSolutionStack": Refusal(answer)}))
    assert fault.startswith(told)
    assert answer in fault


def test_a_named_platform_has_the_app_s_python(deploy: Deploy) -> None:
    """Or the app would be run by another one than it is checked for."""
    config = examples.changed(examples.BEANSTALK, {"beanstalk": {"solutionStack": STACK}})
    (told,) = refused(deploy, examples.changed(config, {"app": {"python": "3.12"}}))
    assert told.startswith("beanstalk/solutionStack: should have the Python of app/python, which is 3.12")


def test_all_faults_come_at_once(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of region, credentials, secrets and source; nothing is asked of AWS before."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    changes = {"secrets": {"A": ""}, "pinnedRelease": "3f9c0a71be52", "aws:region": "", "aws:secretKey": "x"}
    asked = engine()
    told = refused(deploy, examples.changed(examples.BEANSTALK, changes), engine=asked)
    assert [fault.partition(": ")[0] for fault in told] == [
        *("aws:secretKey", "aws:region", "secrets/A", "pinnedRelease")
    ]
    assert asked.asked == []


def test_what_has_no_effect_is_warned_of(deploy: Deploy) -> None:
    """Once for each, before anything is made."""
    done = deployed(deploy, {"machine": {"webStack": "apache-gunicorn"}})
    ((severity, text),) = done.said
    assert severity == "warning"
    assert text.startswith("machine: has no effect on Elastic Beanstalk")
    assert deployed(deploy).said == []
