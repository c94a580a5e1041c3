"""Which case of docs/reliability.toml a test shows: `@pytest.mark.covers(34, "P6")`.

A pytest plugin. `--cases-report FILE` runs the test files in which a case is shown, and adds what passed to a
file of JSON, for docs/reliability.md: a run in several parts has one report. Each file runs as a whole,
since its tests may follow one another.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

CATALOGUE: Final = Path(__file__).parent.parent / "docs" / "reliability.toml"
PASSED, FAILED = "passed", "failed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the report's path."""
    parser.addoption(
        "--cases-report", type=Path, help="run what shows a numbered case; its outcome goes here"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Gather outcomes while the tests run."""
    config.addinivalue_line("markers", "covers(case, …): what of docs/reliability.toml the test shows")
    config.pluginmanager.register(Report(), "cases-report")


def cases(item: pytest.Item) -> list[str]:
    """The cases that a test names."""
    return sorted({str(case) for mark in item.iter_markers("covers") for case in mark.args})


class Report:
    """What became of the tests that name a case."""

    def __init__(self) -> None:
        self._cases: dict[str, list[str]] = {}
        self._outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Refuse a case that nobody knows; for a report, leave out the files that show none."""
        known = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["cases"].keys()
        for item in items:
            named = cases(item)
            if unknown := set(named) - known:
                raise pytest.UsageError(f"{item.nodeid} covers {sorted(unknown)}, not in {CATALOGUE.name}")
            if named:
                self._cases[item.nodeid] = named
        if config.getoption("cases_report"):
            files = {item.path for item in items if item.nodeid in self._cases}
            config.hook.pytest_deselected(items=[item for item in items if item.path not in files])
            items[:] = [item for item in items if item.path in files]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has passed when its call did, and nothing around it failed."""
        if report.nodeid not in self._cases:
            return
        if report.failed or report.skipped:
            self._outcomes[report.nodeid] = FAILED
        elif report.when == "call":
            self._outcomes.setdefault(report.nodeid, PASSED)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Add to the report, where one is wanted; another part of the run may do so at the same time."""
        path: Path | None = session.config.getoption("cases_report")
        if path is None:
            return
        with path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = self._added_to(json.loads(file.read() or '{"tests": []}')["tests"])
            file.truncate(0)
            file.write(text)

    def _added_to(self, others: list[dict[str, Any]]) -> str:
        tests = {entry["test"]: entry for entry in others}
        for node, outcome in self._outcomes.items():
            tests[node] = {"test": node, "cases": self._cases[node], "outcome": outcome}
        machine = f"{os.cpu_count()} processors, {platform.system()} {platform.release().partition('-')[0]}"
        date = datetime.now(UTC).date().isoformat()
        report = {"date": date, "machine": machine, "tests": [tests[node] for node in sorted(tests)]}
        return json.dumps(report, indent=1) + "\n"
