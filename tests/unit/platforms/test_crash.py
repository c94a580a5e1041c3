"""Why an app ended, from its log: the newest error of a traceback, whatever a platform puts before it."""

from __future__ import annotations

from typing import Final

import pytest

from components.platforms import crash

BEFORE: Final = {
    "bare": "",
    "heroku": "2026-11-25T23:00:00+00:00 app[web.1]: ",
    "syslog": "Nov 25 23:00:00 ip-172-31-0-7 web[2345]: ",
    "beanstalk": "Nov 25 23:00:00 ip-172-31-0-7 web: ",
}
ERRORS: Final = {
    "ModuleNotFoundError: No module named 'nowhere'": "add it to the app's requirements",
    "ImportError: cannot import name 'x' from 'y'": "add it to the app's requirements",
    "SyntaxError: invalid syntax": "app.python",
    "IndentationError: unexpected indent": "app.python",
    "KeyError: 'SECRET_KEY'": "app.environment or secrets",
    "sqlalchemy.exc.OperationalError: (psycopg.OperationalError) no host": "correct the app",
    "flask.cli.NoAppException: Failed to find Flask application": "correct the app",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize(("error", "remedy"), ERRORS.items(), ids=range(len(ERRORS)))
def test_an_error_is_the_cause(before: str, error: str, remedy: str) -> None:
    """The newest one."""
    lines = [f"{before}{line}" for line in ("ValueError: an earlier one", "Traceback", error, "Worker ended")]
    found = crash.cause(lines)
    assert found is not None
    assert found.meaning == error
    assert remedy in found.remedy


def test_a_worker_that_was_killed() -> None:
    """By gunicorn's own words."""
    line = "[2026-11-25 23:00:00 +0000] [1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?"
    found = crash.cause([line])
    assert found is not None
    assert "memory" in found.meaning


@pytest.mark.parametrize(
    "line",
    ["GET /?q=KeyError: HTTP/1.1", "the app said TypeError: not at the line's start", "all is well", ""],
)
def test_what_only_looks_like_one_is_none(line: str) -> None:
    """An error stands at a line's start."""
    assert crash.cause([line]) is None
