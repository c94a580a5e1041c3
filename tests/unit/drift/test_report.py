"""The report: an exit code, one command, and everything that was found, for people and for programs."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from components.drift.judge import Finding
from components.drift.report import Report, as_json, as_text
from unit import examples
from unit.drift import states

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.drift.deployed import Deployed

FILE = Finding(
    kind="file", subject="/srv/a b", what="is missing", steps=frozenset({"release"}), machine="machine"
)
RUN = replace(FILE, subject="/srv/run", steps=frozenset({"provision"}))
PORT = Finding(kind="port", subject="0.0.0.0:4444", what="is open", by_hand="stop it", machine="machine")
CLOUD = Finding(kind="cloud", subject="http", what="is gone", steps=frozenset({"refresh"}))


@pytest.fixture(scope="module", name="clean")
def _clean(known: Callable[..., Deployed]) -> Report:
    stack = known(examples.FULL)
    facts = {machine.name: states.facts(machine) for machine in stack.machines}
    return Report(stack="dev", deployed=stack, facts=facts, findings=(), problems={})


def test_no_drift(clean: Report) -> None:
    """Exit code 0, no command, and a line that says so."""
    assert (clean.code, clean.command, clean.by_hand) == (0, "", [])
    assert "no drift: stack dev" in as_text(clean)
    assert json.loads(as_json(clean))["drift"] is False


def test_one_command_mends_all_that_steps_can(clean: Report) -> None:
    """Each step once, in the order in which they run; a cloud's part by a refresh in the same run."""
    drift = replace(clean, findings=(FILE, RUN, FILE, PORT, CLOUD))
    assert drift.code == 2
    assert shlex.split(drift.command) == [
        *("pulumi", "up", "--stack", "dev", "--refresh"),
        *("--replace", "**::machine-provision", "--replace", "**::machine-release"),
    ]
    assert drift.by_hand == ["0.0.0.0:4444: stop it"]


def test_the_claim_is_never_replaced(clean: Report) -> None:
    """To replace the claim would be to remove the app."""
    for step in ("claim", "owner"):
        assert "claim" not in replace(clean, findings=(replace(FILE, steps=frozenset({step})),)).command


def test_what_no_deployment_mends_has_no_command(clean: Report) -> None:
    """It says who can, and stays drift."""
    drift = replace(clean, findings=(PORT,))
    assert (drift.code, drift.command) == (2, "")
    assert "mend:" not in as_text(drift)
    assert "by hand: 0.0.0.0:4444: stop it" in as_text(drift)


def test_what_could_not_be_looked_at_is_not_told(clean: Report) -> None:
    """Exit code 1 and no verdict, whatever was found elsewhere; the findings are shown all the same."""
    for findings in ((), (FILE,)):
        part = replace(clean, findings=findings, facts={}, problems={"machine": "it does not answer"})
        assert part.code == 1
        assert json.loads(as_json(part))["drift"] is None
        assert "machine: can't be told: it does not answer" in as_text(part)
        assert "no drift" not in as_text(part)


def test_the_text_names_each_finding(clean: Report) -> None:
    """Kind, subject, and what is different; also what belongs to no machine."""
    text = as_text(replace(clean, findings=(FILE, PORT, CLOUD)))
    for finding in (FILE, PORT, CLOUD):
        (line,) = [line for line in text.splitlines() if f"{finding.subject} {finding.what}" in line]
        assert line.split()[0] == finding.kind
    assert text.splitlines()[-2] == f"mend: {replace(clean, findings=(FILE, PORT, CLOUD)).command}"


def test_names_that_can_be_no_line(clean: Report) -> None:
    """A file that somebody put there may have any name: it can't make lines of its own."""
    text = as_text(replace(clean, findings=(replace(FILE, subject="/srv/a\x1b[31m\nmend: rm -rf /"),)))
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if line.startswith("mend: rm")] == []


def test_the_json_is_complete(clean: Report) -> None:
    """Owner, serving release, units, packages, ports and the number of files; each finding whole."""
    value: dict[str, Any] = json.loads(as_json(replace(clean, findings=(FILE,))))
    (machine,) = value["machines"]
    assert value.keys() >= {"stack", "target", "release", "url", "drift", "problems", "command", "byHand"}
    assert machine["serving"] == machine["release"]
    assert machine["owner"] == "flask-deploy/dev"
    assert machine["files"] > 90
    assert machine["units"]["nginx.service"] == {"active": "active", "enabled": "enabled"}
    assert machine["packages"] == {"nginx": "installed"}
    assert {"address": "0.0.0.0:80", "process": "nginx"} in machine["ports"]
    assert value["findings"] == [
        {
            "machine": "machine",
            "kind": "file",
            "subject": "/srv/a b",
            "what": "is missing",
            "steps": ["release"],
            "byHand": "",
        }
    ]
