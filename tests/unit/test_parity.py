"""Each key on each target does what docs/targets/parity.md says: the program is run with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from pydantic import BaseModel, ValidationError

from components import registry, settings
from docs import parity
from unit import parity as runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from docs.parity import Case, Row

ROWS: Final = parity.rows()
SECTIONS: Final = {
    info.alias or name: info.annotation
    for name, info in settings.Settings.model_fields.items()
    if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
}
TARGETS: Final = sorted(set(registry.TARGETS) & set(parity.TARGETS))


def cases() -> Iterator[Any]:
    """Each configuration of each row, on each target that there is."""
    for row in ROWS:
        for target in TARGETS:
            cell = row.cells[target]
            for number, sets in enumerate(cell.sets or row.sets):
                yield pytest.param(target, sets, cell, id=f"{row.key}-{target}-{number}")
            for further in cell.further:
                yield pytest.param(target, further.sets, further, id=f"{row.key}-{target}-{further.when}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that the program runs in; what it fetches does not go to the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield runs.project(tmp_path_factory.mktemp("parity"))


@pytest.fixture(scope="module")
def usual(place: Path) -> Mapping[str, runs.Told]:
    """What each target says and deploys when nothing beyond the least is set."""
    return {target: runs.told(place, target, {}) for target in TARGETS}


def test_every_key_has_its_row() -> None:
    """In the order of the models; a key that is added to them has to be written down."""
    assert [row.key for row in ROWS] == list(parity.keys())


def test_every_target_has_its_column() -> None:
    """One that is not there yet may have a column already."""
    assert set(registry.TARGETS) <= set(parity.TARGETS)
    assert [row.key for row in ROWS if tuple(row.cells) != parity.TARGETS] == []
    assert set(runs.LEAST) == set(parity.TARGETS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_row_sets_its_key(row: Row) -> None:
    """Otherwise something else would be tested; of a section, each of its keys is set by itself."""
    if row.key in SECTIONS:
        wanted = list(parity.leaves(row.key, SECTIONS[row.key]))
        assert [f"{row.key}.{next(iter(sets[row.key]))}" for sets in row.sets] == wanted
    else:
        of_cells = [sets for cell in row.cells.values() for sets in cell.sets]
        assert [sets for sets in (*row.sets, *of_cells) if not _sets(sets, row.key.split("."))] == []


def _sets(value: Any, path: list[str]) -> bool:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return value is not None


@pytest.mark.parametrize(("target", "sets", "case"), list(cases()))
def test_a_key_does_what_the_page_says(
    place: Path, usual: Mapping[str, runs.Told], target: str, sets: Mapping[str, Any], case: Case
) -> None:
    """The line that stands there is said, word for word, or none; what is deployed changes, or does not."""
    found = runs.told(place, target, sets)
    assert not usual[target].refused, usual[target].lines
    said = [line for line in found.lines if line not in usual[target].lines and not _about_the_app(line)]
    assert len(said) == bool(case.says), said
    assert [line for line in said if not _is(line, case.says)] == []
    assert found.refused == (case.kind == "refused")
    changed = found.changed(usual[target])
    assert found.refused or bool(changed) == (case.kind != "no effect"), changed


def _is(line: str, wanted: str) -> bool:
    """Whether a line is the wanted one; `…` stands for a provider's own words."""
    return re.fullmatch(".+".join(map(re.escape, wanted.split("…"))), line) is not None


def _about_the_app(line: str) -> bool:
    return line.startswith(("app: ", "requirements: ", "files: "))


@pytest.mark.parametrize("kind", ["no effect", "refused"])
def test_what_has_no_effect_is_told(kind: str) -> None:
    """A cell of these kinds without the run's line is refused when the file is read."""
    with pytest.raises(ValidationError, match="should have 'says'"):
        parity.Cell.model_validate({"kind": kind})


def test_each_cell_and_each_line_is_on_the_page() -> None:
    """As the file has them."""
    page = parity.page()
    assert [row.key for row in ROWS if f"\n| `{row.key}`" not in page] == []
    words = " ".join(page.split())
    told = [case.says for row in ROWS for cell in row.cells.values() for case in (cell, *cell.further)]
    assert [line for line in told if " ".join(line.split()) not in words] == []
