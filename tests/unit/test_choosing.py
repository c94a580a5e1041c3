"""The comparison: no figure without its source and day, nothing missing, and what is old is named."""

from __future__ import annotations

import copy
import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from pydantic import ValidationError

from components import registry
from docs import choosing, comparison, generate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOUND: Final = choosing.load()
DAY: Final = dt.date(2026, 11, 22)


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The file of facts with a change."""
    facts = copy.deepcopy(yaml.safe_load(choosing.FACTS.read_text()))
    change(facts)
    path = tmp_path / "choosing.yaml"
    path.write_text(yaml.safe_dump(facts, sort_keys=False))
    return path


def cell(facts: dict[str, Any], theme: str, row: str) -> dict[str, Any]:
    """The cells of a row."""
    (found,) = (r for t in facts["themes"] if t["title"] == theme for r in t["rows"] if r["name"] == row)
    cells: dict[str, Any] = found["cells"]
    return cells


@pytest.mark.parametrize("text", ["30 seconds", "$7", "up to 4 instances", "since 2026"])
def test_a_figure_has_its_source(text: str) -> None:
    """Whoever reads it can look whether it is still so."""
    with pytest.raises(ValidationError, match="has a figure, so it should have 'sources'"):
        comparison.Fact.model_validate(text)
    assert comparison.Fact.model_validate({"text": text, "sources": ["page"]}).words == text


@pytest.mark.parametrize("text", ["unknown", "`heroku ps:scale web=0` switches it off"])
def test_what_is_no_figure_needs_none(text: str) -> None:
    """Code is no statement about the world."""
    assert comparison.Fact.model_validate(text).words == text


def test_a_source_has_its_day() -> None:
    """And a place: a page, or a file that is there."""
    page = {"title": "A page", "url": "https://example.com"}
    for wrong in (page, {"title": "A page", "read": DAY}, {**page, "read": DAY, "file": "README.md"}):
        with pytest.raises(ValidationError):
            comparison.Source.model_validate(wrong)
    with pytest.raises(ValidationError, match="no file of this project"):
        comparison.Source.model_validate({"title": "A file", "file": "gone.py", "read": DAY})
    assert comparison.Source.model_validate({**page, "read": DAY}).day == DAY


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda facts: cell(facts, "Limits", "disk").pop("vm"), "Limits, disk: should have"),
        (lambda facts: cell(facts, "Limits", "disk").update(vm={"as": "gunicorn"}), "leads to no text"),
        (lambda facts: cell(facts, "Limits", "disk").update(vm="20 GB"), "has a figure"),
        (lambda facts: facts["sources"].pop("uwsgi"), "sources: uwsgi is not there"),
        (
            lambda facts: facts["sources"].update(new={"title": "t", "url": "u", "read": DAY}),
            "new is not used",
        ),
        (lambda facts: facts["sources"]["uwsgi"].pop("read"), "sources.uwsgi.read"),
        (lambda facts: facts["opinions"].pop("vm"), "opinions: should be of"),
        (lambda facts: facts["opinions"]["vm"].update(cons=[]), "opinions.vm.cons"),
    ],
    ids=[
        "hole",
        "nowhere",
        "no source",
        "unknown source",
        "idle source",
        "no day",
        "no opinion",
        "one-sided",
    ],
)
def test_what_is_missing_fails_the_check(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], object],
    told: str,
) -> None:
    """`make docs-check` ends with 1 and says where."""
    monkeypatch.setattr(choosing.load, "__defaults__", (changed(tmp_path, change),))
    assert generate.main(["--check"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("error: ")
    assert told in said


def test_a_figure_in_the_template_fails_too() -> None:
    """There it would have neither source nor day; headings and code of the template are no figures."""
    assert list(choosing.figures("# A\n{{ 1 }} `make 2`\n<!-- 3 -->\nwaits 30 seconds\n")) == [
        "waits 30 seconds"
    ]


@pytest.mark.parametrize(
    ("today", "old"), [((2027, 11, 21), False), ((2027, 11, 22), True), ((2028, 1, 1), True)]
)
def test_what_is_old_is_named(today: tuple[int, int, int], old: bool) -> None:  # noqa: FBT001  a case
    """After a year, to the day."""
    source = comparison.Source(title="A page", url="https://example.com", read=DAY)
    assert source.is_old(dt.date(*today)) == old


def test_a_page_s_own_day_counts_before_the_reader_s() -> None:
    """It was as old as that when it was read; a file of the project is tested instead."""
    written = dt.date(2025, 1, 12)
    page = comparison.Source(title="A page", url="https://example.com", read=DAY, written=written)
    file = comparison.Source(title="A file", file="README.md", read=written)
    assert page.is_old(DAY)
    assert not file.is_old(dt.date(2099, 1, 1))


def test_old_facts_are_a_warning(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The check names each source, and still ends with 0: nobody's change has made it old."""
    monkeypatch.setattr(comparison.Source, "is_old", lambda source, _: not source.file)
    assert generate.main(["--check"]) == 0
    said = capsys.readouterr().out
    pages = [name for name, source in FOUND.sources.items() if source.url]
    assert said.count("warning: ") == len(pages)
    assert all(f"source {name} is of " in said for name in pages)


def test_a_sum_is_worked_out() -> None:
    """By the hours of a month, each part to the cent; its parts stand beside it."""
    parts = [{"what": "instance", "hourly": "0.0084"}, {"what": "disk", "monthly": "0.80"}]
    fact = comparison.Fact.model_validate({"text": "in all", "sum": parts, "sources": ["page"]})
    assert [part.month for part in fact.parts] == [Decimal("6.13"), Decimal("0.80")]
    assert fact.words == "$6.93 (instance $6.13, disk $0.80) in all"
    with pytest.raises(ValidationError, match="has a figure"):
        comparison.Fact.model_validate({"text": "in all", "sum": parts})


@pytest.mark.parametrize("prices", [{}, {"hourly": "1", "monthly": "1"}])
def test_a_price_is_by_the_hour_or_by_the_month(prices: dict[str, str]) -> None:
    """Not both, not neither."""
    with pytest.raises(ValidationError, match="either 'hourly' or 'monthly'"):
        comparison.Price.model_validate({"what": "instance", **prices})


def test_every_target_is_compared() -> None:
    """Each has a column that leads to its guide."""
    guides = {option.guide for option in FOUND.options.values()}
    assert {f"targets/{name}.md" for name in registry.TARGETS} <= guides


def test_a_price_has_its_day_beside_it() -> None:
    """Nobody has to look it up: prices change soonest."""
    (row,) = (line for line in choosing.page().splitlines() if "smallest monthly cost" in line)
    told = [cell for cell in row.split(" | ") if "$" in cell or "sources" in cell]
    assert len(told) == 3
    assert [cell for cell in told if not re.search(r" \(\d{4}-\d{2}-\d{2}\) <sup>", cell)] == []


def test_every_fact_is_on_the_page() -> None:
    """With the numbers of its sources, and each of them in the list with its day."""
    page = choosing.page()
    assert [fact.words for fact in FOUND.facts() if fact.words not in page] == []
    for source in FOUND.sources.values():
        (line,) = (
            line
            for line in page.splitlines()
            if line.endswith(f"read {source.read}") and source.title in line
        )
        assert (source.url or source.file) in line
