"""What Heroku's refusals and log lines mean, and what to do."""

import re
from dataclasses import replace
from typing import Final

from components import explained
from components.explained import Reason
from components.platforms import crash

# Lists what pinnedRelease takes, as far as the API lists builds.
KEPT: Final = (
    "curl -n https://api.heroku.com/apps/NAME/builds -H 'Accept: application/vnd.heroku+json; version=3' | "
    """jq -r '.[] | select(.slug) | "\\(.created_at) \\(.source_blob.version[:12])-\\(.slug.id)"'"""
)
# Answers of Heroku's Platform API: https://devcenter.heroku.com/articles/platform-api-reference#errors
API: Final = (
    Reason(
        sign="is already taken",
        meaning="somebody has an app of this name",
        remedy="choose another: pulumi config set --path heroku.appName bookstore-3f9c",
    ),
    Reason(
        sign="Invalid credentials",
        meaning="the API key is not accepted",
        remedy="set HEROKU_API_KEY to a key of yours; 'heroku authorizations:create' makes one",
    ),
    Reason(
        sign="verify your account",
        meaning="the account has no means of payment",
        remedy="add one at https://heroku.com/verify, then run 'pulumi up' again",
    ),
    Reason(
        sign="is currently in use by another app",
        meaning="another app has this host name",
        remedy="take it away there first: heroku domains:remove, or remove it from heroku.domains",
    ),
    Reason(
        sign="Couldn't find that formation",
        meaning="what runs has no web process any more, so somebody released something else",
        remedy="bring the program's build back: pulumi up --replace '**Build::build'",
    ),
    Reason(
        sign="Couldn't find that slug",
        meaning="the app has no such slug: it is another app's, or its time is over",
        remedy=f"set pinnedRelease to one that there is, or remove it; Heroku's list has them: {KEPT}",
    ),
    Reason(
        sign="Error waiting for new release",
        meaning="the release command of the pinned release failed, so the former release serves on",
        remedy="its lines: heroku releases:output; set pinnedRelease to another one, or remove it",
    ),
    Reason(
        sign="Couldn't find that app",
        meaning="the app was deleted outside of this stack",
        remedy="forget it: pulumi state delete --target-dependents the URN of the App ('pulumi stack -u'), "
        "then 'pulumi up' makes a new one",
    ),
    # It comes with the first release, and that waits for the release command.
    Reason(
        sign="Couldn't find that process type",
        meaning="there is no release yet that has this process",
        remedy="the release command may have failed or hang; its lines: heroku releases:output",
        passes=True,
    ),
    Reason(
        sign="Error stating build source path",
        meaning="the folder that was built is not there",
        remedy="run it in the project's folder; for a refresh alone: pulumi refresh --run-program",
    ),
)
# Lines of a build: https://github.com/heroku/heroku-buildpack-python
BUILD: Final = (
    Reason(
        sign="No matching distribution found",
        meaning="a requirement does not exist, or not for this Python",
        remedy="correct the app's requirements or app.python; what served before still serves",
    ),
    Reason(
        sign="THESE PACKAGES DO NOT MATCH THE HASHES",
        meaning="a package is not the one whose hash was locked",
        remedy="lock again, or find out who changed it; what served before still serves",
    ),
    Reason(
        sign="Python version is not available",
        meaning="Heroku's stack has no such Python",
        remedy="set app.python to one that it has, or heroku.stack; what served before still serves",
    ),
    Reason(
        sign="Compiled slug size",
        meaning="the app and its packages are larger than Heroku takes",
        remedy="leave files out by .deployignore, or packages; what served before still serves",
    ),
)
CRASHED: Final = Reason(
    sign="to crashed",
    meaning="the app ended while it was starting, or soon after",
    remedy="correct it; its last lines stand above",
)
# Codes of the log: https://devcenter.heroku.com/articles/error-codes
LOG: Final = (
    Reason(
        sign="Error R10",
        meaning="the app did not listen on $PORT within a minute",
        remedy="make it start faster, or listen on the port that the variable PORT names",
    ),
    Reason(
        sign="code=H14",
        meaning="no web dyno runs",
        remedy="set heroku.quantity to 1 or more",
    ),
    Reason(
        sign="Error R14",
        meaning="the app uses more memory than its dyno has",
        remedy="choose a larger heroku.size",
    ),
    Reason(
        sign="code=H12",
        meaning="a request took longer than Heroku's 30 seconds",
        remedy="answer earlier, and do the long work outside of the request",
    ),
    Reason(
        sign="Release command failed",
        meaning="the release command failed, so the former release serves on",
        remedy="correct app.releaseCommand or what it does; its lines stand above",
    ),
    CRASHED,
)
_UNTELLING: Final = re.compile(r"heroku\[router\]: at=info|\"flask-deploy\"")
_ROUTER: Final = re.compile(r"heroku\[router\]: at=error (code=H\d+)")
_COLOUR: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def clean(text: str) -> str:
    """Return text without a terminal's colours."""
    return _COLOUR.sub("", text)


def refusal(error: str) -> Reason | None:
    """Return what a failed call means; None when its text explains itself."""
    return explained.first((*BUILD, *API), clean(error))


def telling(lines: list[str]) -> list[str]:
    """Return the lines of a log that may tell why the app does not answer.

    Not those of answered requests; and of the router's own errors, which come with each request, the last
    of a kind: they would push out what the app has said.
    """
    found: list[str] = []
    codes: set[str] = set()
    for line in reversed(lines):
        error = _ROUTER.search(line)
        if _UNTELLING.search(line) or (error and error[1] in codes):
            continue
        if error:
            codes.add(error[1])
        found.append(clean(line))
    return found[::-1]


def last_words(lines: list[str]) -> list[str]:
    """Return the lines up to the last crash: a start that is under way behind it has not said why yet."""
    ends = [number for number, line in enumerate(lines, 1) if "to crashed" in line]
    return lines[: ends[-1]] if ends else lines


def of_log(lines: list[str]) -> Reason | None:
    """Return why the app does not answer, from the lines of its log; of a crash, its cause."""
    found = explained.first(LOG, "\n".join(lines))
    cause = crash.cause(lines) if found is CRASHED else None
    return replace(cause, meaning=f"{found.meaning}: {cause.meaning}") if found and cause else found
