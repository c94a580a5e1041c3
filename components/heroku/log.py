"""An app's log at Heroku, for the reason why it does not answer."""

import http.client
import json
import netrc
import os
import urllib.request
from typing import Any, Final

import pulumi

API: Final = "https://api.heroku.com"
SECONDS: Final = 10


def recent(app: str, lines: int = 1500) -> list[str]:
    """Return the last lines of an app's log, the oldest first.

    An OSError or ValueError says why they can't be had. Source: Heroku's Platform API, "Log Session".
    """
    try:
        return _recent(app, lines)
    except (KeyError, TypeError, http.client.HTTPException) as error:
        raise ValueError(f"Heroku's answer is not understood: {error or type(error).__name__}") from None


def _recent(app: str, lines: int) -> list[str]:
    session = _ask(
        f"{_setting('url', 'HEROKU_API_URL') or API}/apps/{app}/log-sessions", {"lines": lines, "tail": False}
    )
    with urllib.request.urlopen(json.loads(session)["logplex_url"], timeout=SECONDS) as answer:  # noqa: S310  Heroku's
        return str(answer.read().decode(errors="replace")).splitlines()


def _ask(url: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")  # noqa: S310  as above
    request.add_header("Accept", "application/vnd.heroku+json; version=3")
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {_key()}")
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  as above
        content: bytes = answer.read()
        return content


def _key() -> str:
    """The API key, from where the provider takes it too."""
    key = _setting("apiKey", "HEROKU_API_KEY")
    if key:
        return key
    try:
        found = netrc.netrc().authenticators("api.heroku.com")
    except netrc.NetrcParseError as error:
        raise ValueError(f"~/.netrc can't be read: {error}") from None
    if not found:
        raise ValueError("there is no API key")
    return found[2]


def _setting(key: str, variable: str) -> str:
    return pulumi.Config("heroku").get(key) or os.environ.get(variable, "")
