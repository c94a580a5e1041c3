"""Which request goes where: static folders by App Engine itself, the rest to the app.

Every field is spelled out, and the last handler is exactly `.*` with `auto`: what is left out is filled in by
the service, and would be a difference, and so a full deployment, at every `pulumi up`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SECURITY: Final = {
    "login": "LOGIN_OPTIONAL",
    "auth_fail_action": "AUTH_FAIL_ACTION_REDIRECT",
    "security_level": "SECURE_ALWAYS",
}
EVERYTHING: Final = ".*"
SCRIPT: Final = "auto"


@dataclass(frozen=True, kw_only=True)
class Handler:
    """Requests that match `url_regex`: a file of the folder, or the app when `folder` is None."""

    url_regex: str
    folder: str | None

    @property
    def path(self) -> str:
        r"""The file that answers; `\1` is what the regular expression's group has matched."""
        return f"{self.folder}/\\1"

    @property
    def upload_path_regex(self) -> str:
        """The files of the bundle that may answer."""
        return f"{re.escape(str(self.folder))}/.*"


def make(static: Mapping[str, str]) -> tuple[Handler, ...]:
    """Return the handlers in their order: the first that matches answers, so the longest prefix is first."""
    prefixes = sorted(static, key=lambda prefix: (-len(prefix), prefix))
    served = [
        Handler(url_regex=f"{re.escape(prefix.rstrip('/'))}/(.+)", folder=static[prefix])
        for prefix in prefixes
    ]
    return (*served, Handler(url_regex=EVERYTHING, folder=None))
