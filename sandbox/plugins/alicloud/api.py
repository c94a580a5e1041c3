"""Alibaba Cloud's API as far as it is emulated: who may call what, what was called, and patience.

Two things for tests, in the account's folder: `calls.log` names every action that was called, in order, and
the table `deniedActions` names those that the RAM user may not call.
"""

from __future__ import annotations

import os
import secrets
import string
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.alicloud.errors import ApiError, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Account, Table

# The real provider repeats a refused request silently for 5 minutes and more (its Retry with a resource's
# timeouts). Here it gives up sooner: a rehearsal need not take as long to show the same, a test still less.
PATIENCE_SECONDS: Final = float(os.environ.get("FLASK_DEPLOY_PATIENCE", "10"))
_ALPHABET: Final = string.ascii_lowercase + string.digits


@dataclass
class Api:
    """The API of one account; `region` is the provider's."""

    account: Account
    region: str = ""
    replace_on_image_update: bool = False
    _log: threading.Lock = field(default_factory=threading.Lock)

    def act(self, *actions: str) -> None:
        """Call actions one after the other. ApiError when RAM forbids one."""
        denied = self.account.table("deniedActions")
        for action in actions:
            with self._log, (self.account.folder / "calls.log").open("a", encoding="utf-8") as log:
                log.write(f"{action}\n")
            if action in denied:
                text = "User not authorized to operate on the specified resource."
                raise ApiError("Forbidden.RAM", f"{text} Action: {action}.", 403)

    def row(self, table: str, key: str, parameter: str) -> Table:
        """A row that has to be there; ApiError names the parameter that it was looked for by."""
        found = self.account.row(table, key)
        if found is None:
            raise not_found(parameter)
        return found


def new_id(prefix: str) -> str:
    """An id as Alibaba Cloud makes them: a prefix and 20 characters; they name sandbox machines too."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(20))


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def retried(call: Call, codes: Collection[str], request: Callable[[], Any]) -> Any:
    """Send a request; again, without a word, while the API answers with one of `codes`."""
    waited = 0.0
    while True:
        try:
            return request()
        except ApiError as problem:
            if problem.api_code not in codes or waited >= PATIENCE_SECONDS:
                raise
        call.sleep(0.5)
        waited += 0.5
