"""What every target ends in: the probe of its URL, and the stack's outputs."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Final

import pulumi
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components import render
from components.target import Endpoint, Question, probe
from unit import recorder
from unit.engine import Engine

QUESTION: Final = Question(
    place="203.0.113.7:80",
    host="shop.example.com",
    path="/healthz?full=1&x=$(id)",
    accept="success",
    seconds=20,
    remedy="it's the firewall; look at `ufw status`",
)


def ask(question: Question, *, preview: bool = False) -> recorder.Recording:
    """What the probe registers."""

    def program() -> None:
        pulumi.export(
            "release",
            probe(question, pulumi.Output.from_input("3f9c0a71be52"), opts=pulumi.ResourceOptions()),
        )

    return recorder.run(program, preview=preview)


def test_the_question_is_a_command_line() -> None:
    """One word for each part, whatever stands in it."""
    assert shlex.split(QUESTION.command("3f9c0a71be52")) == [
        *(
            "python3",
            "-",
            "203.0.113.7:80",
            "http",
            "/healthz?full=1&x=$(id)",
            "success",
            "20",
            "3f9c0a71be52",
        ),
        *("--host", "shop.example.com", "--patience", "5", "--pause", "0.1"),
        *("--remedy", "it's the firewall; look at `ufw status`"),
    ]


@pytest.mark.covers(3)
@hypothesis_settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_text_leaves_its_word(text: str) -> None:
    """The remedy names hosts, which come from the configuration."""
    words = shlex.split(replace(QUESTION, remedy=text).command("x"))
    assert len(words) == 16
    assert words[-1] == text


def test_a_platform_is_asked_in_its_own_way() -> None:
    """By HTTPS, gently; and where answers don't name their release, any will do."""
    question = replace(QUESTION, protocol="https", patience=30, pause=2, names_release=False)
    words = shlex.split(question.command("3f9c0a71be52"))
    assert words[3] == "https"
    assert words[10:14] == ["--patience", "30", "--pause", "2"]
    assert words[-1] == "--any-release"


def test_another_deployment_of_a_release_is_another_command() -> None:
    """One that goes back to it has to be asked for, although the release was asked for before."""
    one, other = (replace(QUESTION, deployment=name).command("3f9c0a71be52") for name in ("b-1", "b-2"))
    assert one != other
    assert shlex.split(one)[-2:] == ["--deployment", "b-1"]
    assert "--deployment" not in QUESTION.command("3f9c0a71be52")


def test_a_probe_may_have_a_name_of_its_own() -> None:
    """One that asks before the traffic moves is another resource than the last word."""

    def program() -> None:
        for name in ("probe-version", "probe"):
            probe(QUESTION, "3f9c0a71be52", name=name, opts=pulumi.ResourceOptions())

    assert sorted(recorder.run(program).names()) == ["probe", "probe-version"]


def test_another_release_is_another_command() -> None:
    """So that the engine asks again after each release, and only then."""
    assert QUESTION.command("a") != QUESTION.command("b")
    assert QUESTION.command("a") == QUESTION.command("a")


def test_the_probe_runs_here_and_sends_itself() -> None:
    """On the computer that deploys; nothing of an earlier run gets into it."""
    asked = ask(QUESTION)["probe"]
    assert asked.type == "command:local:Command"
    assert asked.inputs == {
        "create": QUESTION.command("3f9c0a71be52"),
        "stdin": render.asset("scripts/probe.py"),
        "addPreviousOutputInEnv": False,
    }


def test_the_release_is_told_once_it_answers() -> None:
    """The release itself, not what the probe printed."""
    assert ask(QUESTION).outputs == {"release": "3f9c0a71be52"}


def test_the_release_is_not_told_before_it_answers() -> None:
    """As long as the probe's answer is not known, the output isn't: green means that it serves."""

    class Unanswered(Engine):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, object]]:
            return "id", {**args.inputs, "stdout": pulumi.UNKNOWN}

    told: list[object] = []

    def program() -> None:
        probe(QUESTION, "3f9c0a71be52", opts=pulumi.ResourceOptions()).apply(told.append)

    recording = recorder.run(program, preview=True, engine=Unanswered())
    assert (recording.error, recording.names(), told) == (None, ["probe"], [])


@pytest.mark.parametrize("more", [{}, {"webStack": "nginx-uwsgi"}], ids=["no more", "more"])
def test_an_endpoint_is_the_stack_s_outputs(more: dict[str, pulumi.Input[str]]) -> None:
    """`url`, `release`, `target`, and the target's own."""
    endpoint = Endpoint(url="http://x", release=pulumi.Output.from_input("ab"), outputs=more)
    recording = recorder.run(lambda: endpoint.export("vm"))
    assert recording.outputs == {"url": "http://x", "release": "ab", "target": "vm", **more}
