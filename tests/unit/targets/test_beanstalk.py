"""Target beanstalk: application, versions that stay, an environment; its parts are in ../beanstalk."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings

from components.beanstalk import log
from components.targets import beanstalk
from unit.beanstalk.stacks import BALANCED, LOGIN, NAME, SECRETS, STACK, deployed, engine
from unit.differing import differing
from unit.strategies import APP_NAMES

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy

ALL: Final = {**SECRETS, "beanstalk": {**BALANCED["beanstalk"], **LOGIN["beanstalk"]}}
# https://docs.aws.amazon.com/elasticbeanstalk/latest/api/: API_CreateEnvironment.html and its like,
# https://docs.aws.amazon.com/IAM/latest/APIReference/: API_CreateRole.html, API_CreateInstanceProfile.html,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
RULES: Final = {
    "Application": r"[^/]{1,100}",
    "ApplicationVersion": r"[^/]{1,100}",
    "Environment": r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]",
    "Role": r"[\w+=,.@-]{1,64}",
    "InstanceProfile": r"[\w+=,.@-]{1,128}",
    "RolePolicy": r"[\w+=,.@-]{1,128}",
    "Bucket": r"(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "KeyPair": r"[ -~]{1,255}",
}


def code(done: recorder.Recording) -> str:
    """The code's id, as it has been bundled."""
    with zipfile.ZipFile(done.folder / beanstalk.BUNDLE) as archive:
        return str(json.loads(archive.read("flask_deploy.json"))["code"])


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A stack with secrets, a balancer and a login."""
    return deployed(deploy, ALL)


def test_the_outputs_are_these(made: recorder.Recording, deploy: Deploy) -> None:
    """As docs/targets/beanstalk.md has them, whatever is configured."""
    names = {"applicationName", "environmentName", "solutionStack", "versionLabel"}
    assert set(made.outputs) == {"url", "release", "target", *names}
    assert made.outputs["applicationName"] == made.outputs["environmentName"] == NAME
    assert made.outputs["solutionStack"] == STACK
    assert set(deployed(deploy).outputs) == set(made.outputs)


def test_the_url_is_the_environment_s(made: recorder.Recording) -> None:
    """In lower case, without HTTPS: there is no certificate for a name of Amazon's."""
    assert made.outputs["url"] == f"http://{NAME}.eu-central-1.elasticbeanstalk.com"


def test_destroy_says_what_it_leaves(made: recorder.Recording) -> None:
    """The bucket that is Elastic Beanstalk's own, by its name; said while the environment is still there."""
    left = made["left-bucket"]
    assert set(left.inputs) == {"delete", "addPreviousOutputInEnv"}
    assert "environment" in left.depends_on
    assert "elasticbeanstalk-eu-central-1-123456789012 stays" in left.inputs["delete"]


def test_names_may_be_chosen(deploy: Deploy) -> None:
    """The environment's and the URL's; all else has random digits, since others may have the name."""
    chosen = {"environmentName": "Shop-Prod", "cnamePrefix": "shop-3f9c"}
    environment = deployed(deploy, {"beanstalk": chosen}).one("Environment").inputs
    assert (environment["name"], environment["cnamePrefix"]) == ("Shop-Prod", "shop-3f9c")
    assert environment["application"] == NAME


@hypothesis_settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(APP_NAMES)
@example("x" * 30)
@example("abc")
@example("a" * 28 + "-b")
def test_names_are_within_each_service_s_rules(deploy: Deploy, name: str) -> None:
    """Whatever the app is called; and the first part of the URL is a DNS label."""
    done = deployed(deploy, {"app": {"name": name}, **ALL})
    for kind, rule in RULES.items():
        for each in done.all(kind):
            called = each.inputs[{"Bucket": "bucket", "KeyPair": "keyName"}.get(kind, "name")]
            assert re.fullmatch(rule, called), (kind, called)
    assert re.fullmatch("[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", done.one("Environment").inputs["cnamePrefix"])


def test_another_login_key_is_another_pair(deploy: Deploy, made: recorder.Recording) -> None:
    """The former goes last: until then instances of what serves start with it."""
    other = {
        "beanstalk": {**ALL["beanstalk"], "publicKey": LOGIN["beanstalk"]["publicKey"].replace("x", "y")}
    }
    before, after = made.one("KeyPair"), deployed(deploy, {**ALL, **other}).one("KeyPair")
    assert before.inputs["keyName"] != after.inputs["keyName"]
    assert before.delete_before_replace is False


RENAMED: Final = {"app": {"name": "novel"}}


@pytest.mark.covers(60)
def test_a_renamed_app_keeps_the_names(deploy: Deploy) -> None:
    """What was drawn is held: all names, the URL's too; what describes them follows, and a line says so."""
    kept = {"RandomId": {"hex": NAME}}
    renamed, before = (
        deployed(deploy, {**change, **LOGIN}, engine=engine(held=kept)) for change in (RENAMED, {})
    )
    assert renamed["suffix"].ignore_changes == ("prefix",)
    assert differing(renamed, before) == {"suffix": {"prefix"}, "application": {"description"}}
    assert renamed["application"].inputs["description"].startswith("novel, ")
    told = f"app.name: bookstore was here first, so the names in AWS stay {NAME}; "
    more = "for names of its own, use another stack"
    assert [line for line in renamed.said if line not in before.said] == [("info", told + more)]


def test_a_stack_from_before_keeps_its_names(deploy: Deploy) -> None:
    """It has drawn digits alone, and what is ignored of a prefix is not put in front of them."""
    before = deployed(deploy, engine=engine(held={"RandomId": {"hex": "ab12cd34"}}))
    assert before.outputs["applicationName"] == NAME
    assert not [line for _, line in before.said if line.startswith("app.name")]


@pytest.mark.covers(60)
def test_a_renamed_app_with_secrets_is_a_release(deploy: Deploy, made: recorder.Recording) -> None:
    """Of its own, with secrets of its own below the name that is held."""
    renamed = deployed(deploy, {**ALL, **RENAMED}, engine=engine(held={"RandomId": {"hex": NAME}}))
    assert renamed["deployment"].inputs["keepers"] != made["deployment"].inputs["keepers"]
    assert all(each.inputs["name"].startswith(f"{NAME}/") for each in renamed.all("Secret"))
    assert renamed.one("Environment").replacement_trigger == made.one("Environment").replacement_trigger


def test_no_tag_is_called_name(made: recorder.Recording) -> None:
    """Beanstalk sets that itself, and each plan would differ; project and stack are told."""
    tags = [each.inputs["tags"] for each in made.resources if "tags" in each.inputs]
    assert len(tags) >= 8
    assert all(each == {"project": "flask-deploy", "stack": "dev"} for each in tags)


def test_a_release_is_a_version_of_its_own(deploy: Deploy) -> None:
    """Known by its code, with digits that are drawn for it: a label never comes twice."""
    done = deployed(deploy)
    version = done.one("ApplicationVersion").inputs
    assert version["name"] == f"v-{code(done)}-ab12cd"
    assert version["key"] == f"{version['name']}.zip"
    assert (version["application"], version["bucket"]) == (NAME, "bundles-id")


@pytest.mark.parametrize(
    ("changes", "bundle", "release"),
    [
        ({"app": {"static": {"/avatar": "images"}}}, True, True),
        ({"app": {"releaseCommand": "true"}}, True, True),
        ({"app": {"environment": {"A": "1"}}}, False, True),
        ({"secrets": {"A": "1"}}, False, True),
        ({"beanstalk": {"instanceType": "t3.small"}}, False, False),
        ({"app": {"health": {"timeout": 90}}}, False, False),
    ],
    ids=["static", "release command", "variable", "secret", "instance type", "probe"],
)
def test_what_is_a_release_is_deployed(
    deploy: Deploy,
    changes: dict[str, Any],
    bundle: bool,  # noqa: FBT001
    release: bool,  # noqa: FBT001
) -> None:
    """Variables too: on new instances beside the old ones, with the release command run before."""
    before, after = deployed(deploy), deployed(deploy, changes)
    drawn = [done["deployment"].inputs["keepers"] for done in (before, after)]
    assert (drawn[0]["bundle"] != drawn[1]["bundle"]) == bundle
    assert (drawn[0] != drawn[1]) == release
    assert (before.outputs["release"] != after.outputs["release"]) == release


def test_the_same_configuration_is_no_change(deploy: Deploy) -> None:
    """All inputs, a second time."""
    first, second = deployed(deploy, ALL), deployed(deploy, ALL)
    one, other = (
        {(each.type, each.name): {**each.inputs, "source": None} for each in done.resources}
        for done in (first, second)
    )
    assert one == other
    assert len(one) == len(first.resources)


def test_kept_versions_are_pruned_by_the_application(deploy: Deploy) -> None:
    """They stay when the next one comes; the service deletes the oldest, with their bundles."""
    done = deployed(deploy, {"beanstalk": {"keptVersions": 7}})
    assert done.one("ApplicationVersion").retained
    assert done.one("Application").inputs["appversionLifecycle"] == {
        "serviceRole": f"arn:aws:iam::123456789012:role/{NAME}-service",
        "maxCount": 7,
        "deleteSourceFromS3": True,
    }


def test_only_versions_and_bundles_are_left_behind(made: recorder.Recording) -> None:
    """They go with application and bucket; nothing else would."""
    assert {each.name for each in made.resources if each.retained} == {"version", "bundle"}


def test_each_failure_is_explained(made: recorder.Recording) -> None:
    """In words, whatever it is that AWS refuses; what fails on instances or answers amiss by the log too."""
    hooks = {each.name: each.error_hooks for each in made.resources if each.custom}
    assert (hooks.pop("probe"), hooks.pop("left-bucket")) == (("log",), ())
    assert hooks.pop("environment") == ("log-of-instances", "refused")
    assert set(hooks.values()) == {("refused",)}


def test_a_log_that_is_not_kept_explains_nothing(deploy: Deploy) -> None:
    """Without `logDays` nothing is sent to CloudWatch."""
    done = deployed(deploy, {"beanstalk": {"logDays": 0}})
    assert (done["probe"].error_hooks, done["environment"].error_hooks) == ((), ("refused",))


@pytest.mark.parametrize(
    ("changes", "name"), [({}, NAME), ({"beanstalk": {"environmentName": "shop-prod"}}, "shop-prod")]
)
def test_the_log_is_that_of_the_name_that_is_wanted(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], name: str
) -> None:
    """An environment that could not be made has no outputs."""
    asked: list[str] = []
    real = log.hooks

    def hooks(hook: str, environment: pulumi.Input[str], **options: Any) -> list[pulumi.ErrorHook]:
        pulumi.Output.from_input(environment).apply(asked.append)
        return real(hook, environment, **options)

    monkeypatch.setattr(log, "hooks", hooks)
    deployed(deploy, changes)
    assert asked == [name, name]


def test_everything_belongs_to_one_component(made: recorder.Recording) -> None:
    """Its name is a part of all others' addresses, so it never changes."""
    (component,) = made.all("Beanstalk")
    assert component.type == "flask-deploy:index:Beanstalk"
    parents = {each.parent for each in made.resources if each.name not in ("beanstalk", "probe")}
    assert parents == {"beanstalk"}


def test_a_preview_before_anything_is_there(deploy: Deploy, made: recorder.Recording) -> None:
    """No name and no URL is known then: it shows the same resources."""
    preview = deployed(deploy, ALL, engine=engine(knows=False), preview=True)
    assert sorted(preview.names()) == sorted(made.names())
    assert isinstance(preview.outputs["url"], pulumi.output.Unknown)
