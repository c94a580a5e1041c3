"""What Heroku's refusals and log lines mean: each is told in words, where its text alone does not help."""

from __future__ import annotations

from typing import Final

import pytest

from components.heroku import reasons
from components.heroku.section import Section


def refused(verb: str, url: str, code: int, text: str) -> str:
    """A refusal of the Platform API, as the provider words it."""
    return f"1 error occurred:\n\t* {verb} https://api.heroku.com/{url}: {code} {text}\n"


def build(*lines: str) -> str:
    """A build that failed, as the provider shows it: with the buildpack's colours."""
    output = "\n".join(f"       \x1b[1;31m {line}\x1b[0m" for line in lines)
    return f"1 error occurred:\n\t* Build failed:\n-----> Python app detected\n{output}\n !     Push failed\n"


# The words of https://devcenter.heroku.com/articles/platform-api-reference and of the Python buildpack.
REFUSALS: Final = {
    refused("Post", "apps", 422, "Name bookstore is already taken"): "somebody has an app of this name",
    refused("Get", "apps/x", 401, "Invalid credentials provided."): "the API key is not accepted",
    refused("Post", "apps", 402, "Please verify your account to create an app"): "the account has no means",
    refused("Post", "apps/x/domains", 422, "shop.example.com is currently in use by another app."): (
        "another app has this host name"
    ),
    refused(
        "Get", "apps/x/formation/web", 404, "Couldn't find that formation."
    ): "what runs has no web process",
    refused("Get", "apps/x", 404, "Couldn't find that app."): "the app was deleted outside of this stack",
    refused(
        "Patch", "apps/x/formation", 404, "Couldn't find that process type (web)."
    ): "there is no release yet",
    refused("Post", "apps/x/releases", 404, "Couldn't find that slug."): "the app has no such slug",
    "1 error occurred:\n\t* [ERROR] Error waiting for new release (x) to succeed: unexpected state 'failed', "
    "wanted target 'succeeded'. last error: %!s(<nil>)\n": (
        "the release command of the pinned release failed"
    ),
    "Error stating build source path platforms/heroku: no such file": "the folder that was built",
    build("ERROR: No matching distribution found for flask==99"): "a requirement does not exist",
    build(
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
    ): "a package is not the one",
    build(" !   Error: The requested Python version is not available."): "Heroku's stack has no such Python",
    build(" !   Compiled slug size: 612M is too large (max is 500M)."): "the app and its packages are larger",
    refused("Post", "apps", 500, "Internal server error."): None,
    build("error: something in the app's own setup"): None,
    "": None,
}
LOG: Final = {
    "heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds": (
        "the app did not listen on $PORT"
    ),
    'heroku[router]: at=error code=H14 desc="No web processes running" path="/"': "no web dyno runs",
    "heroku[web.1]: Error R14 (Memory quota exceeded)": "the app uses more memory than its dyno has",
    'heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/" status=503': (
        "a request took longer than Heroku's 30 seconds"
    ),
    "app[release.6911]: Release command failed: exit status 1": "the release command failed",
    "heroku[web.1]: State changed from starting to crashed": "the app ended while it was starting",
    "app[web.1]: hello": None,
}
ROUTINE: Final = (
    '2026-11-25T23:00:00+00:00 heroku[router]: at=info method=GET path="/" host=x fwd="1.2.3.4" status=200',
    '2026-11-25T23:00:00+00:00 app[web.1]: 10.1.2.3 - - "GET /healthz HTTP/1.1" 503 0 "-" "flask-deploy"',
)


@pytest.mark.covers(84)
@pytest.mark.parametrize(("text", "meaning"), REFUSALS.items(), ids=range(len(REFUSALS)))
def test_a_refusal_gets_its_meaning(text: str, meaning: str | None) -> None:
    """And a remedy; what is unknown explains itself."""
    found = reasons.refusal(text)
    if meaning is None or found is None:
        assert (found, meaning) == (None, None)
    else:
        assert found.meaning.startswith(meaning)
        assert found.remedy


@pytest.mark.parametrize(("line", "meaning"), LOG.items(), ids=range(len(LOG)))
def test_a_line_of_the_log_gets_its_meaning(line: str, meaning: str | None) -> None:
    """Wherever it stands among others."""
    found = reasons.of_log(["app[web.1]: before", f"2026-11-25T23:00:00+00:00 {line}", "app[web.1]: after"])
    if meaning is None or found is None:
        assert (found, meaning) == (None, None)
    else:
        assert found.meaning.startswith(meaning)
        assert found.remedy


def test_each_reason_has_a_text_that_leads_to_it() -> None:
    """One that nothing leads to would be dead."""
    reached = {found.sign for text in REFUSALS if (found := reasons.refusal(text))}
    reached |= {found.sign for line in LOG if (found := reasons.of_log([line]))}
    assert reached == {known.sign for known in (*reasons.API, *reasons.BUILD, *reasons.LOG)}


def test_only_the_first_release_is_waited_for() -> None:
    """The release command takes its time; everything else stays as it is."""
    waited = {known.sign for known in (*reasons.API, *reasons.BUILD, *reasons.LOG) if known.passes}
    assert waited == {"Couldn't find that process type"}


def test_what_was_built_and_failed_changes_nothing() -> None:
    """And that is said with each such reason."""
    assert all(known.remedy.endswith("; what served before still serves") for known in reasons.BUILD)


def test_each_key_that_is_advised_exists() -> None:
    """`heroku.quantity` and the like."""
    known = {info.alias for info in Section.model_fields.values()}
    words = " ".join(each.remedy for each in (*reasons.API, *reasons.BUILD, *reasons.LOG)).split()
    advised = {word.removeprefix("heroku.").rstrip(";,") for word in words if word.startswith("heroku.")}
    assert advised == {"appName", "domains", "stack", "quantity", "size"}
    assert advised <= known


def test_answered_requests_tell_nothing() -> None:
    """Nor do the probe's own, which are as many as it asked; colours are taken away."""
    lines = [*ROUTINE, "app[web.1]: \x1b[31mKeyError\x1b[0m: 'SECRET_KEY'", *LOG]
    assert reasons.telling(lines) == ["app[web.1]: KeyError: 'SECRET_KEY'", *LOG]


def test_an_error_of_the_router_is_told_once() -> None:
    """Each request has a line, and forty of them push out what the app has said: the last of a kind stays."""
    own = ["app[web.1]: KeyError: 'A'", "heroku[web.1]: State changed from up to crashed"]
    h10, h13 = (
        [f"heroku[router]: at=error code={code} request_id={number}" for number in range(40)]
        for code in ("H10", "H13")
    )
    assert reasons.telling([own[0], *h13, own[1], *h10]) == [own[0], h13[-1], own[1], h10[-1]]


def test_a_log_without_anything_tells_nothing() -> None:
    """Rather than a wrong reason."""
    assert reasons.of_log([]) is None
    assert reasons.of_log(list(ROUTINE)) is None


def test_a_start_behind_the_last_crash_tells_nothing_yet() -> None:
    """What is shown ends with the crash; without one it is all there is."""
    crash = "heroku[web.1]: State changed from starting to crashed"
    lines = ["app[web.1]: KeyError: 'A'", crash, "app[web.1]: Traceback", *["app[web.1]:   File"] * 50]
    assert reasons.last_words(lines) == lines[:2]
    assert reasons.last_words([crash, *lines]) == [crash, *lines[:2]]
    assert reasons.last_words(lines[2:]) == lines[2:]
    assert reasons.last_words([]) == []
