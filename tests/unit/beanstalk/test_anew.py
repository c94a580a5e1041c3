"""The word before an environment is replaced: in a preview, and not before there is one."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_random as random
import pytest

from components.beanstalk import anew
from unit import recorder
from unit.engine import Engine


def said(*, preview: bool, drawn: bool) -> list[tuple[str, str]]:
    """What is said when an environment is to be created, with digits that are drawn already or not."""

    async def ask(hook: pulumi.ResourceHook) -> str:
        arguments = pulumi.ResourceHookArgs(urn="", id="", name="environment", type="")
        told: Any = hook.callback(arguments)
        await told
        return "asked"

    def program() -> None:
        suffix = random.RandomId("suffix", byte_length=4)
        pulumi.export("done", ask(anew.hook(suffix.hex)))

    recording = recorder.run(program, preview=preview, engine=Engine(knows=drawn))
    assert (recording.error, recording.outputs) == (None, {"done": "asked"})
    return recording.said


def test_a_preview_says_that_it_is_another_environment() -> None:
    """As a warning: the site is away meanwhile."""
    assert said(preview=True, drawn=True) == [("warning", anew.WARNING)]


@pytest.mark.parametrize(("preview", "drawn"), [(True, False), (False, True)])
def test_the_first_environment_needs_no_word(preview: bool, drawn: bool) -> None:  # noqa: FBT001
    """Before anything is drawn there is none; and a run itself makes the first one with digits just drawn."""
    assert said(preview=preview, drawn=drawn) == []


def test_the_engine_asks_in_a_preview() -> None:
    """Hooks are left out there unless they say otherwise."""
    hooks: list[pulumi.ResourceHook] = []
    recorder.run(lambda: hooks.append(anew.hook(pulumi.Output.from_input("x"))))
    assert hooks[0].opts
    assert hooks[0].opts.on_dry_run
