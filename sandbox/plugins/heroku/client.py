"""The provider's side of the Platform API: credentials, and the words of its library.

Requests are answered in this process; errors read as those of heroku-go and Go's net/http.
"""

from __future__ import annotations

import netrc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.cloud.faults import THROTTLED_SECONDS
from sandbox.plugins.heroku.api import credentials
from sandbox.plugins.heroku.api.dispatch import LostError, dispatch, open_to_all
from sandbox.plugins.heroku.api.platform import ApiError
from sandbox.plugins.heroku.api.routes import Request

if TYPE_CHECKING:
    from sandbox.plugins.heroku.api.platform import Platform

_URL: Final = "https://api.heroku.com"


class AnswerError(RefusedError):
    """An answer that is no success; `identity` is Heroku's name for its kind."""

    def __init__(self, text: str, identity: str) -> None:
        super().__init__(text)
        self.identity = identity


@dataclass(frozen=True, kw_only=True)
class Access:
    """How the API is reached: config.go of the Terraform provider."""

    url: str = _URL
    key: str = ""
    all_in_state: bool = True  # customizations.setAppAllConfigVarsInState

    @classmethod
    def of(cls, key: str, url: str, *, all_in_state: bool = True) -> Access:
        """What the program gives, otherwise the environment, otherwise ~/.netrc."""
        url = url or os.environ.get("HEROKU_API_URL", "") or _URL
        key = key or os.environ.get("HEROKU_API_KEY", "") or _from_netrc(urlsplit(url).netloc)
        return cls(url=url, key=key, all_in_state=all_in_state)


class Client:
    """Asks the platform with the provider's credentials."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.access = Access.of("", "")

    def ask(self, call: Call, method: str, path: str, body: Any = None, *, raw: bytes = b"") -> Any:
        """Send a request; the answer. Raises AnswerError. One that comes too soon is sent again later."""
        access = self.access
        where = f'{method.capitalize()} "{access.url}{path}"'
        given = {} if body is None else body
        request = Request(method=method, path=path, body=given, raw=raw, base=access.url)
        try:
            if not open_to_all(path):
                credentials.check(self._platform.account, access.key)
            return dispatch(self._platform, request)
        except LostError as problem:
            raise AnswerError(f"{where}: EOF", "") from problem
        except ApiError as problem:
            if problem.identity != "rate_limit":
                raise AnswerError(f"{where}: {problem}", problem.identity) from problem
        call.sleep(THROTTLED_SECONDS)
        return self.ask(call, method, path, body, raw=raw)


def _from_netrc(host: str) -> str:
    """The password for a host in ~/.netrc."""
    path = Path(os.environ.get("NETRC_PATH") or Path(os.environ.get("NETRC", "~"), ".netrc")).expanduser()
    if not path.is_file():
        return ""
    try:
        found = netrc.netrc(path).authenticators(host)
    except netrc.NetrcParseError as problem:
        raise RefusedError(f'error parsing netrc file at "{path}": {problem}') from problem
    return found[2] if found else ""
