"""A machine that serves the app: its steps, their order, and what must never be seen."""

from __future__ import annotations

import base64
import json
import shlex
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components import app, deadline, settings
from components.errors import ConfigError
from components.machine import machine
from components.machine.remote import Login
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS = ["ready", "claim", "provision", "upload", "secrets", "release"]
CLAIM = "machine-claim-bookstore"  # of the app in the examples
STEPS = [CLAIM if kind == "claim" else f"machine-{kind}" for kind in KINDS]
FAREWELL = "machine-farewell"


def deployed(config: Mapping[str, Any], name: str = "machine", **of_the_login: Any) -> recorder.Recording:
    """What a machine with a configuration registers."""

    def program() -> None:
        wanted, section = settings.read(settings.values())
        login = Login(
            host=section.host,
            user=section.user,
            host_key=section.host_key,
            identity="m1",
            described="vm/host",
            wait_seconds=1,
            **{key: give() for key, give in of_the_login.items()},
        )
        args: machine.MachineArgs = {"settings": wanted, "app": app.from_settings(wanted.app), "login": login}
        machine.Machine(name, args)

    recording = recorder.run(program, config=config)
    assert recording.error is None
    return recording


@pytest.fixture(scope="module")
def shop_machine(tmp_path_factory: pytest.TempPathFactory) -> recorder.Recording:
    """A machine with the full configuration."""
    place = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        examples.write(place / "app", examples.FILES)
        return deployed(examples.FULL)


def commands(of: recorder.Recording) -> list[recorder.Resource]:
    """The steps that run a script."""
    return [resource for resource in of.resources if resource.type == "command:remote:Command"]


def test_a_renamed_app_is_another_claim(shop_machine: recorder.Recording, project: Path) -> None:  # noqa: ARG001
    """Which is made beside the first one, so that a rename can be taken back; all else keeps its URN."""
    assert shop_machine["machine"].type == "flask-deploy:index:Machine"
    renamed = deployed(examples.changed(examples.FULL, {"app": {"name": "library"}}))
    assert sorted(shop_machine.names()) == sorted(["machine", FAREWELL, *STEPS])
    assert set(shop_machine.names()) - set(renamed.names()) == {CLAIM}
    assert set(renamed.names()) - set(shop_machine.names()) == {"machine-claim-library"}


def test_steps_are_named_after_their_machine(project: Path) -> None:  # noqa: ARG001
    """So that there may be several; their first names, from when there was one only, are known."""
    done = deployed(examples.FULL, name="web-0")
    names = {kind: f"web-0-{kind}" for kind in KINDS} | {"claim": "web-0-claim-bookstore"}
    assert sorted(done.names()) == sorted(["web-0", "web-0-farewell", *names.values()])
    known = {kind: (kind,) for kind in KINDS} | {"claim": ("claim", "web-0-claim")}
    assert {kind: done[name].aliases for kind, name in names.items()} == known


def test_all_steps_belong_to_the_machine(shop_machine: recorder.Recording) -> None:
    """And the machine to nothing but the stack."""
    assert {name: shop_machine[name].parent for name in STEPS} == dict.fromkeys(STEPS, "machine")
    assert shop_machine["machine"].parent == f"{settings.PROJECT}-{recorder.STACK}"
    assert not shop_machine["machine"].custom


def test_each_step_waits_for_the_one_before(shop_machine: recorder.Recording) -> None:
    """Secrets and files go side by side; nothing is released before both are there."""
    assert {name: shop_machine[name].depends_on for name in STEPS} == {
        "machine-ready": frozenset(),
        CLAIM: frozenset({"machine-ready"}),
        "machine-provision": frozenset({CLAIM}),
        "machine-upload": frozenset({"machine-provision"}),
        "machine-secrets": frozenset({"machine-provision"}),
        "machine-release": frozenset({"machine-upload", "machine-secrets"}),
    }


class Address(pulumi.CustomResource):
    """Something that has to be there before a machine can be reached."""

    def __init__(self, name: str) -> None:
        super().__init__("cloud:index:Address", name)


def test_the_first_step_waits_for_what_leads_to_the_machine(project: Path) -> None:  # noqa: ARG001
    """A rule of a firewall, an address: the others wait for the first."""
    done = deployed(examples.MINIMAL, after=lambda: (Address("rule"), Address("address")))
    assert done["machine-ready"].waits_for == {"Address::rule", "Address::address"}
    assert done[CLAIM].depends_on == {"machine-ready"}


def test_no_step_is_undone_on_a_machine_that_goes(project: Path) -> None:  # noqa: ARG001
    """With it all on it is gone; without one that can go, each is undone by itself."""
    done = deployed(examples.FULL, ends_with=lambda: Address("web-0"))
    assert {done[step].deleted_with for step in STEPS} == {"Address::web-0"}
    assert FAREWELL not in done.names()  # nobody to ask whether it is still there
    assert {deployed(examples.FULL)[step].deleted_with for step in [*STEPS, FAREWELL]} == {""}


@pytest.mark.covers(62)
def test_a_machine_is_asked_before_it_is_cleared(shop_machine: recorder.Recording) -> None:
    """`destroy` runs no program: a command on this computer does it, which is deleted before the claim is."""
    farewell = shop_machine[FAREWELL]
    assert farewell.type == "command:local:Command"
    assert farewell.depends_on == {CLAIM}
    assert not {"create", "update"} & set(farewell.inputs)
    command = shlex.split(farewell.inputs["delete"])
    assert command == ["python3", "-", examples.FULL["vm"]["host"], "22", "30", "vm/host"]
    assert "def greeting(" in farewell.inputs["stdin"]


@pytest.mark.covers(36)
def test_each_step_has_a_time_out(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:  # noqa: ARG001
    """Beyond the one on the machine, which a machine that is gone does not keep."""
    watched: dict[str, tuple[float, set[str]]] = {}

    def watch(made: Any, seconds: float, message: str, after: Any) -> None:
        step = made._name.split("-")[1]
        assert message.startswith(f"vm/host: the step '{step}' has not come back")
        assert f"after {seconds} seconds" in message
        watched[made._name] = (seconds, {before._name for before in after})

    monkeypatch.setattr(deadline, "watch", watch)
    done = deployed(examples.FULL)
    longest = {"ready": 900, "claim": 600, "provision": 1200, "upload": 900, "secrets": 180, "release": 1800}
    # The time to end by itself, three tries to connect, and the patience with a machine that boots.
    assert watched == {
        name: (longest[kind] + 30 + 3 * 15 + 1, set(done[name].depends_on))
        for kind, name in zip(KINDS, STEPS, strict=True)
    }


def test_each_failure_to_connect_is_explained(shop_machine: recorder.Recording) -> None:
    """By the same hook, so that the machine is waited for once."""
    assert {name: shop_machine[name].error_hooks for name in STEPS} == dict.fromkeys(STEPS, ("reach",))


@pytest.mark.covers(61)
def test_only_the_claim_can_be_undone(shop_machine: recorder.Recording) -> None:
    """Deleting it removes the app; a replaced step with a `delete` would stop what serves."""
    undone = {
        found.name: found.inputs["delete"] for found in commands(shop_machine) if "delete" in found.inputs
    }
    assert list(undone) == [CLAIM]
    assert shlex.split(undone[CLAIM])[-3:] == ["bash", "-s", "remove"]


@pytest.mark.covers(61)
def test_only_what_has_to_be_made_anew_has_triggers(shop_machine: recorder.Recording) -> None:
    """The machine for the upload."""
    inputs = {name: shop_machine[name].inputs for name in STEPS}
    triggers = {name: given["triggers"] for name, given in inputs.items() if "triggers" in given}
    assert triggers == {"machine-upload": ["m1"]}


def test_no_step_uses_what_the_provider_can_t_keep(shop_machine: recorder.Recording) -> None:
    """Sshd refuses variables, `update` would be run instead of `create`; earlier output never comes back."""
    for resource in commands(shop_machine):
        assert not {"environment", "update", "interpreter"} & set(resource.inputs)
        assert resource.inputs["addPreviousOutputInEnv"] is False
        assert "MACHINE=m1" in shlex.split(resource.inputs["create"])
        assert resource.inputs["create"].startswith("sudo -n env ")


@pytest.mark.covers("P7")
def test_a_secret_is_seen_in_one_input_only(shop_machine: recorder.Recording) -> None:
    """The encrypted one: not as it is, quoted, escaped or encoded in any other, nor in a message."""
    text = examples.CANARY
    forms = [
        text,
        text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`"),
        json.dumps(text)[1:-1],
        shlex.quote(text),
        base64.b64encode(text.encode()).decode(),
        "c4n4ry",
    ]
    seen = {
        (resource.name, key)
        for resource in shop_machine.resources
        for key, value in resource.inputs.items()
        if any(form in str(value) for form in forms)
    }
    assert seen == {("machine-secrets", "stdin")}
    assert "stdin" in shop_machine["machine-secrets"].secret
    assert [resource.name for resource in shop_machine.resources if "stdin" in resource.secret] == [
        "machine-secrets"
    ]
    assert "c4n4ry" not in str([shop_machine.said, shop_machine.outputs, shop_machine.component_outputs])


def test_the_component_tells_its_release(shop_machine: recorder.Recording) -> None:
    """The one that the last step was asked for."""
    release = shop_machine.component_outputs["machine"]["release"]
    assert f"RELEASE={release}" in shlex.split(shop_machine["machine-release"].inputs["create"])


def test_without_secrets_the_release_waits_for_the_files(project: Path) -> None:  # noqa: ARG001
    """And no step is there for nothing."""
    done = deployed(examples.MINIMAL)
    assert "machine-secrets" not in done.names()
    assert done["machine-release"].depends_on == {"machine-upload"}


def test_a_pinned_release_is_said_each_time(project: Path) -> None:  # noqa: ARG001
    """With the command that ends it."""
    done = deployed(examples.changed(examples.MINIMAL, {"pinnedRelease": "3f9c0a71be52"}))
    told = (
        "pinned to release 3f9c0a71be52: changes of the app wait; "
        "to go forward again: pulumi config rm flask-deploy:pinnedRelease"
    )
    assert done.said == [("warning", told)]
    assert done.component_outputs["machine"] == {"release": "3f9c0a71be52"}


def test_nothing_is_pinned_by_itself(shop_machine: recorder.Recording) -> None:
    """Nor said to be."""
    assert shop_machine.said == []


def test_the_bundle_is_a_file_whose_name_is_its_content(project: Path) -> None:
    """Kept beside the project, out of the user's git; the same app gives the same bytes and path."""
    config = examples.settings(examples.MINIMAL)
    first = machine.write_bundle(app.from_settings(config.app))
    content = first.read_bytes()
    again = machine.write_bundle(app.from_settings(config.app))
    assert (again, again.read_bytes()) == (first, content)
    assert first.is_absolute()
    assert first.parent == project / ".flask-deploy"
    assert (first.parent / ".gitignore").read_text() == "*\n"
    (project / "app/more.py").write_text("")
    assert machine.write_bundle(app.from_settings(config.app)) != first


@pytest.mark.covers(28)
def test_a_file_that_changes_meanwhile_is_told(project: Path) -> None:
    """What is sent is what was looked at."""
    loaded = app.from_settings(examples.settings(examples.MINIMAL).app)
    (project / "app/run.py").write_text("changed = True\n")
    with pytest.raises(ConfigError, match=r"run\.py"):
        machine.write_bundle(loaded)


def test_what_is_sent_is_checked_on_arrival(shop_machine: recorder.Recording) -> None:
    """The command names the digest of the very file that is uploaded."""
    source = shop_machine["machine-upload"].inputs["source"].path
    assert (
        f"/{source.rpartition('/')[2]}"
        == shop_machine["machine-upload"].inputs["remotePath"].rpartition("upload")[2]
    )
    words = dict(
        word.split("=", 1)
        for word in shlex.split(shop_machine["machine-release"].inputs["create"])
        if "=" in word
    )
    assert f"{words['BUNDLE']}.tar" == source.rpartition("/")[2]
    assert len(words["BUNDLE_SHA256"]) == 64
