"""One SSH connection, with the host key that was deployed with, and nothing taken that is not whole."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from components.drift import expected, look
from components.drift.look import UntoldError
from unit import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.drift.deployed import Deployed, Machine

KEY = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n"
SAID = "motd\nbegin\tID\nowner\tme\nport\t0.0.0.0:80\tnginx\nport\t[::]:80\tnginx\nanswer\t\nend\n"


@pytest.fixture(name="machine")
def _machine(known: Callable[..., Deployed]) -> Machine:
    return known(examples.FULL, vm={"privateKey": KEY}).machines[0]


@pytest.fixture(name="calls")
def _calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What ssh was called with, and which files it would have found; it answers SAID."""
    calls: list[dict[str, Any]] = []

    def ssh(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        named = [
            word.partition("=")[2] for word in command if word.startswith(("-oIdentityFile", "-oUserKnown"))
        ]
        files = {
            Path(name).name: (Path(name).read_text(), Path(name).stat().st_mode & 0o777) for name in named
        }
        calls.append(
            {"command": command, "files": files, "folders": {Path(name).parent for name in named}, **options}
        )
        return subprocess.CompletedProcess(command, 0, SAID.encode(), b"")

    monkeypatch.setattr(subprocess, "run", ssh)
    return calls


def test_facts_are_taken_apart() -> None:
    """By name, with all fields; what a login shell prints before is none."""
    facts = look.parse(SAID)
    assert facts
    assert facts.all("port") == (("0.0.0.0:80", "nginx"), ("[::]:80", "nginx"))
    assert (facts.one("owner"), facts.one("answer"), facts.one("nothing")) == ("me", "", "")
    assert facts.all("motd") == ()


@pytest.mark.parametrize("end", ["", "en", "end of", "end"])
def test_an_answer_that_was_cut_is_none(end: str) -> None:
    """Half of the facts would look like half of the drift."""
    assert (look.parse(SAID.removesuffix("end\n") + end) is not None) == (end == "end")


def test_one_connection_that_trusts_one_host_key(machine: Machine, calls: list[dict[str, Any]]) -> None:
    """The deployed one, in a file of its own; neither the user's known hosts nor their settings count."""
    look.ask(machine)
    (call,) = calls
    words = " ".join(call["command"])
    assert call["files"]["known_hosts"][0] == f"machine {examples.HOST_KEY}\n"
    assert "-oStrictHostKeyChecking=yes" in words
    assert "-oGlobalKnownHostsFile=/dev/null" in words
    assert "ssh -F /dev/null -T -p 2222 -l ubuntu" in words
    assert call["command"][-2] == "203.0.113.7"


def test_the_private_key_is_ours_alone_and_gone_afterwards(
    machine: Machine, calls: list[dict[str, Any]]
) -> None:
    """In a file of mode 600 in a folder of mode 700; in no argument."""
    look.ask(machine)
    (call,) = calls
    assert call["files"]["key"] == (KEY, 0o600)
    assert not any(folder.exists() for folder in call["folders"])
    assert "bm90IGEga2V5" not in " ".join(call["command"])


def test_without_a_key_the_agent_is_asked(machine: Machine, calls: list[dict[str, Any]]) -> None:
    """As the deployment did."""
    look.ask(replace(machine, door=replace(machine.door, private_key="")))
    assert "Identit" not in " ".join(calls[0]["command"])


def test_a_machine_without_a_host_key_is_not_asked(machine: Machine, calls: list[dict[str, Any]]) -> None:
    """Nothing is ever sent to whom we do not know."""
    with pytest.raises(UntoldError, match="no host key"):
        look.ask(replace(machine, door=replace(machine.door, host_key="")))
    assert calls == []


def test_the_script_runs_as_root_with_an_end(machine: Machine, calls: list[dict[str, Any]]) -> None:
    """By sudo for another user, under `timeout`, with the values of the release as variables."""
    look.ask(machine)
    command = calls[0]["command"][-1]
    assert command.startswith("sudo -n env ")
    assert command.endswith(" timeout -k 5 120 bash -s")
    assert f"RELEASE={machine.variables['RELEASE']}" in command
    assert calls[0]["timeout"] < 200


def test_what_to_look_at_travels_behind_the_script(machine: Machine, calls: list[dict[str, Any]]) -> None:
    """Every known path and unit; and no secret, of which the state here has the digest only."""
    look.ask(machine)
    script, _, payload = calls[0]["input"].decode().partition('\nmain "$@"; exit\n')
    assert "look() {" in script
    assert set(expected.things(machine)) | set(expected.units(machine)) <= set(payload.splitlines())
    assert examples.CANARY not in payload


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (FileNotFoundError("ssh"), "there is no ssh"),
        (subprocess.TimeoutExpired("ssh", 150), "no answer within 150 seconds"),
        (subprocess.CompletedProcess([], 255, b"", b"Connection refused"), "Connection refused"),
        (subprocess.CompletedProcess([], 255, b"", b"Host key verification failed."), "another host key"),
        (subprocess.CompletedProcess([], 255, b"", b""), "no answer"),
        (subprocess.CompletedProcess([], 1, b"this account is closed", b""), "this account is closed"),
    ],
)
def test_why_it_cannot_be_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, outcome: Any, words: str
) -> None:
    """In ssh's own words, but for a host key, or that there was no answer in time."""

    def ssh(*_: Any, **__: Any) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(subprocess, "run", ssh)
    with pytest.raises(UntoldError, match=words):
        look.ask(machine)


def test_the_key_lies_in_memory_where_there_is_such_a_place(
    machine: Machine, calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """XDG_RUNTIME_DIR is the user's own, and is lost with the session."""
    monkeypatch.setitem(os.environ, "XDG_RUNTIME_DIR", str(tmp_path))
    look.ask(machine)
    assert {folder.parent for folder in calls[0]["folders"]} == {tmp_path}
