"""Cloud Logging as who deploys asks it: what an app's instances have printed, and what is refused."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.plugins.gcp.guest import cloud_logging
from sandbox.plugins.gcp.guest.document import Document

if TYPE_CHECKING:
    from pathlib import Path

APP: Final = Document(project="shop-1", logging=True)
TOKEN: Final = "Bearer sandbox"
LINES: Final = (
    "2026-11-26T18:00:00.000001Z first",
    "2026-11-26T18:00:01.000000Z second  with spaces",
    "2026-11-26T18:0",
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """What two versions of `default` and one of another service have printed."""
    (tmp_path / "default.r1.log").write_text("\n".join(LINES))
    (tmp_path / "default.r2.log").write_text("2026-11-26T18:00:02.000000Z other\n")
    (tmp_path / "api.r1.log").write_text("2026-11-26T18:00:03.000000Z api\n")
    return tmp_path


def asked(logs: Path, document: Document = APP, token: str = TOKEN, **question: Any) -> tuple[int, Any]:
    """The answer to a question."""
    body = json.dumps({"resourceNames": ["projects/shop-1"], **question}).encode()
    return cloud_logging.answer(document, token, cloud_logging.PATH, body, logs)


def texts(logs: Path, **question: Any) -> list[str]:
    """The texts of the entries that are found."""
    status, answer = asked(logs, **question)
    assert status == 200
    return [entry["textPayload"] for entry in answer.get("entries", ())]


def test_all_that_there_is(logs: Path) -> None:
    """By time; a line that is being written is none yet."""
    assert texts(logs) == ["first", "second  with spaces", "other", "api"]
    assert texts(logs, orderBy="timestamp desc") == ["api", "other", "second  with spaces", "first"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ('resource.labels.version_id="r2"', ["other"]),
        ('resource.type="gae_app" AND resource.labels.module_id="api"', ["api"]),
        ('timestamp>="2026-11-26T18:00:02Z"', ["other", "api"]),
        ('textPayload:* AND resource.labels.version_id="none"', []),
        ("jsonPayload:*", []),
        ('resource.type="gce_instance"', []),
    ],
)
def test_a_search(logs: Path, search: str, found: list[str]) -> None:
    """By comparisons that all have to hold."""
    assert texts(logs, filter=search) == found


def test_pages(logs: Path) -> None:
    """Until no token comes any more."""
    _, first = asked(logs, pageSize=3)
    _, second = asked(logs, pageSize=3, pageToken=first["nextPageToken"])
    assert ([len(page["entries"]) for page in (first, second)], "nextPageToken" in second) == ([3, 1], False)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": ""}, 401),
        ({"token": "Bearer ya29.of-an-instance"}, 401),
        ({"resourceNames": ["projects/other-1"]}, 403),
        ({"resourceNames": []}, 403),
        ({"document": replace(APP, logging=False)}, 403),
        ({"filter": "severity>ERROR"}, 400),
        ({"filter": 'textPayload:"x"'}, 400),
        ({"orderBy": "size"}, 400),
    ],
)
def test_refusals(logs: Path, change: dict[str, Any], status: int) -> None:
    """Other people's, other projects', an API that is off, and what is no question."""
    found, answer = asked(logs, **change)
    assert (found, answer["error"]["code"]) == (status, status)


def test_other_methods_are_not_there(logs: Path) -> None:
    """As with all of Google's APIs."""
    assert cloud_logging.answer(APP, TOKEN, "/v2/entries:write", b"{}", logs)[0] == 404


def test_what_is_printed_gets_its_time(tmp_path: Path) -> None:
    """Line by line, behind what earlier instances have printed."""
    path = tmp_path / "default.r1.log"
    path.write_text(f"{LINES[0]}\n")
    cloud_logging.write(io.StringIO("one\ntwo"), path)
    deadline = time.monotonic() + 10
    while (found := texts(tmp_path)) != ["first", "one", "two"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert found == ["first", "one", "two"]
