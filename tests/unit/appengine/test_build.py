"""A version that is not built: its log is shown, once, as lines."""

from __future__ import annotations

from components.appengine import build
from unit import hooks

FAILED = 'Error code 9, message: FAILURE {"error":{"errorMessage":"Collecting flask\\\\nERROR: gone\\\\n"}}'


def test_the_log_of_a_build_is_shown() -> None:
    """And nothing is tried again for it."""
    answers, said = hooks.asked(build._build_log_hook, [FAILED])
    assert answers == [False]
    assert said == [("error", "the build's log:\n  | Collecting flask\n  | ERROR: gone")]


def test_another_failure_has_no_log() -> None:
    """It is explained by the other hook alone."""
    assert hooks.asked(build._build_log_hook, ["googleapi: Error 403: no, forbidden"]) == ([False], [])
