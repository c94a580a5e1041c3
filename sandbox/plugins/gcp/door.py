"""How an app is asked without its names: by its machine's address."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.plugins.gcp import names
from sandbox.plugins.gcp.apps import Apps
from sandbox.say import SandboxError

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Account


def of(account: Account, url: str) -> str:
    """The address at which the app with this URL answers as it does there; its machine is switched on."""
    host = urlsplit(url).hostname
    for project, row in account.table("applications").items():
        if names.hostname(project, row["location"]) == host:
            return f"http://{Apps(account).ready(project).address}"
    raise SandboxError(f"the emulated account has no app at {url}")
