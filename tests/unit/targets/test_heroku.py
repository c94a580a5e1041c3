"""Target heroku: an app there, its build, its dynos; and the probe that asks what really runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings

from components import deadline
from components.errors import ConfigError
from components.targets import heroku
from unit import examples, recorder
from unit.engine import Engine
from unit.strategies import APP_NAMES

if TYPE_CHECKING:
    from unit.conftest import Deploy

SECRETS: Final = {"secrets": {"DATABASE_URL": examples.CANARY}}
DOMAINS: Final = {"heroku": {"domains": ["shop.example.com", "www.example.com"]}}
NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,28}[a-z0-9]")


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.HEROKU, changes or {}), **options)
    assert done.error is None
    return done


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """An app with a secret and two domains."""
    return deployed(deploy, {**SECRETS, **DOMAINS})


def test_the_outputs_are_these(made: recorder.Recording, deploy: Deploy) -> None:
    """As docs/targets/heroku.md has them; where a domain's DNS has to point to, if there are domains."""
    names = {"url", "release", "target", "appName", "rollback"}
    assert set(made.outputs) == {*names, "dnsTargets"}
    assert made.outputs["dnsTargets"] == {
        "shop.example.com": "shop.example.com.example-dns.net",
        "www.example.com": "www.example.com.example-dns.net",
    }
    assert set(deployed(deploy).outputs) == names


def test_the_url_is_heroku_s(made: recorder.Recording) -> None:
    """Nobody can guess it any more; without the slash that it ends in."""
    assert made.outputs["url"] == "https://bookstore-ab12-0123456789ab.herokuapp.com"


def test_an_app_s_name_may_be_chosen(deploy: Deploy) -> None:
    """Then nothing is drawn."""
    done = deployed(deploy, {"heroku": {"appName": "bookstore-3f9c"}})
    assert done.one("App").inputs["name"] == done.outputs["appName"] == "bookstore-3f9c"
    assert done.all("RandomId") == []


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(APP_NAMES)
@example("x" * 30)
@example("a" * 24 + "-bcdef")
@example("abc")
def test_a_name_that_is_drawn_is_within_heroku_s_rules(deploy: Deploy, name: str) -> None:
    """The app's, cut off, with four digits behind it: unique, and taken whatever the app is called."""
    drawn = deployed(deploy, {"app": {"name": name}}).one("App").inputs["name"]
    assert drawn == f"{name[:25].rstrip('-')}-ab12"
    assert NAME.fullmatch(drawn)


@pytest.mark.parametrize(
    "changes", [{}, SECRETS, {"app": {"environment": {"A": "1"}}}], ids=["none", "secret", "plain"]
)
def test_both_maps_of_variables_are_always_given(deploy: Deploy, changes: dict[str, Any]) -> None:
    """A missing one would be kept as it was: the last secret that is removed would stay."""
    inputs = deployed(deploy, changes).one("App").inputs
    assert inputs["sensitiveConfigVars"] == changes.get("secrets", {})
    plain = {"FLASK_APP": "run:application", **changes.get("app", {}).get("environment", {})}
    assert {**inputs["configVars"], "FLASK_DEPLOY_ENVIRONMENT": ""} == {
        **plain,
        "FLASK_DEPLOY_ENVIRONMENT": "",
    }


def test_a_secret_is_seen_in_one_input_only(made: recorder.Recording) -> None:
    """The encrypted one; no message, output or command has it, nor the folder that is built."""
    seen = {
        (r.name, key) for r in made.resources for key, value in r.inputs.items() if "c4n4ry" in str(value)
    }
    assert seen == {("app", "sensitiveConfigVars")}
    assert made.one("App").secret == {"sensitiveConfigVars"}
    assert "c4n4ry" not in str([made.said, made.outputs, made.component_outputs])


def test_no_secret_is_staged(made: recorder.Recording) -> None:
    """Nor anything in the app's own folder changed."""
    staged = [path for path in (made.folder / heroku.SOURCE).rglob("*") if path.is_file()]
    assert {"run.py", "Procfile", "flask_deploy.py"} <= {path.name for path in staged}
    assert not [path for path in staged if "c4n4ry" in path.read_text()]
    app = made.folder / "app"
    own = {path.relative_to(app).as_posix(): path.read_text() for path in app.rglob("*") if path.is_file()}
    assert own == examples.FILES


def test_the_parts_belong_to_the_app(made: recorder.Recording) -> None:
    """By its id: a renamed app is the same."""
    assert {
        part.name: part.inputs["appId"] for part in made.resources if "appId" in part.inputs
    } == dict.fromkeys(["build", "web", "domain-shop.example.com", "domain-www.example.com"], "app-id")


def test_the_buildpack_is_the_app_s(made: recorder.Recording) -> None:
    """On a build it would be a change each time, since the provider does not read it back."""
    assert made.one("App").inputs["buildpacks"] == ["heroku/python"]
    assert set(made.one("Build").inputs) == {"appId", "source"}


def test_what_is_built_is_known_by_its_digest(made: recorder.Recording, deploy: Deploy) -> None:
    """A relative path, equal on each computer and not hidden; the provider's own checksum does not count."""
    build = made.one("Build")
    path, version = (build.inputs["source"][key] for key in ("path", "version"))
    assert path == "platforms/heroku"
    assert re.fullmatch("[0-9a-f]{12}-[0-9a-f]{64}", version)
    assert made.outputs["rollback"].startswith(version[:13])
    assert build.ignore_changes == ("localChecksum",)
    assert deployed(deploy, {**SECRETS, **DOMAINS}).one("Build").inputs == build.inputs


@pytest.mark.parametrize(
    ("changes", "built"),
    [
        ({"app": {"environment": {"A": "1"}}}, False),
        ({"secrets": {"A": "1"}}, False),
        ({"heroku": {"size": "eco"}}, False),
        ({"app": {"static": {"/avatar": "images"}}}, True),
        ({"app": {"releaseCommand": "true"}}, True),
        ({"app": {"python": "3.13"}}, True),
    ],
    ids=["variable", "secret", "size", "static", "release command", "python"],
)
def test_only_what_is_in_the_build_builds_again(deploy: Deploy, changes: dict[str, Any], built: bool) -> None:  # noqa: FBT001
    """A variable restarts the app, and is another release all the same."""
    before, after = deployed(deploy), deployed(deploy, changes)
    versions = {done.one("Build").inputs["source"]["version"] for done in (before, after)}
    assert len(versions) == (2 if built else 1)
    assert (before.outputs["release"] != after.outputs["release"]) == (changes.get("heroku") is None)


def test_dynos_come_after_the_build(made: recorder.Recording, deploy: Deploy) -> None:
    """Before there is a release that has the process, Heroku knows none of that name."""
    assert "Build::build" in made.one("Formation").waits_for
    sizes = {"size": "standard-2x", "quantity": 3}
    inputs = deployed(deploy, {"heroku": sizes}).one("Formation").inputs
    assert inputs == {"appId": "app-id", "type": "web", **sizes}


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({}, {"region": "us", "stack": "heroku-26"}),
        (
            {"region": "eu", "stack": "heroku-24", "team": "my-team"},
            {"region": "eu", "stack": "heroku-24", "organization": {"name": "my-team"}},
        ),
    ],
    ids=["default", "all"],
)
def test_the_app_is_as_configured(deploy: Deploy, section: dict[str, Any], told: dict[str, Any]) -> None:
    """Where it runs, on what, and whose it is."""
    inputs = deployed(deploy, {"heroku": section}).one("App").inputs
    assert {key: inputs[key] for key in inputs if key in ("region", "stack", "organization")} == told


def test_a_build_has_a_time_out(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: the provider would wait for a day, whatever it is told."""
    watched: list[tuple[str, float, str]] = []
    monkeypatch.setattr(deadline, "watch", lambda resource, *how: watched.append((resource._name, *how)))
    done = deployed(deploy, {"heroku": {"buildMinutes": 7}})
    told = (
        "heroku/buildMinutes: the build is not done after 7 minutes, so this run ends here; look at it with "
        "'heroku builds:output'; the next 'pulumi up' starts another one, and what served still serves"
    )
    assert watched == [("build", 420, told)]
    assert done.one("Build").timeouts == {}


def test_each_failure_is_explained(made: recorder.Recording) -> None:
    """Heroku's refusals in words; the probe's by the app's log."""
    hooks = {resource.name: resource.error_hooks for resource in made.resources if resource.custom}
    assert hooks.pop("probe") == ("log",)
    assert set(hooks.values()) == {("refused",)}


def test_a_preview_before_anything_is_there(deploy: Deploy, made: recorder.Recording) -> None:
    """No name and no URL is known then: it shows the same resources."""
    preview = deployed(deploy, {**SECRETS, **DOMAINS}, engine=Engine(knows=False), preview=True)
    assert sorted(preview.names()) == sorted(made.names())
    assert isinstance(preview.outputs["url"], pulumi.output.Unknown)


@pytest.mark.parametrize("secret", [False, True])
def test_an_api_key_in_plain_is_refused(deploy: Deploy, secret: bool) -> None:  # noqa: FBT001
    """The stack's file is committed; an encrypted one is fine. It is not repeated."""
    config = {**examples.HEROKU, "heroku:apiKey": "c4n4ry"}
    done = deploy(config, secret=("secrets", *(["heroku:apiKey"] if secret else [])))
    if secret:
        assert done.error is None
    else:
        assert isinstance(done.error, ConfigError)
        assert done.error.faults[0].startswith("heroku:apiKey: should be encrypted, but can be read")
        assert done.resources == []
    assert "c4n4ry" not in str([done.error, done.said, done.resources])


def test_what_has_no_effect_is_warned_of(deploy: Deploy) -> None:
    """Once for each, before anything is made."""
    done = deployed(deploy, {"machine": {"webStack": "apache-gunicorn"}})
    assert done.said == [("warning", "machine: has no effect on Heroku, which has a web server of its own")]
    assert deployed(deploy).said == []
