"""A version's log in Cloud Logging, for the reason why it does not answer."""

import asyncio
import http.client
import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pulumi
from pulumi_gcp import organizations

from components.appengine import version

API: Final = "https://logging.googleapis.com/v2/"
SECONDS: Final = 10
# A run that fails has asked for minutes at most; a bound in time also makes the search quick.
SINCE: Final = timedelta(minutes=30)
PAGES: Final = 5  # a page may be empty, and others follow
SIZE: Final = 200


async def recent(project: str, version_id: str) -> list[str]:
    """Return the last lines that a version of the service has printed, the oldest first.

    An OSError or ValueError says why they can't be had.
    Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list.
    """
    try:
        token = organizations.get_client_config().access_token
    except Exception as error:  # noqa: BLE001  the SDK raises nothing more special
        raise ValueError(" ".join(str(error).split())) from None
    address = pulumi.Config("gcp").get("loggingCustomEndpoint") or API
    question = {
        "resourceNames": [f"projects/{project}"],
        "filter": search(version_id, datetime.now(UTC) - SINCE),
        "orderBy": "timestamp desc",
        "pageSize": SIZE,
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        # A person's credentials belong to no project that the call could count for.
        "X-Goog-User-Project": project,
    }
    try:
        return await asyncio.to_thread(_lines, f"{address.rstrip('/')}/entries:list", question, headers)
    except (AttributeError, KeyError, TypeError, http.client.HTTPException) as error:
        raise ValueError(
            f"Cloud Logging's answer is not understood: {error or type(error).__name__}"
        ) from None


def search(version_id: str, since: datetime) -> str:
    """Return the filter for what a version's instances, and App Engine of them, have written since."""
    return " AND ".join(
        [
            'resource.type="gae_app"',
            f'resource.labels.module_id="{version.SERVICE}"',
            f'resource.labels.version_id="{version_id}"',
            "textPayload:*",
            f'timestamp>="{since:%Y-%m-%dT%H:%M:%SZ}"',
        ]
    )


def _lines(url: str, question: dict[str, Any], headers: dict[str, str]) -> list[str]:
    """Return the lines of the newest entries, the oldest first."""
    found: list[str] = []
    page = ""
    for _ in range(PAGES):
        body = json.dumps({**question, "pageToken": page} if page else question).encode()
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310  Google's
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  as above
            given = json.loads(answer.read())
        for entry in given.get("entries", ()):
            found = [*str(entry["textPayload"]).splitlines(), *found]
        page = given.get("nextPageToken", "")
        if not page or len(found) >= SIZE:
            break
    return found
