"""What a deployment that fails on an instance shows of the environment's log; a log is never a failure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from components.beanstalk import log, reasons
from components.platforms import last_words
from unit import hooks
from unit.beanstalk.cloudwatch import (
    APP,
    CRASH,
    KEYS,
    NAME,
    NEW,
    OLD,
    Streams,
    empty_home,
    refusal,
    serving,
)

if TYPE_CHECKING:
    from pathlib import Path

FAILED: Final = (
    f"updating Elastic Beanstalk Environment (e-0123456789): [Instance: {NEW}] Command failed on instance. "
    "Return code: 1 Output: Engine execution has encountered an error.."
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without credentials, and no others."""
    empty_home(monkeypatch, tmp_path)
    return tmp_path


def shown(
    monkeypatch: pytest.MonkeyPatch, error: str = FAILED, config: dict[str, str] | None = None
) -> tuple[list[bool], list[tuple[str, str]], float]:
    """What the environment's hook answers and says, and for how many seconds it waits."""
    clock = hooks.Clock(monkeypatch)
    began = clock.now
    answers, said = hooks.asked(
        lambda: log.hooks("log", NAME, log_days=14, concerns=reasons.on_instance)[0],
        [error],
        config=KEYS if config is None else config,
    )
    return answers, said, clock.now - began


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"aws:region": "eu-central-1"}, "Unable to locate credentials"),
        ({key: KEYS[key] for key in ("aws:accessKey", "aws:secretKey")}, "You must specify a region"),
        ({"aws:region": "eu-central-1", "aws:profile": "nobody"}, "profile (nobody) could not be found"),
        (
            {**KEYS, "aws:assumeRoles": '[{"roleArn": "arn"}]'},
            "with aws:assumeRoles it is not read; 'eb logs'",
        ),
    ],
    ids=["no credentials", "no region", "no profile", "another role"],
)
def test_who_can_t_ask_is_told(monkeypatch: pytest.MonkeyPatch, config: dict[str, str], says: str) -> None:
    """Nobody is asked then, and nothing waited for."""
    with serving() as server:
        answers, said, seconds = shown(monkeypatch, config=config)
    assert (answers, seconds, server.asked) == ([False], 0, [])
    ((severity, text),) = said
    assert severity == "warning"
    assert text.startswith(f"the log of {NAME} can't be had: ")
    assert says in text


ANSWERS: Final[dict[str, tuple[tuple[int, bytes], str]]] = {
    "denied": (refusal("AccessDeniedException"), "you lack the permission logs:FilterLogEvents"),
    "a strange key": (refusal("UnrecognizedClientException"), "refuses: UnrecognizedClientException"),
    "a wrong signature": (refusal("InvalidSignatureException"), "refuses: InvalidSignatureException"),
    "broken": ((500, b"{}"), "CloudWatch Logs refuses: 500"),
    "no JSON": ((200, b"<html>"), "the answer is not understood"),
    "no object": ((200, b"[]"), "the answer is not understood"),
    "no list": ((200, b'{"events": 1}'), "the answer is not understood"),
    "no text": ((200, b'{"events": [{"message": 1}]}'), "the answer is not understood"),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_log_that_can_t_be_had_is_a_warning(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Not a failure instead of the one that it was to explain; no credential stands in it."""
    answer, says = ANSWERS[kind]
    monkeypatch.setattr(time, "sleep", lambda _: None)  # boto3 asks once more, later
    with serving(answer=answer):
        answers, said, _ = shown(monkeypatch)
    ((severity, text),) = said
    assert (answers, severity) == ([False], "warning")
    assert says in text
    assert not [secret for secret in ("c4n4ry", "AKIA") if secret in text]


def test_nobody_there_is_a_warning_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a firewall."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    answers, ((severity, text),), _ = shown(monkeypatch)
    assert (answers, severity) == ([False], "warning")
    assert "Could not connect to the endpoint" in text


def test_the_log_and_its_reason_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance's own lines first, then what they mean; nothing is tried again."""
    with serving({APP: {NEW: CRASH, OLD: ["KeyError: 'of the old one'"]}}):
        answers, said, seconds = shown(monkeypatch)
    assert (answers, seconds) == ([False], 0)
    meant = (
        "ModuleNotFoundError: No module named 'x'; add it to the app's requirements, or correct the import"
    )
    assert said == [
        ("error", "\n".join(["the app's log:", *(f"  | {line}" for line in CRASH)])),
        ("error", f"{NAME}: {meant}"),
    ]


def test_the_last_lines_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long log the end."""
    lines = [str(number) for number in range(60)]
    with serving({APP: {NEW: ["\n".join(lines)]}}):
        _, ((_, text),), _ = shown(monkeypatch)
    assert text.splitlines()[1:] == [f"  | {line}" for line in lines[-last_words.LINES :]]


@pytest.mark.parametrize("late", [{}, {APP: {}}, {APP: {NEW: []}}], ids=["no group", "no stream", "no line"])
def test_lines_that_come_late_are_waited_for(monkeypatch: pytest.MonkeyPatch, late: Streams) -> None:
    """An instance sends them some seconds after they were written."""
    with serving(dict(late)) as server:

        def arrive() -> None:
            if len(server.asked) > 5:
                server.streams = {APP: {NEW: CRASH}}

        server.before_each = arrive
        _, said, seconds = shown(monkeypatch)
    assert [severity for severity, _ in said] == ["error", "error"]
    assert seconds > 0


def test_what_never_comes_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty log is not shown; one that is not there is told."""
    with serving({APP: {NEW: []}}):
        assert shown(monkeypatch) == ([False], [], 15)
    with serving({}):
        _, ((severity, text),), seconds = shown(monkeypatch)
    assert (severity, seconds) == ("warning", 15)
    assert f"has nothing of it below /aws/elasticbeanstalk/{NAME}/var/log" in text


@pytest.mark.parametrize(
    "error",
    [
        "InvalidParameterValue: Environment bookstore already exists.",
        "DNS name (bookstore.eu-central-1.elasticbeanstalk.com) is not available.",
        "AccessDenied: you may not",
    ],
)
def test_of_what_did_not_happen_on_an_instance_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    """There is no log of it."""
    with serving() as server:
        assert shown(monkeypatch, error) == ([False], [], 0)
    assert server.asked == []


def test_what_is_not_sent_is_not_asked_for() -> None:
    """With `logDays: 0` there is no log in CloudWatch."""
    assert log.hooks("log", NAME, log_days=0) == []
