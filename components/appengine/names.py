"""Names within App Engine's and its neighbours' rules, for every app and stack."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

ACCOUNT_LENGTH: Final = 30  # 6 to 30: https://cloud.google.com/iam/docs/service-accounts-create
LABEL_LENGTH: Final = 63  # VERSION-dot-PROJECT is one label of a host name
DIGITS: Final = 12
# https://cloud.google.com/resource-manager/docs/creating-managing-projects
PROJECT: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
# App Engine's names of two regions: https://cloud.google.com/appengine/docs/standard/locations
REGIONS: Final = {"us-central": "us-central1", "europe-west": "europe-west1"}


def digest(content: Mapping[str, Any]) -> str:
    """Return the digest of a version's content: of all that makes it, or a change is never sent."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:DIGITS]


def version(release: str, attempt: str) -> str:
    """Return the id of a version, from the release that it answers with and what is drawn for it.

    A fixed id would be changed in place, and the provider remembers a failed change as done; the same content
    under its old id would be built over the version that serves. A letter stands first: an id of digits
    alone, `default`, `latest` and `ah-…` are not allowed.
    """
    return f"r{release}-{attempt}"


def account(owner: str) -> str:
    """Return a service account's id, 6 to 30 characters; another stack's differs.

    Without the app's name: a renamed app would have another account, and what serves runs as the former one.
    """
    words = re.sub(r"[^a-z0-9]+", "-", owner.lower()).strip("-")
    letter = words if words[:1].isalpha() else f"app-{words}"
    return f"{letter[: ACCOUNT_LENGTH - 7].rstrip('-')}-{_short(owner)}"


def bucket(project: str, service: str) -> str:
    """Return a bucket's name, unique among everybody's as a project's id is.

    One for each service, whatever the stack: so a second stack that would take the traffic is refused here.
    Without the app's name, which may hold a word that is not allowed there, such as google.
    """
    return f"{project}-{service}-releases"


def secret(owner: str, variable: str) -> str:
    """Return the id of the secret of an environment variable: whatever the app is called, as above."""
    return f"{account(owner)}-{variable}"


def region(location: str) -> str:
    """Return the region of an application, as all other services call it."""
    return REGIONS.get(location, location)


def version_host(version_id: str, default_host: str) -> str:
    """Return the host name of one version, which answers whether it has traffic or not."""
    label(version_id, default_host.partition(".")[0])
    return f"{version_id}-dot-{default_host}"


def label(version_id: str, project: str) -> str:
    """Return the first label of a version's own address.

    Raises ValueError: it is longer than a label of a host name may be.
    """
    text = f"{version_id}-dot-{project}"
    if len(text) > LABEL_LENGTH:
        raise ValueError(
            f"{text} has {len(text)} characters, and a label of a host name at most {LABEL_LENGTH}"
        )
    return text


def _short(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:6]
