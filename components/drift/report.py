"""What was found, for people and for programs; and the one command that mends it."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.drift.deployed import Deployed, Machine
from components.drift.judge import Finding
from components.drift.look import Facts
from components.errors import shown

NO_DRIFT: Final = 0
UNTOLD: Final = 1
DRIFT: Final = 2
# In the order in which they run.
_STEPS: Final = ("provision", "upload", "secrets", "release")


@dataclass(frozen=True, kw_only=True)
class Report:
    """The answer for a stack. `problems` are the machines, or other parts, that could not be looked at."""

    stack: str
    deployed: Deployed
    facts: Mapping[str, Facts]
    findings: tuple[Finding, ...]
    problems: Mapping[str, str]
    pulumi: str = "pulumi"  # how this stack's pulumi is called

    @property
    def code(self) -> int:
        """The exit code: what could not be looked at may have drifted, too."""
        if self.problems:
            return UNTOLD
        return DRIFT if self.findings else NO_DRIFT

    @property
    def command(self) -> str:
        """The command that mends all that a deployment can mend; empty when there is nothing of the kind."""
        steps = {(finding.machine, step) for finding in self.findings for step in finding.steps}
        if not steps:
            return ""
        words = ["up", "--stack", self.stack]
        words += ["--refresh"] if ("", "refresh") in steps else []
        for machine in sorted({machine for machine, _ in steps if machine}):
            for step in _STEPS:
                if (machine, step) in steps:
                    words += ["--replace", f"**::{machine}-{step}"]
        return f"{self.pulumi} {shlex.join(words)}"

    @property
    def by_hand(self) -> list[str]:
        """What no deployment can mend, and who can."""
        return [f"{shown(each.subject)}: {each.by_hand}" for each in self.findings if each.by_hand]


def as_json(report: Report) -> str:
    """Return the report as one JSON object; docs/operations.md says what its keys mean."""
    value = {
        "stack": report.stack,
        "target": report.deployed.outputs.get("target", ""),
        "release": report.deployed.outputs.get("release", ""),
        "url": report.deployed.outputs.get("url", ""),
        "drift": None if report.problems else bool(report.findings),
        "machines": [_machine(report, machine) for machine in report.deployed.machines],
        "findings": [_finding(finding) for finding in report.findings],
        "problems": dict(report.problems),
        "command": report.command,
        "byHand": report.by_hand,
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "machine": finding.machine,
        "kind": finding.kind,
        "subject": finding.subject,
        "what": finding.what,
        "steps": sorted(finding.steps),
        "byHand": finding.by_hand,
    }


def _machine(report: Report, machine: Machine) -> dict[str, Any]:
    facts = report.facts.get(machine.name)
    about = {"name": machine.name, "host": machine.door.host, "release": machine.variables["RELEASE"]}
    if facts is None:
        return about | {"problem": report.problems.get(machine.name, "")}
    return about | {
        "owner": facts.one("owner"),
        "serving": facts.one("current").removeprefix("releases/"),
        "files": _files(facts),
        "units": {
            unit: {"active": active, "enabled": enabled} for unit, active, enabled, *_ in facts.all("unit")
        },
        "packages": {row[0]: row[1] for row in facts.all("package")},
        "ports": [{"address": address, "process": process} for address, process in facts.all("port")],
    }


def _files(facts: Facts) -> int:
    """How many files and folders were compared."""
    return len(facts.all("thing")) + sum(int(number) for _, number in facts.all("listed"))


def as_text(report: Report) -> str:
    """Return the report for people."""
    lines = [line for machine in report.deployed.machines for line in _lines(report, machine)]
    lines += _findings("", report.findings)
    lines += [f"{part or report.stack}: can't be told: {why}" for part, why in report.problems.items()]
    if report.findings:
        lines += ["", *_remedies(report)]
    elif not report.problems:
        url = report.deployed.outputs.get("url", "its URL")
        lines.append(f"no drift: stack {report.stack} is as it was deployed, and {url} answers")
    return "\n".join(lines)


def _lines(report: Report, machine: Machine) -> Iterable[str]:
    facts = report.facts.get(machine.name)
    if facts is None:
        return
    yield (
        f"{machine.name} ({machine.door.host}): release {machine.variables['RELEASE']} deployed; compared: "
        f"{_files(facts)} files and folders, {len(facts.all('unit'))} units, "
        f"{len(facts.all('package'))} packages, {len(facts.all('port'))} listening ports"
    )
    yield from _findings(machine.name, report.findings)


def _findings(machine: str, findings: Iterable[Finding]) -> list[str]:
    return [
        f"  {each.kind:<10} {shown(each.subject)} {shown(each.what)}"
        for each in findings
        if each.machine == machine
    ]


def _remedies(report: Report) -> Iterable[str]:
    if report.command:
        yield f"mend: {report.command}"
    for remedy in report.by_hand:
        yield f"by hand: {remedy}"
