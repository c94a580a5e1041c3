"""What the parts of the API stand on: the account, the machines, and how something is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Account, Table

Row = dict[str, Any]
USER = {"email": "you@example.com", "id": "01234567-89ab-cdef-0123-456789abcdef"}


class ApiError(Exception):
    """An answer that is no success: the message and its machine-readable id."""

    def __init__(self, message: str, identity: str = "invalid_params") -> None:
        super().__init__(message)
        self.identity = identity


class Host(Protocol):
    """What runs apps. Its answers are quick, unless it says otherwise."""

    def claim(self, machine: str) -> str:
        """Make an app's machine, in a few seconds; its address."""

    def exists(self, machine: str) -> bool:
        """Whether the machine has not been taken away."""

    def drop(self, machine: str) -> None:
        """Take the machine down, in a few seconds; nothing to do when it is gone."""

    def logs(self, machine: str) -> str:
        """The app's log: its last 1500 lines."""

    def wake(self, app_id: str) -> None:
        """Have the app's pending work done, in the background: builds, releases, dynos."""


@dataclass(frozen=True)
class Platform:
    """Heroku, as far as one account sees it."""

    account: Account
    host: Host


def now() -> str:
    """The time as the API gives it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def not_found(what: str) -> ApiError:
    """What is said about something that is not there."""
    return ApiError(f"Couldn't find that {what}.", "not_found")


def app_row(tables: dict[str, Table], name: str) -> Row:
    """The row of the app with this id or name."""
    for row in tables["apps"].values():
        if name in (row["id"], row["name"]):
            found: Row = row
            return found
    raise not_found("app")


def owned(tables: dict[str, Table], table: str, app: Row) -> list[Row]:
    """What an app has in a table, the oldest first."""
    rows = [row for row in tables[table].values() if row["app"] == app["id"]]
    return sorted(rows, key=lambda row: row["number"])


def numbered(tables: dict[str, Table], table: str, row: Row) -> Row:
    """Put a row into a table, behind those that are there."""
    numbers = [other["number"] for other in tables[table].values()]
    row["number"] = max(numbers, default=0) + 1
    tables[table][row["id"]] = row
    return row


def tell(app: Row, text: str) -> None:
    """Have a line for the app's log, which is written there with the next change."""
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    app["events"].append({"at": at, "text": f"{text} by user {USER['email']}"})
