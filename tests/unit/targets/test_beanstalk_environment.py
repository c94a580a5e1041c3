"""The environment of target beanstalk: what it runs, what replaces it, and on which platform it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from unit.beanstalk.stacks import SECRETS, STACK, deployed, engine

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A stack with secrets."""
    return deployed(deploy, SECRETS)


def test_the_environment_runs_the_version(made: recorder.Recording) -> None:
    """A web server's, on the platform that was looked up, with a time-out of ours."""
    environment = made.one("Environment").inputs
    assert environment["version"] == made.one("ApplicationVersion").inputs["name"]
    assert (environment["tier"], environment["solutionStackName"]) == ("WebServer", STACK)
    assert environment["waitForReadyTimeout"] == "30m"


def test_all_settings_are_secret(made: recorder.Recording) -> None:
    """They repeat every variable in clear, twice."""
    assert made.one("Environment").secret_outputs == ("allSettings",)


@pytest.mark.parametrize(
    ("changes", "another"),
    [
        ({"beanstalk": {"loadBalancer": "application"}}, True),
        ({"beanstalk": {"loadBalancer": "network"}}, True),
        ({"app": {"python": "3.12"}}, True),
        ({"beanstalk": {"instanceType": "t3.small"}}, False),
        ({"app": {"environment": {"A": "1"}}}, False),
        (SECRETS, False),
    ],
    ids=["application", "network", "python", "type", "variable", "secret"],
)
def test_what_can_t_be_changed_replaces_the_environment(
    deploy: Deploy,
    changes: dict[str, Any],
    another: bool,  # noqa: FBT001
) -> None:
    """Another kind of balancer is refused by the service, another Python is another platform.

    So the plan says "replace", which is told before it is done.
    """
    before, after = (deployed(deploy, more).one("Environment") for more in ({}, changes))
    assert (before.replacement_trigger != after.replacement_trigger) == another
    assert before.replacement_trigger


def test_an_environment_is_replaced_by_one_of_its_name(made: recorder.Recording) -> None:
    """So the old one goes first: the URL stays, and there can be one environment of it."""
    assert made.one("Environment").delete_before_replace


def test_that_it_is_another_one_is_said(made: recorder.Recording) -> None:
    """When it is to be created, in words: ../beanstalk/test_anew.py; nothing else is told so."""
    assert {each.name for each in made.resources if each.create_hooks} == {"environment"}
    assert made.one("Environment").create_hooks == ("anew",)


def test_a_newer_platform_changes_nothing(deploy: Deploy) -> None:
    """It is looked up for a new environment; AWS's managed updates bring it to this one."""
    environment = deployed(deploy).one("Environment")
    newer = deployed(deploy, engine=engine(STACK.replace("v4.9.0", "v4.10.1"))).one("Environment")
    assert environment.ignore_changes == newer.ignore_changes == ("solutionStackName",)
    assert environment.replacement_trigger == newer.replacement_trigger


def test_a_named_platform_counts(deploy: Deploy) -> None:
    """Nothing is looked up then, and another name is a change."""
    named = STACK.replace("v4.9.0", "v4.8.2")
    asked = engine()
    environment = deployed(deploy, {"beanstalk": {"solutionStack": named}}, engine=asked).one("Environment")
    assert environment.inputs["solutionStackName"] == named
    assert (environment.ignore_changes, asked.asked) == ((), [])


def test_the_platform_has_the_app_s_python(deploy: Deploy) -> None:
    """The newest one of Amazon Linux 2023, and no other system with that Python."""
    asked = engine()
    deployed(deploy, {"app": {"python": "3.12"}}, engine=asked)
    ((name, question),) = asked.asked
    assert (name, question["mostRecent"]) == ("getSolutionStack", True)
    found = [
        kind
        for kind in (
            "64bit Amazon Linux 2023 v4.9.0 running Python 3.12",
            "64bit Amazon Linux 2023 v4.10.0 running Python 3.12",
            "64bit Amazon Linux 2023 v4.9.0 running Python 3.11",
            "64bit Amazon Linux 2 v3.9.0 running Python 3.12",
            "64bit Amazon Linux 2023 v4.9.0 running Python 3.12 Beta",
        )
        if re.search(question["nameRegex"], kind)
    ]
    assert [kind[24:30] for kind in found] == ["v4.9.0", "v4.10."]
