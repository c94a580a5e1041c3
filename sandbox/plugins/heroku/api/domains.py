"""Custom domains: https://devcenter.heroku.com/articles/custom-domains."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import Final

from sandbox.plugins.heroku.api.platform import (
    ApiError,
    Platform,
    Row,
    app_row,
    not_found,
    numbered,
    tell,
)

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOSTNAME: Final = re.compile(rf"(\*\.)?({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?", re.IGNORECASE)
_WORDS: Final = ("ancient", "calm", "hidden", "mountain", "quiet", "river", "shallow", "winter")


def create(platform: Platform, app: str, hostname: str) -> Row:
    """Let an app answer for a hostname."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        if not _HOSTNAME.fullmatch(hostname) or len(hostname) > 253 or hostname.endswith("herokuapp.com"):
            raise ApiError(f"{hostname} is not a valid domain name.")
        for other in tables["domains"].values():
            if other["hostname"] == hostname:
                mine = other["app"] == row["id"]
                owner = (
                    "Domain already added to this app."
                    if mine
                    else (f"{hostname} is currently in use by another app.")
                )
                raise ApiError(owner)
        words = "-".join(secrets.choice(_WORDS) for _ in range(2))
        domain: Row = {
            "id": str(uuid.uuid4()),
            "app": row["id"],
            "hostname": hostname,
            "cname": f"{words}-{secrets.token_hex(10)}.herokudns.com",
            "sni_endpoint": None,
        }
        numbered(tables, "domains", domain)
        row["generation"] += 1
        tell(row, f"Add {hostname} domain")
    platform.host.wake(domain["app"])
    return dict(domain)


def info(platform: Platform, app: str, domain: str) -> Row:
    """One domain."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        found = tables["domains"].get(domain)
        if found is None or found["app"] != row["id"]:
            raise not_found("domain")
        return dict(found)


def update(platform: Platform, app: str, domain: str, sni_endpoint: str) -> Row:
    """Choose a certificate; there is none in the sandbox, which has no TLS."""
    info(platform, app, domain)
    del sni_endpoint
    raise not_found("sni_endpoint")


def delete(platform: Platform, app: str, domain: str) -> None:
    """Let an app no longer answer for a hostname."""
    found = info(platform, app, domain)
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        tables["domains"].pop(domain, None)
        row["generation"] += 1
        tell(row, f"Remove {found['hostname']} domain")
    platform.host.wake(found["app"])
