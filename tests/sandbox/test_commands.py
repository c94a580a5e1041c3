"""The sandbox's commands: what they refuse, before they make anything, and how pulumi is run by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sandbox import apps, drift, rehearse
from sandbox.engine import Engine
from sandbox.say import SandboxError


@pytest.mark.parametrize("target", ["heroku", "beanstalk", "appengine"])
@pytest.mark.parametrize("wanted", ["apache-gunicorn", "iis"])
def test_a_platform_has_no_web_stack(monkeypatch: pytest.MonkeyPatch, target: str, wanted: str) -> None:
    """What has no effect is not taken and ignored."""
    monkeypatch.setenv("STACK", target)
    monkeypatch.setenv("WEB_STACK", wanted)
    monkeypatch.setattr(rehearse, "create", lambda *_: pytest.fail("something was made"))
    with pytest.raises(SandboxError, match=f"WEB_STACK='{wanted}' has no effect on target {target}"):
        rehearse.run()


def test_an_unknown_web_stack_has_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the command that was given."""
    monkeypatch.setenv("WEB_STACK", "iis")
    monkeypatch.setenv("STACK", "ecs")
    with pytest.raises(SandboxError, match="for example: WEB_STACK=apache-gunicorn make rehearse STACK=ecs"):
        rehearse.run()
    with pytest.raises(SandboxError, match="for example: WEB_STACK=apache-gunicorn make demo"):
        apps.web_stack("make demo")


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies and states are, without any."""
    monkeypatch.setattr(drift, "SANDBOX", tmp_path)
    monkeypatch.setattr(drift, "ensure", lambda: Engine(bin=tmp_path, version="0", origin="nowhere"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "stack", "copy"),
    [
        ("stack output", "local", "demo"),
        ("local stack output", "local", "demo"),
        ("heroku stack output", "heroku", "rehearse-heroku"),
    ],
)
def test_pulumi_by_hand_has_its_stack(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: str, stack: str, copy: str
) -> None:
    """In the copy that the last run left, with the credentials of its cloud; nobody has to select a stack."""
    called: list[Any] = []
    (folder / "projects" / copy / ".venv").mkdir(parents=True)
    monkeypatch.setattr(os, "execve", lambda *call: called.append((Path.cwd(), *call)))
    monkeypatch.setattr("sys.argv", ["sandbox", "pulumi", *words.split()])
    drift.pulumi()
    ((here, _, command, environment),) = called
    assert here == folder / "projects" / copy
    assert command == [str(folder / "pulumi"), "stack", "output"]
    assert environment["PULUMI_STACK"] == stack
    assert ("HEROKU_API_KEY" in environment) == (stack == "heroku")


@pytest.mark.usefixtures("folder")
def test_pulumi_by_hand_before_there_is_a_stack() -> None:
    """Says what to run first."""
    with pytest.raises(SandboxError, match="run: make rehearse STACK=ecs"):
        drift.left("ecs")
    with pytest.raises(SandboxError, match="run: make demo"):
        drift.left("local")
