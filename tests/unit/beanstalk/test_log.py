"""The lines of an environment's log in CloudWatch Logs: which, in which order, and who asks for them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from components.beanstalk import log
from unit import recorder
from unit.beanstalk.cloudwatch import (
    APP,
    CRASH,
    ENGINE,
    KEYS,
    NAME,
    NEW,
    OLD,
    Cloud,
    Handler,
    empty_home,
    refusal,
    serving,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, and no others."""
    empty_home(monkeypatch, tmp_path)
    return tmp_path


def recent(*instances: str, **config: str) -> list[str]:
    """The log as a stack with a configuration gets it."""
    return recorder.as_stack("dev", lambda: log.recent(NAME, 1000.5, instances), config={**KEYS, **config})


def test_the_lines_since_the_run_began_come_in_order() -> None:
    """Over pages, of which one is empty; of the app's file alone, where that has any."""
    streams = {APP: {NEW: CRASH, OLD: ["last"]}, ENGINE: {NEW: ["ERROR"]}}
    with serving(streams) as server:
        assert recent() == [*CRASH, "last"]
    headers, wanted = server.asked[0]
    assert wanted == {"logGroupName": APP, "startTime": 1000500}
    assert headers["X-Amz-Target"] == "Logs_20140328.FilterLogEvents"
    assert [body.get("nextToken") for _, body in server.asked] == [None, "1", "2", "3", "4"]


def test_instances_that_serve_are_not_asked() -> None:
    """Their lines are in the same group, and an error of theirs is not the reason."""
    with serving({APP: {NEW: CRASH, OLD: ["KeyError: 'of the old one'"]}}):
        assert recent(NEW) == CRASH


def test_where_the_app_said_nothing_the_platform_s_errors_are_told() -> None:
    """As when pip fails: then the app's file has no stream yet."""
    words = ["[INFO] Running", "[ERROR] fail to install dependencies. Stderr:\n  ERROR: No matching\n"]
    silent: list[dict[str, list[str]]] = [{}, {NEW: []}, {OLD: ["of another"]}]
    for of_app in silent:
        with serving({APP: of_app, ENGINE: {NEW: words}}):
            assert recent(NEW) == ["[ERROR] fail to install dependencies. Stderr:", "  ERROR: No matching"]


def test_of_a_long_log_the_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that runs wild has many lines."""
    monkeypatch.setattr(log, "MOST", 10)
    with serving({APP: {NEW: [str(number) for number in range(25)]}}):
        assert recent() == [str(number) for number in range(15, 25)]


def test_lines_of_several_instances_are_in_the_order_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has no stream yet is no fault."""
    entries = {NEW: [{"timestamp": 1, "message": "a"}, {"timestamp": 3, "message": "c"}]}
    entries[OLD] = [{"timestamp": 2, "message": "b"}]

    def found(_: Handler, wanted: dict[str, Any]) -> tuple[int, bytes]:
        (name,) = wanted["logStreamNames"]
        if name not in entries:
            return refusal("ResourceNotFoundException")
        return 200, json.dumps({"events": entries[name]}).encode()

    monkeypatch.setattr(Handler, "_found", found)
    with serving():
        assert recent(NEW, "i-00000000", OLD) == ["a", "b", "c"]


def signed_as(server: Cloud) -> tuple[str, str]:
    """The access key and the region that a request was signed with."""
    found = re.search(r"Credential=(\w+)/\d+/([\w-]+)/logs/", server.asked[0][0]["Authorization"])
    assert found is not None
    return found[1], found[2]


def test_the_credentials_are_the_stack_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the provider takes them: the stack's before the environment's; the region too."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with serving() as server:
        recent()
    assert signed_as(server) == ("AKIAOFTHESTACK", "eu-central-1")
    assert server.asked[0][0]["X-Amz-Security-Token"] == KEYS["aws:token"]
    with serving() as server:
        recorder.as_stack("dev", lambda: log.recent(NAME, 0))
    assert signed_as(server) == ("AKIAOFTHEENVIRONMENT", "us-east-1")


def test_a_profile_has_its_own(home: Path) -> None:
    """Region and keys."""
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile shop]\nregion = eu-west-1\n")
    (home / ".aws" / "credentials").write_text(
        "[shop]\naws_access_key_id = AKIAOFTHEPROFILE\naws_secret_access_key = x\n"
    )
    with serving() as server:
        recorder.as_stack("dev", lambda: log.recent(NAME, 0), config={"aws:profile": "shop"})
    assert signed_as(server) == ("AKIAOFTHEPROFILE", "eu-west-1")
