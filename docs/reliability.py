"""docs/reliability.md: each case of docs/reliability.toml, and the tests of the last run that show it.

The report, docs/reliability.json, is written by `make test-faults`.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent
CATALOGUE: Final = FOLDER / "reliability.toml"
REPORT: Final = FOLDER / "reliability.json"

PROMISES: Final = "Promises"  # the group that is no fault
HEAD: Final = """\
# Reliability

<!-- Written by `python -m docs.generate` from docs/reliability.toml and the report of `make test-faults`. -->

What goes wrong, what is promised then, and the test that shows it.
A test that deploys asserts the exit code, the message and what serves afterwards.
That the stack's state can be read is shown by the next run, at the latest by `destroy`.
A unit test asserts the error, which comes before anything is made.
`make test-faults` runs all of them, and writes this page from the run's own report.
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A numbered case: what happens, what is promised, and why there is no test where there is none."""

    number: str
    group: str
    what: str
    promise: str
    missing: str
    tests: tuple[str, ...]  # that passed
    failed: tuple[str, ...]


def cases(catalogue: Mapping[str, Any], report: Mapping[str, Any]) -> list[Case]:
    """Return the cases in their order, each with its tests of the report."""

    def tests(number: str, *, passed: bool) -> tuple[str, ...]:
        return tuple(
            entry["test"]
            for entry in report["tests"]
            if number in entry["cases"] and (entry["outcome"] == "passed") is passed
        )

    return [
        Case(
            number=number,
            group=entry["group"],
            what=entry["what"],
            promise=entry.get("promise") or catalogue["groups"][entry["group"]],
            missing=entry.get("missing", ""),
            tests=tests(number, passed=True),
            failed=tests(number, passed=False),
        )
        for number, entry in catalogue["cases"].items()
    ]


def page() -> str:
    """Return the whole page."""
    catalogue = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    found = cases(catalogue, report)
    promises = [case for case in found if case.group == PROMISES]
    faults = [case for case in found if case.group != PROMISES]
    counts = f"{_shown(promises)} promises and {_shown(faults)} numbered cases are shown"
    lines = [HEAD, f"The last run: {report['date']}, {report['machine']}; {counts}.", ""]
    for group, promise in catalogue["groups"].items():
        lines += _table(group, promise, [case for case in found if case.group == group])
    return "\n".join([*lines, *_left_out(found)]).rstrip("\n") + "\n"


def _shown(found: list[Case]) -> str:
    """How many have a test, and none that failed."""
    return f"{sum(bool(case.tests) and not case.failed for case in found)} of {len(found)}"


def _table(group: str, promise: str, found: list[Case]) -> Iterator[str]:
    yield from (f"## {group}", "", f"Promise, where a row says no other: {promise}.", "")
    yield from ("| | what happens | promise | shown by | |", "|---|---|---|---|---|")
    for case in found:
        own = "" if case.promise == promise else case.promise
        names = sorted({_name(test) for test in case.tests + case.failed})
        state = "**failed**" if case.failed else "passed" if case.tests else "no test"
        yield f"| {case.number} | {case.what} | {own} | {'<br>'.join(names)} | {state} |"
    yield ""


def _name(test: str) -> str:
    """A test's file and function; its parameters are in the report."""
    return f"`{test.partition('[')[0]}`"


def _left_out(found: list[Case]) -> Iterator[str]:
    open_cases = [case for case in found if not case.tests and not case.failed]
    if open_cases:
        yield from ("## Not shown", "", "| | what happens | why |", "|---|---|---|")
        for case in open_cases:
            yield f"| {case.number} | {case.what} | {case.missing or 'not written yet'} |"
