"""A provider's failure in words, whichever provider it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from components import explained
from components.explained import Reason
from unit import hooks

if TYPE_CHECKING:
    import pulumi

REASONS: Final = (
    Reason(sign="is taken", meaning="somebody has it", remedy="choose another"),
    Reason(sign="not yet", meaning="it is not there", remedy="look at it", passes=True),
    Reason(sign="not", meaning="something is not so", remedy="make it so"),
)


def hook(seconds: int = 10, advice: str = "") -> pulumi.ErrorHook:
    """A hook with these reasons."""
    return explained.hook(
        "refused", "target x", lambda text: explained.first(REASONS, text), seconds, advice=advice
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> hooks.Clock:
    """The time that the hook sees."""
    return hooks.Clock(monkeypatch)


def test_the_first_reason_counts() -> None:
    """So that the special one may stand before the general one."""
    assert explained.first(REASONS, "not yet") is REASONS[1]
    assert explained.first(REASONS, "not at all") is REASONS[2]
    assert explained.first(REASONS, "?") is None


def test_a_failure_is_told_with_its_place() -> None:
    """One line: where, what it means, what to do."""
    assert hooks.asked(hook, ["Error: the name is taken"]) == (
        [False],
        [("error", "target x: somebody has it; choose another")],
    )


def test_what_passes_is_waited_for(clock: hooks.Clock) -> None:
    """As long as was promised, and then told with how long that was."""
    answers, said = hooks.asked(hook, ["not yet"] * 5)
    assert answers == [True] * 4 + [False]
    assert clock.now == 1000 + 4 * explained.PAUSE_SECONDS
    assert said == [("error", "target x: it is not there (after 10 seconds); look at it")]


def test_without_time_nothing_is_waited_for(clock: hooks.Clock) -> None:
    """Nor is a time told."""
    assert hooks.asked(lambda: hook(0), ["not yet"]) == (
        [False],
        [("error", "target x: it is not there; look at it")],
    )
    assert clock.now == 1000


def test_each_resource_has_its_own_time(clock: hooks.Clock) -> None:
    """One that fails later is waited for as long."""

    def pass_time() -> None:
        clock.now += 8

    answers, _ = hooks.asked(hook, ["not yet"] * 3, pass_time, resources=["a", "a", "b"])
    assert answers == [True, False, True]


def test_what_explains_itself_is_left_alone() -> None:
    """Its own text is shown by the engine."""
    assert hooks.asked(hook, ["something else"]) == ([False], [])


def test_advice_is_said_after_each_failure() -> None:
    """Explained or not; once for each."""
    answers, said = hooks.asked(lambda: hook(advice="then go on with x"), ["it is taken", "something else"])
    assert answers == [False, False]
    assert said == [
        ("error", "target x: somebody has it; choose another; then go on with x"),
        ("error", "target x: then go on with x"),
    ]


def test_advice_is_not_said_while_something_is_waited_for(clock: hooks.Clock) -> None:
    """It has not failed yet."""
    answers, said = hooks.asked(lambda: hook(advice="then go on with x"), ["not yet"])
    assert (answers, said) == ([True], [])
    assert clock.now > 1000


def test_a_hook_is_known_by_its_name() -> None:
    """The engine tells by it which one a resource has."""
    assert hook().name == "refused"
