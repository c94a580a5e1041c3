"""Target ecs: a machine that is made first, and then served from like any other."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings

from components.machine import machine
from components.targets import ecs
from unit import examples, recorder
from unit.alibaba.looked_up import IMAGE, TYPE, ZONE, cloud
from unit.strategies import STACK_NAMES

if TYPE_CHECKING:
    from unit.conftest import Deploy

STEPS: Final = [
    f"web-0-{step}" for step in ("ready", "claim-bookstore", "provision", "upload", "secrets", "release")
]
SECRETS: Final = {"secrets": {"DATABASE_URL": examples.CANARY}}
ELASTIC: Final = {"ecs": {"publicAddress": "elastic"}}


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.ECS, changes or {}), **{"engine": cloud(), **options})
    assert done.error is None
    return done


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A machine, and an app with a secret on it."""
    return deployed(deploy, SECRETS)


@pytest.fixture(scope="module")
def elastic(deploy: Deploy) -> recorder.Recording:
    """The same with an elastic address."""
    return deployed(deploy, {**SECRETS, **ELASTIC})


def test_the_outputs_are_these(made: recorder.Recording) -> None:
    """As docs/targets/ecs.md has them; among them what was looked up, to be named from then on."""
    assert set(made.outputs) == {
        *("url", "release", "target", "webStack", "address", "hostKey", "loginKey"),
        *("instanceId", "instanceType", "imageId", "zoneId"),
    }
    assert {name: made.outputs[name] for name in ("instanceId", "instanceType", "imageId", "zoneId")} == {
        "instanceId": "web-0-id",
        "instanceType": TYPE,
        "imageId": IMAGE,
        "zoneId": ZONE,
    }
    assert made.secret_outputs == {"loginKey"}


@pytest.mark.covers(60)
def test_a_renamed_app_is_on_the_same_machine(deploy: Deploy, made: recorder.Recording) -> None:
    """Nothing at the cloud follows its name, nor does the URL."""
    renamed = deployed(deploy, {**SECRETS, "app": {"name": "novel"}})
    before, after = (
        {(each.type, each.name): each.inputs for each in done.resources if each.type.startswith("alicloud:")}
        for done in (made, renamed)
    )
    assert before == after
    assert renamed.outputs["url"] == made.outputs["url"]


@pytest.mark.parametrize(
    ("changes", "url", "place", "host"),
    [
        ({}, "http://198.51.100.7", "198.51.100.7:80", "198.51.100.7"),
        (ELASTIC, "http://198.51.100.9", "198.51.100.9:80", "198.51.100.9"),
        ({"machine": {"serverName": "a.example"}}, "http://a.example", "198.51.100.7:80", "a.example"),
    ],
    ids=["address", "elastic address", "serverName"],
)
def test_the_url_is_where_the_app_answers(
    deploy: Deploy, changes: dict[str, Any], url: str, place: str, host: str
) -> None:
    """The probe asks port 80 of the machine itself, under the name that the app answers to."""
    done = deployed(deploy, changes)
    assert done.outputs["url"] == url
    words = shlex.split(done["probe"].inputs["create"])
    assert words[2:4] == [place, "http"]
    assert words[words.index("--host") + 1] == host


def test_the_probe_comes_last(made: recorder.Recording) -> None:
    """It asks for this release, after all that belongs to the machine and its network."""
    names = {resource.name for resource in made.resources if resource.custom} - {"probe"}
    assert made["probe"].depends_on == names
    assert shlex.split(made["probe"].inputs["create"])[7] == made.outputs["release"]


def test_the_steps_go_with_the_machine(made: recorder.Recording) -> None:
    """What is on a machine is gone with it: nothing tries to reach one that is deleted."""
    assert {made[step].deleted_with for step in STEPS} == {"Instance::web-0"}


def test_the_machine_is_reached_once_it_can_be(made: recorder.Recording, elastic: recorder.Recording) -> None:
    """After the rules that let this computer in, and after an elastic address has come to it."""
    rules = {"SecurityGroupRule::http", "SecurityGroupRule::ssh-203.0.113.7/32", "Instance::web-0"}
    assert made["web-0-ready"].waits_for >= rules
    assert elastic["web-0-ready"].waits_for >= {*rules, "EipAssociation::web-0-address"}


def test_another_machine_is_provisioned_anew(deploy: Deploy, made: recorder.Recording) -> None:
    """Its id is part of each step: behind the same address may be a new one, with the same keys."""
    for step in STEPS:
        inputs = made[step].inputs
        assert "web-0-id" in inputs.get("triggers", []) or "MACHINE=web-0-id" in shlex.split(inputs["create"])
    assert "web-0-id" in made["web-0-upload"].inputs["triggers"]
    renamed = deployed(deploy, {**SECRETS, "machine": {"webStack": "apache-gunicorn"}})
    assert renamed.one("Instance").inputs == made.one("Instance").inputs


def test_the_machine_is_logged_in_to_as_root(made: recorder.Recording) -> None:
    """With its own host key, which the cloud has told it; at its own address."""
    for step in STEPS:
        connection = made[step].inputs["connection"]
        assert (connection["user"], connection["host"], connection["port"]) == ("root", "198.51.100.7", 22)
        assert connection["hostKey"] == made.outputs["hostKey"]
        assert "connection" in made[step].secret


def test_each_failure_is_explained(made: recorder.Recording, elastic: recorder.Recording) -> None:
    """The cloud's refusals, and why the machine can't be reached."""
    hooks = {resource.name: resource.error_hooks for resource in made.resources if resource.custom}
    assert {name: hooks.pop(name) for name in STEPS} == dict.fromkeys(STEPS, ("reach",))
    assert hooks.pop("probe") == ()
    assert set(hooks.values()) == {("refused",)}
    assert {part.error_hooks for part in elastic.resources if part.name == "web-0-address"} == {("refused",)}


def test_a_machine_that_boots_is_waited_for(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some minutes; the message names the likeliest reason, which is the user's own address."""
    seen: list[tuple[str, int]] = []
    real = machine.Machine.__init__

    def spy(self: Any, name: str, args: Any, opts: Any) -> None:
        seen.append((args["login"].described, args["login"].wait_seconds))
        real(self, name, args, opts)

    monkeypatch.setattr(machine.Machine, "__init__", spy)
    deployed(deploy)
    told = "ecs/sshFrom: web-0 (does it name the address that this computer comes from?)"
    assert seen == [(told, ecs.BOOT_SECONDS)]
    assert 120 <= ecs.BOOT_SECONDS <= 600


def test_the_app_can_t_ask_for_the_machine_s_metadata(deploy: Deploy) -> None:
    """Any program may there, and they hold the host key: neither the app nor its release command."""
    done = deployed(deploy, {"app": {"releaseCommand": "true"}})
    sent = done["web-0-release"].inputs["stdin"]
    for unit in ("app.service", "command.service"):
        text = sent.partition(f"\n@@ {unit} ")[2].partition("\n@@ ")[0]
        assert "IPAddressDeny=100.100.100.200" in text.splitlines(), unit


def test_a_secret_is_seen_in_one_input_only(made: recorder.Recording) -> None:
    """As on any machine; nothing that the cloud is told has it."""
    seen = {
        (r.name, key) for r in made.resources for key, value in r.inputs.items() if "c4n4ry" in str(value)
    }
    assert seen == {("web-0-secrets", "stdin")}
    assert "stdin" in made["web-0-secrets"].secret
    assert "c4n4ry" not in str([made.said, made.outputs, made.component_outputs])


@pytest.mark.parametrize(
    ("held", "says"), [(IMAGE, False), ("ubuntu_24_04_x64_20G_alibase_20260301.vhd", True)]
)
def test_an_image_that_is_not_taken_is_said(deploy: Deploy, held: str, says: bool) -> None:  # noqa: FBT001
    """A configured one replaces no disk by itself; with the command that does it on purpose."""
    done = deployed(deploy, {"ecs": {"imageId": IMAGE}}, engine=cloud(held={"Instance": {"imageId": held}}))
    told = (
        f"ecs/imageId: the machine keeps {held}, since another image would replace its disk; "
        "for a new machine: pulumi up --replace '**Instance::web-0'"
    )
    assert done.said == ([("info", told)] if says else [])


def test_a_newer_image_is_no_news(deploy: Deploy) -> None:
    """Where none is configured, the one that was the newest is as good."""
    held = {"Instance": {"imageId": "ubuntu_24_04_x64_20G_alibase_20260301.vhd"}}
    assert deployed(deploy, engine=cloud(held=held)).said == []


def test_a_preview_before_anything_is_there(deploy: Deploy) -> None:
    """No address and no key is known then: it shows the same resources."""
    preview = deployed(deploy, SECRETS, engine=cloud(knows=False), preview=True)
    assert sorted(preview.names()) == sorted(deployed(deploy, SECRETS).names())
    assert isinstance(preview.outputs["url"], pulumi.output.Unknown)


def test_a_second_run_is_the_same(deploy: Deploy, made: recorder.Recording) -> None:
    """Every input of every resource."""
    again = deployed(deploy, SECRETS)
    first, second = (
        {r.type + r.name: {**r.inputs, "source": ""} for r in d.resources} for d in (made, again)
    )
    assert first == second


# help.aliyun.com: names of instances, groups and networks; of key pairs, which have no period.
NAME: Final = re.compile(r"(?!https?://)[A-Za-z][A-Za-z0-9._:-]{1,127}")
KEY_PAIR_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_:-]{1,127}")
TAG: Final = re.compile(r"(?!aliyun|acs:|https?://).{1,128}")


@hypothesis_settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STACK_NAMES)
@example("x" * 100)
@example("-._")
@example("prod.eu")
@example("aliyun")
def test_every_stack_s_names_are_taken(deploy: Deploy, stack: str) -> None:
    """By the cloud's rules, whatever Pulumi lets a stack be called; tags too."""
    done = deployed(deploy, ELASTIC, name=stack)
    for resource in done.resources:
        for key, value in resource.inputs.items():
            if key in {"vpcName", "vswitchName", "securityGroupName", "instanceName", "addressName"}:
                assert NAME.fullmatch(value), value
        for tag in resource.inputs.get("tags", {}).items():
            assert all(map(TAG.fullmatch, tag)), tag
    assert KEY_PAIR_NAME.fullmatch(done.one("EcsKeyPair").inputs["keyPairName"])
