"""The page of what goes wrong: each case of the catalogue, with the tests of the last run."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import covers

from docs import reliability

if TYPE_CHECKING:
    import pytest

CATALOGUE: Final = tomllib.loads(reliability.CATALOGUE.read_text(encoding="utf-8"))
# Cases 75 to 83 are of the web edge.
NUMBERS: Final = [*(f"P{number}" for number in range(1, 17)), *map(str, [*range(1, 75), *range(84, 97)])]


def report(*tests: tuple[str, list[str], str]) -> dict[str, Any]:
    """The report of a run with these tests: id, cases, outcome."""
    entries = [{"test": test, "cases": cases, "outcome": outcome} for test, cases, outcome in tests]
    return {"date": "2026-11-26", "machine": "2 processors, Linux 6.1", "tests": entries}


def test_the_catalogue_is_whole() -> None:
    """Every number once, in a group that there is, with what happens and what is promised then."""
    assert list(CATALOGUE["cases"]) == NUMBERS
    assert {case["group"] for case in CATALOGUE["cases"].values()} == set(CATALOGUE["groups"])
    assert all(case.promise and case.what for case in reliability.cases(CATALOGUE, report()))


def test_a_case_is_shown_by_the_tests_that_passed() -> None:
    """One that failed is told, and the case is not called shown then."""
    ran = report(("a.py::test_one[x]", ["34", "35"], "passed"), ("b.py::test_two", ["35"], "failed"))
    found = {case.number: case for case in reliability.cases(CATALOGUE, ran)}
    assert (found["34"].tests, found["34"].failed) == (("a.py::test_one[x]",), ())
    assert (found["35"].tests, found["35"].failed) == (("a.py::test_one[x]",), ("b.py::test_two",))
    assert found["36"].tests == ()


def test_the_page_has_a_row_for_each_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And says which run it is of, how much that has shown, and what it has not even tried."""
    path = tmp_path / "reliability.json"
    ran = report(("a.py::test_one[x]", ["34", "35", "P6"], "passed"), ("b.py::test_two", ["35"], "failed"))
    path.write_text(json.dumps(ran))
    monkeypatch.setattr(reliability, "REPORT", path)
    page = reliability.page()
    assert "2 processors, Linux 6.1; 1 of 16 promises and 1 of 87 numbered cases are shown." in page
    assert [number for number in NUMBERS if f"\n| {number} | " not in page] == []
    left_out = page.partition("## Not shown")[2]
    assert [number for number in NUMBERS if f"\n| {number} | " not in left_out] == ["P6", "34", "35"]


def test_a_run_in_two_parts_has_one_report(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second part adds to what the first one wrote; a test that ran in both counts as it did last."""
    monkeypatch.setenv("PYTHONPATH", str(Path(covers.__file__).parent))
    path = pytester.path / "report.json"
    for outcome in ("False", "True"):
        pytester.makepyfile(
            test_first=f"import pytest\n@pytest.mark.covers(34)\ndef test_it():\n    assert {outcome}\n"
        )
        pytester.runpytest_subprocess("-p", "covers", "--cases-report", str(path), "test_first.py")
    pytester.makepyfile(test_second="import pytest\n@pytest.mark.covers('P2', 35)\ndef test_it(): pass\n")
    pytester.runpytest_subprocess("-p", "covers", "--cases-report", str(path), "test_second.py")

    assert json.loads(path.read_text())["tests"] == [
        {"test": "test_first.py::test_it", "cases": ["34"], "outcome": "passed"},
        {"test": "test_second.py::test_it", "cases": ["35", "P2"], "outcome": "passed"},
    ]


def test_a_report_runs_whole_files(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that shows a case may need the ones before it; a file that shows none is left out."""
    monkeypatch.setenv("PYTHONPATH", str(Path(covers.__file__).parent))
    path = pytester.path / "report.json"
    story = "import pytest\nseen = []\ndef test_before(): seen.append(1)\n"
    pytester.makepyfile(test_story=f"{story}@pytest.mark.covers(34)\ndef test_it(): assert seen\n")
    pytester.makepyfile(test_nothing="def test_that_fails(): assert False\n")

    ran = pytester.runpytest_subprocess("-p", "covers", "--cases-report", str(path))

    ran.assert_outcomes(passed=2, deselected=1)
    assert json.loads(path.read_text())["tests"] == [
        {"test": "test_story.py::test_it", "cases": ["34"], "outcome": "passed"}
    ]
