"""Cloud Logging's API for who deploys: what the instances of an app's versions have printed.

https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
"""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp.guest import places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.plugins.gcp.guest.document import Document

HOST: Final = "logging.googleapis.com"
PATH: Final = "/v2/entries:list"
TOKEN: Final = "sandbox"  # noqa: S105 - of the only one who may deploy; it opens nothing else
_TERM: Final = re.compile(r'([A-Za-z_]+(?:\.[A-Za-z_]+)*)(=|>=|:)(?:"([^"]*)"|(\*))')
_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\S+Z) (.*)")
_ORDERS: Final = {"": False, "timestamp asc": False, "timestamp desc": True}
_STATUS: Final = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_DEFAULT: Final = 50  # entries of a page
_MOST: Final = 1000

Entry = dict[str, Any]


class RefusedError(Exception):
    """A call that the API refuses: HTTP status and words."""


def write(lines: IO[str], path: Path) -> None:
    """Note in the background what an instance prints, each line with the time at which it came."""

    def note() -> None:
        with path.open("a", encoding="utf-8", buffering=1) as log:
            for line in lines:
                log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {line.rstrip()}\n")

    threading.Thread(target=note, daemon=True).start()


def answer(
    document: Document, authorization: str, path: str, body: bytes, logs: Path = places.LOGS
) -> tuple[int, Any]:
    """HTTP status and answer for a call."""
    try:
        return 200, _answer(document, authorization, path, body, logs)
    except RefusedError as refused:
        status, words = refused.args
        return status, {"error": {"code": status, "message": words, "status": _STATUS[status]}}


def _answer(document: Document, authorization: str, path: str, body: bytes, logs: Path) -> Any:
    if path != PATH:
        raise RefusedError(404, "Method not found.")
    if authorization != f"Bearer {TOKEN}":
        raise RefusedError(401, "Request had invalid authentication credentials.")
    asked = json.loads(body)
    if asked.get("resourceNames") != [f"projects/{document.project}"]:
        raise RefusedError(403, "The caller does not have permission")
    if not document.logging:
        text = f"Cloud Logging API has not been used in project {document.project} before or it is disabled."
        raise RefusedError(403, text)
    order = asked.get("orderBy", "")
    if order not in _ORDERS:
        raise RefusedError(400, f"Invalid order by: {order}")
    terms = [_term(text) for text in asked.get("filter", "").split(" AND ") if text]
    found = [
        entry for entry in _entries(document.project, logs) if all(_holds(entry, *term) for term in terms)
    ]
    found.sort(key=lambda entry: str(entry["timestamp"]), reverse=_ORDERS[order])
    return _page(found, int(asked.get("pageToken") or 0), min(asked.get("pageSize", _DEFAULT), _MOST))


def _page(found: list[Entry], start: int, size: int) -> Any:
    end = start + size
    page: dict[str, Any] = {"entries": found[start:end]} if found[start:end] else {}
    return {**page, "nextPageToken": str(end)} if end < len(found) else page


def _term(text: str) -> tuple[str, str, str]:
    """One comparison of a filter. Only these are known here: equal, present, and not before a time."""
    match = _TERM.fullmatch(text.strip())
    if match is None or (match[2] == ":") != bool(match[4]) or (match[2] == ">=" and match[1] != "timestamp"):
        raise RefusedError(400, f"Unparseable filter: {text}")  # codespell:ignore
    return match[1], match[2], match[3] or ""


def _holds(entry: Entry, field: str, comparison: str, value: str) -> bool:
    found: Any = entry
    for part in field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if found is None or comparison == ":":
        return found is not None
    if comparison == ">=":
        return datetime.fromisoformat(str(found)) >= datetime.fromisoformat(value)
    return str(found) == value


def _entries(project: str, logs: Path) -> Iterator[Entry]:
    for path in sorted(logs.glob("*.*.log")):
        service, version, _ = path.name.split(".")
        labels = {"project_id": project, "module_id": service, "version_id": version}
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _LINE.fullmatch(line)
            if match is None:  # it is being written
                continue
            yield {
                "textPayload": match[2],
                "timestamp": match[1],
                "resource": {"type": "gae_app", "labels": labels},
                "logName": f"projects/{project}/logs/stderr",
            }
