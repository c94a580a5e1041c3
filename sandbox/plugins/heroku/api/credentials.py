"""Whose API keys are accepted: an account's key is the first one that was used with it."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.api.platform import ApiError

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Account


def check(account: Account, key: str) -> None:
    """Refuse another key than the account's, and none. What is kept is the key's hash."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    path = account.folder / "api-key.sha256"
    if key and not path.exists():
        account.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(digest)
    if not key or not hmac.compare_digest(path.read_text(), digest):
        raise ApiError("Invalid credentials provided.", "unauthorized")
