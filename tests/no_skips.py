"""In CI a skipped test is a failed run; elsewhere the summary says what was not tested.

A pytest plugin: tests/conftest.py registers it, and the Makefile does for the sample app's tests.
"""

from __future__ import annotations

import os

import pytest

NOT_RUN = ("skipped", "xfailed")


def _not_run(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return []
    return [report.nodeid for kind in NOT_RUN for report in reporter.stats.get(kind, ())]


def in_ci() -> bool:
    """Whether a run counts: CI=true, as the usual systems set it."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a green run with untested tests red in CI."""
    if session.exitstatus == pytest.ExitCode.OK and in_ci() and _not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was not tested."""
    names = _not_run(terminalreporter.config)
    if not names:
        return
    verdict = "this fails the run (CI=true)" if in_ci() else "in CI this would fail the run"
    terminalreporter.section(f"{len(names)} not tested: {verdict}", red=in_ci(), yellow=True)
    for name in names:
        terminalreporter.line(f"  {name}")
