"""What Google Cloud's refusals mean, and what to do."""

import re
from typing import Final

from components import explained
from components.explained import Reason
from components.platforms import crash

LINES: Final = 30  # of a build's log that are shown
SERVES: Final = "what served before still serves"
# Words of pip and of the buildpack in the log of a build; they come as escaped JSON.
BUILD: Final = (
    Reason(
        sign="No matching distribution found",
        meaning="a requirement does not exist, or not for this Python",
        remedy=f"correct the app's requirements or app.python; {SERVES}",
    ),
    Reason(
        sign="THESE PACKAGES DO NOT MATCH THE HASHES",
        meaning="a package is not the one whose hash was locked",
        remedy=f"lock again, or find out who changed it; {SERVES}",
    ),
    Reason(
        sign="pip check",
        meaning="two requirements do not go together",
        remedy=f"correct the app's requirements; 'pip check' names them; {SERVES}",
    ),
)
# https://cloud.google.com/appengine/docs/standard/troubleshooting and the words of the provider.
API: Final = (
    Reason(
        sign="This application already exists and cannot be re-created",
        meaning="the project has an application already, from before or from a stack that was destroyed",
        remedy="adopt it: pulumi config set --path appengine.createApplication false",
    ),
    # The bucket's name is the project's and the service's: it marks who owns them.
    Reason(
        sign="you already own it",
        meaning="another stack deploys to this project, and two would take each other's traffic",
        remedy="take another project, or destroy that stack; if it is gone or lost, remove what it has left: "
        "gcloud storage rm --recursive gs://PROJECT-default-releases",
    ),
    Reason(
        sign="Cannot change location_id",
        meaning="an application stays for good where it was made",
        remedy="set appengine.location to where it is, or take another project",
    ),
    Reason(
        sign="may not have more than",
        meaning="the project has as many versions as App Engine allows",
        remedy="delete old ones: gcloud app versions list, gcloud app versions delete ID; "
        "not the one that serves, nor one to go back to",
    ),
    Reason(
        sign="requires billing",
        meaning="the project has no billing account, and the build needs one",
        remedy="link one: https://console.cloud.google.com/billing/linkedaccount",
    ),
    Reason(
        sign="does not have access to the bucket",
        meaning="the build's account may not read the code: its role is new, which takes minutes to count, "
        "or it is gone",
        remedy="run 'pulumi up --refresh' again in some minutes",
        passes=True,
    ),
    Reason(
        sign="Failed to create cloud build",
        meaning="the build could not be started: its account's roles are new, and take minutes to count, "
        "or the project has no billing account",
        remedy="run 'pulumi up' again in some minutes; billing: "
        "https://console.cloud.google.com/billing/linkedaccount",
        passes=True,
    ),
    Reason(
        sign=".iam.gserviceaccount.com does not exist",
        meaning="the app's account is new, and takes a while to be known, or somebody has deleted it",
        remedy="run 'pulumi up --refresh' again in some minutes",
        passes=True,
    ),
    Reason(
        sign="it is disabled",
        meaning="an API of the project is off, or was switched on just now, which takes minutes to count",
        remedy="run 'pulumi up --refresh' again in some minutes",
        passes=True,
    ),
    Reason(
        sign="operation is already in progress",
        meaning="another deployment is at work in this project",
        remedy="wait for its end: gcloud app operations list --pending; then run 'pulumi up' again",
        passes=True,
    ),
    Reason(
        sign="could not find default credentials",
        meaning="there are no credentials",
        remedy="gcloud auth application-default login, or set GOOGLE_CREDENTIALS to a key file's path",
    ),
    Reason(
        sign="invalid_grant",
        meaning="the credentials are not accepted, or have run out",
        remedy="gcloud auth application-default login, or another key in GOOGLE_CREDENTIALS",
    ),
    Reason(
        sign="iam.serviceAccounts.actAs",
        meaning="who deploys may not let a version run as its service account",
        remedy="give them roles/iam.serviceAccountUser in the project",
    ),
    Reason(
        sign="Error 403",
        meaning="who deploys has not got a role that this needs",
        remedy="docs/targets/appengine.md lists them; in whose name: gcloud auth list",
    ),
    Reason(
        sign="Error code 9",
        meaning="the build failed; the end of its log stands above",
        remedy=f"all of it: gcloud builds list --limit 1, gcloud builds log ID; {SERVES}",
    ),
    Reason(
        sign="Error code 13",
        meaning="App Engine has failed and does not say why: it does so without billing, an API or a role",
        remedy=f"run 'pulumi up' again; the last build: gcloud builds list --limit 1; {SERVES}",
    ),
)

# What a version's log tells: https://cloud.google.com/appengine/docs/standard/troubleshooting
LOG: Final = (
    # What works everywhere else and not here: Flask's own tutorial makes its instance folder at the start.
    Reason(
        sign="Read-only file system",
        meaning="the app writes beside its code, and only /tmp can be written to",
        remedy="write to /tmp what may be lost, and keep the rest in a database or a bucket",
    ),
    Reason(
        sign="Exceeded soft memory limit",
        meaning="the app uses more memory than its instance has",
        remedy="choose a larger appengine.instanceClass, or fewer workers in a gunicorn.conf.py of the app's",
    ),
)


def clean(text: str) -> str:
    """Return text with its escaped new lines and quotes as they were: a build's log comes in JSON in JSON."""
    return re.sub(r"\\+n", "\n", text).replace('\\"', '"')


def build_log(error: str) -> list[str]:
    """Return the last lines of a failed build's log, as they were printed; none when the error has no log."""
    found = re.search(r'"errorMessage":\s*"(.*)"\}', clean(error), re.DOTALL)
    log = found[1] if found else ""
    return [line.rstrip() for line in log.splitlines() if line.strip()][-LINES:]


def refusal(error: str) -> Reason | None:
    """Return what a failed call means; None when its text explains itself."""
    return explained.first((*BUILD, *API), clean(error))


def of_log(lines: list[str]) -> Reason | None:
    """Return why a version does not answer, from the lines of its log."""
    return explained.first(LOG, "\n".join(lines)) or crash.cause(lines)
