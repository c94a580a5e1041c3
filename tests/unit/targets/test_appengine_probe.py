"""A release at App Engine serves only when it has answered: at its own address first, then at the app's."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from components.appengine import serving
from components.targets import appengine
from unit import examples, recorder

if TYPE_CHECKING:
    from unit.conftest import Deploy

HOST: Final = "my-project.ew.r.appspot.com"


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}), **options)
    assert done.error is None
    return done


def asked(done: recorder.Recording, name: str) -> tuple[list[str], dict[str, str]]:
    """A probe's arguments and options."""
    words = shlex.split(done[name].inputs["create"])
    return words[2:8], dict(zip(words[8::2], words[9::2], strict=True))


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A release that everybody may ask."""
    return deployed(deploy, {"app": {"health": {"path": "/healthz", "timeout": 90}}})


def test_a_version_is_asked_at_its_own_address(made: recorder.Recording) -> None:
    """By HTTPS, for this release, with time for an instance to start."""
    arguments, options = asked(made, "probe-version")
    host = f"{made['version'].inputs['versionId']}-dot-{HOST}"
    seconds = str(serving.START_SECONDS + 90)
    assert arguments == [f"{host}:443", "https", "/healthz", "success", seconds, made.outputs["release"]]
    assert options["--host"] == host
    assert "what served before still serves" in options["--remedy"]
    assert "gcloud app logs read" in options["--remedy"]


def test_a_failure_shows_the_version_s_log(made: recorder.Recording) -> None:
    """Before the traffic, and behind it."""
    assert (made["probe-version"].error_hooks, made["probe"].error_hooks) == (("log-version",), ("log-app",))


def test_the_app_s_address_has_the_last_word(made: recorder.Recording) -> None:
    """It is asked again for each version, also on the way back to a release that was asked for before."""
    arguments, options = asked(made, "probe")
    assert arguments[0] == f"{HOST}:443"
    assert options["--deployment"] == made["version"].inputs["versionId"]
    assert "pulumi up --replace '**EngineSplitTraffic::traffic'" in options["--remedy"]


def test_without_a_health_path_any_answer_counts(deploy: Deploy) -> None:
    """Below 500, as on a machine."""
    done = deployed(deploy)
    assert [asked(done, name)[0][2:4] for name in ("probe-version", "probe")] == [["/", "any"]] * 2


def test_traffic_moves_after_the_answer_and_before_the_last_word(made: recorder.Recording) -> None:
    """A version that does not answer gets none: what served before still serves."""
    assert "version" in made["ingress"].depends_on
    assert {"version", "ingress"} <= made["probe-version"].depends_on
    assert {"version", "ingress", "probe-version"} <= made["traffic"].depends_on
    assert {"traffic", "probe-version", "version", "ingress"} <= made["probe"].depends_on


def test_all_of_the_traffic_moves_at_once(made: recorder.Recording) -> None:
    """To the version that was made; a weight is a text, and nothing moves by and by."""
    inputs = made["traffic"].inputs
    version = made["version"].inputs["versionId"]
    assert inputs == {
        "project": "my-project",
        "service": "default",
        "split": {"shardBy": "IP", "allocations": {version: "1"}},
        "migrateTraffic": False,
    }


def test_what_fails_is_tried_again(made: recorder.Recording) -> None:
    """The provider remembers a failed change as done, so each change is a new resource."""
    assert made["traffic"].replace_on_changes == ("split",)
    assert made["ingress"].replace_on_changes == ("networkSettings",)


@pytest.mark.parametrize(
    ("ingress", "told"),
    [
        ("all", "INGRESS_TRAFFIC_ALLOWED_ALL"),
        ("internal", "INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY"),
        ("internal-and-lb", "INGRESS_TRAFFIC_ALLOWED_INTERNAL_AND_LB"),
    ],
)
def test_who_may_ask_is_always_said(deploy: Deploy, ingress: str, told: str) -> None:
    """Everybody too, so that it can be opened again."""
    inputs = deployed(deploy, {"appengine": {"ingress": ingress}})["ingress"].inputs
    assert inputs["networkSettings"] == {"ingressTrafficAllowed": told}
    assert inputs["service"] == "default"


@pytest.mark.parametrize("ingress", ["internal", "internal-and-lb"])
def test_what_can_t_be_asked_is_not_called_proven(deploy: Deploy, ingress: str) -> None:
    """No probe that would fail or lie; the run says so, and how to ask."""
    done = deployed(deploy, {"appengine": {"ingress": ingress}})
    assert not [name for name in done.names() if name.startswith("probe")]
    assert {"version", "ingress"} <= done["traffic"].depends_on
    (warned,) = [text for severity, text in done.said if severity == "warning"]
    assert "does not prove that the release serves" in warned
    assert "X-Release" in warned
    assert deployed(deploy).outputs["release"] == done.outputs["release"]


def test_destroy_says_what_it_leaves(made: recorder.Recording) -> None:
    """The program does not run then: commands that only have something to say, one for each line."""
    left = {each.name: each for each in made.all("Command") if each.name.startswith("left-")}
    assert set(left) == {"left-application", "left-versions", "left-apis"}
    for each in left.values():
        assert set(each.inputs) == {"delete", "addPreviousOutputInEnv"}
        assert "traffic" in each.depends_on
        echo, words = shlex.split(each.inputs["delete"])
        assert echo == "echo"
        assert "\n" not in words
    assert HOST in left["left-versions"].inputs["delete"]
    assert "settings?project=my-project" in left["left-application"].inputs["delete"]


def test_the_example_of_a_stack_works(deploy: Deploy) -> None:
    """It needs its secret, its project's id, and says nothing but what is."""
    text = (Path(__file__).parents[3] / "Pulumi.appengine.yaml").read_text()
    config = {
        key.removeprefix("flask-deploy:"): value for key, value in yaml.safe_load(text)["config"].items()
    }
    config["app"] = {**config["app"], "path": "app"}
    done = deploy({**config, "secrets": {"DATABASE_URL": "postgres://x"}})
    assert done.error is None
    assert [severity for severity, _ in done.said] == ["info"]
    assert (done.folder / appengine.ZIP).is_file()
