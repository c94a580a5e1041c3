"""The plan: pure text, every word in its place, each script with all that it asks for."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components import render
from components.machine import generation, plan
from components.machine.plan import Plan, Step
from components.machine.web_stacks import WEB_STACKS
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.app import App

NAMES = ("ready", "claim", "provision", "secrets", "go_live")


def made(app: App, config: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> Plan:
    """The plan of a configuration, in stack `dev`."""

    def make() -> Plan:
        settings = examples.settings(examples.changed(config, changes or {}))
        stack = WEB_STACKS[settings.machine.web_stack]
        return plan.make(settings, app, stack, generation.build(settings, app, stack), "5ha2" * 16)

    return recorder.as_stack(recorder.STACK, make)


def steps(of: Plan) -> list[Step]:
    """The steps that there are, in the order in which they run."""
    return [step for name in NAMES if (step := getattr(of, name))]


@pytest.fixture(scope="module", params=examples.STACKS)
def every(request: pytest.FixtureRequest, shop: App) -> list[Step]:
    """All steps of a web stack."""
    return steps(made(shop, examples.FULL, {"machine": {"webStack": request.param}}))


@pytest.fixture(scope="module")
def full(shop: App) -> Plan:
    """The plan of the full configuration."""
    return made(shop, examples.FULL)


def test_equal_input_gives_equal_text(shop: App, full: Plan) -> None:
    """So that a second `up` runs nothing."""
    first, second = full, made(shop, examples.FULL)
    assert first == second
    assert [step.stdin() for step in steps(first)] == [step.stdin() for step in steps(second)]


def test_each_parameter_that_a_script_demands_is_given(every: list[Step]) -> None:
    """`: "${NAME:?}"` stands on top of each script."""
    for step in every:
        demanded = set(_demanded(render.script(*step.scripts)))
        assert demanded <= set(step.variables), step.name
        assert {"APP", "OWNER"} <= demanded


def _demanded(text: str) -> list[str]:
    return [name for line in re.findall(r"^: .*", text, re.MULTILINE) for name in re.findall(r"\w+", line)]


def test_each_parameter_is_used(every: list[Step]) -> None:
    """One that is not would run a step again for nothing."""
    for step in every:
        text = render.script(*step.scripts)
        assert [name for name in step.variables if not re.search(rf"\$\{{?{name}\b", text)] == []


def test_each_file_that_a_script_reads_is_sent(every: list[Step]) -> None:
    """And none is sent that nothing reads; a release is copied as a whole."""
    for step in every:
        text = render.script(*step.scripts)
        read = set(re.findall(r'\$files/([a-z][\w.-]*)"?', text))
        optional = {"apache-frame.conf"} if "apache-frame.conf" not in step.files else set()
        assert read - optional <= set(step.files), step.name
        if 'cp -p "$files"/*' not in text:
            assert set(step.files) <= read, step.name


def test_only_secrets_are_secret(every: list[Step]) -> None:
    """A step that is secret shows nothing in a preview, so the others must not be."""
    assert [step.name for step in every if step.secret] == ["secrets"]


def test_each_step_has_its_time(every: list[Step]) -> None:
    """The provider ignores customTimeouts, so each runs under `timeout`, which kills what hangs."""
    for step in every:
        words = shlex.split(step.command("root", "m"))
        at = words.index("timeout")
        assert words[at : at + 4] == ["timeout", "-k", "30", str(step.seconds)]
        assert 60 <= step.seconds <= 3600
        assert words[at + 4 :] == ["bash", "-s", *step.arguments]


def test_without_secrets_there_is_no_step_of_them(shop: App) -> None:
    """And the other steps are the same."""
    assert made(shop, examples.MINIMAL).secrets is None


@pytest.mark.parametrize(("login", "first"), [("root", ["env"]), ("ubuntu", ["sudo", "-n", "env"])])
def test_sudo_is_for_users_who_need_it(full: Plan, login: str, first: list[str]) -> None:
    """A machine with root alone may have no sudo; `-n` since nobody can type a password."""
    assert shlex.split(full.ready.command(login, "m"))[: len(first)] == first


def test_a_replaced_machine_is_a_changed_step(every: list[Step]) -> None:
    """Behind the same address the connection would be equal, and nothing would run."""
    for step in every:
        assert "MACHINE=m1" in shlex.split(step.command("root", "m1"))
        assert step.command("root", "m1") != step.command("root", "m2")


def test_deleting_the_claim_removes_the_app(full: Plan) -> None:
    """The same script with another argument: the provider sends the same input again."""
    claim = full.claim
    assert shlex.split(claim.command("root", "m"))[-1] == "claim"
    assert shlex.split(claim.command("root", "m", "remove"))[-1] == "remove"


@pytest.mark.covers(3)
@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["A", "B_2"]), st.text(st.characters(exclude_categories=["Cs"])), min_size=1
    )
)
def test_a_value_is_one_word_of_the_command(variables: dict[str, str]) -> None:
    """Whatever stands in it, the shell takes it as it is."""
    words = shlex.split(Step(name="x", scripts=(), seconds=1, variables=variables).command("root", "m"))
    assert words[: len(variables) + 2] == ["env", *(f"{k}={v}" for k, v in variables.items()), "MACHINE=m"]


@pytest.mark.covers(3)
def test_accepted_values_reach_the_command_as_they_are(shop: App) -> None:
    """The app's name, host name, health path: each is one word."""
    changes = {"app": {"health": {"path": "/a?b=1&c=%20~x"}}, "machine": {"serverName": "x.example.com"}}
    words = shlex.split(made(shop, examples.MINIMAL, changes).go_live.command("ubuntu", "m"))
    assert {"APP=bookstore", "HEALTH_PATH=/a?b=1&c=%20~x", "SERVER_NAME=x.example.com"} <= set(words)


@pytest.mark.covers("P7")
def test_no_command_holds_a_secret(every: list[Step]) -> None:
    """A failure prints it whole, and anyone on the machine may list processes."""
    for step in every:
        assert "c4n4ry" not in step.command("ubuntu", "m")
        assert ("c4n4ry" in step.stdin()) == step.secret


def test_a_file_follows_the_script_under_its_name() -> None:
    """As `read_payload` takes them apart: test_scripts.py."""
    step = Step(
        name="x",
        scripts=("secrets",),
        seconds=1,
        files={"b": "2\n", "a": "1", "c": ""},
        executable=frozenset("b"),
    )
    assert step.stdin() == render.script("secrets") + "@@ a 0644\n1\n@@ b 0755\n2\n@@ c 0644\n"


@pytest.mark.parametrize("text", ["@@ b 0644\n", "x\n@@ b", "@@ "])
def test_a_file_can_t_pass_for_another(text: str) -> None:
    """The marker of a file is refused within one, so none can add or replace files."""
    with pytest.raises(ValueError, match="has a line that starts with '@@ '"):
        Step(name="x", scripts=(), seconds=1, files={"a": text}).stdin()


@pytest.mark.parametrize("text", ["@@b", " @@ b", "x @@ b", "x\f@@ b", "x\u2028@@ b", "x\r@@ b"])
def test_what_only_looks_like_a_marker_is_sent(text: str) -> None:
    """Awk knows one end of lines only."""
    assert text in Step(name="x", scripts=(), seconds=1, files={"a": text}).stdin()


def test_the_upload_goes_to_a_folder_of_its_own(full: Plan) -> None:
    """SFTP runs as the login user; the name is the content's, so equal files are sent once."""
    assert full.upload_path == "/var/lib/flask-deploy/bookstore/upload/ab12ab12ab12.tar"
    assert full.go_live.variables["BUNDLE"] == "ab12ab12ab12"


def test_a_pinned_release_is_the_one_that_goes_live(shop: App) -> None:
    """Through the same gate; nothing is built."""
    pinned = made(shop, examples.MINIMAL, {"pinnedRelease": "3f9c0a71be52"})
    assert pinned.release == "3f9c0a71be52"
    assert (pinned.go_live.variables["RELEASE"], pinned.go_live.variables["PINNED"]) == (
        "3f9c0a71be52",
        "yes",
    )
    free = made(shop, examples.MINIMAL)
    assert free.release == free.go_live.variables["RELEASE"] != "3f9c0a71be52"
    assert free.go_live.variables["PINNED"] == ""


@pytest.mark.parametrize(("purge", "value"), [(False, ""), (True, "yes")])
def test_data_is_purged_only_when_asked(shop: App, purge: bool, value: str) -> None:  # noqa: FBT001
    """`destroy` keeps the app's data otherwise."""
    assert (
        made(shop, examples.MINIMAL, {"machine": {"purgeData": purge}}).claim.variables["PURGE_DATA"] == value
    )


def test_what_is_sent_to_provision_does_not_follow_releases(shop: App) -> None:
    """Otherwise each release would look at all packages again."""
    one, other = (
        made(shop, examples.MINIMAL, {"app": {"environment": {"A": value}}}).provision for value in ("1", "2")
    )
    assert (one.stdin(), one.command("root", "m")) == (other.stdin(), other.command("root", "m"))
