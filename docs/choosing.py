"""docs/choosing.md: the options side by side, from docs/facts/choosing.yaml and choosing.md.j2."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jinja2
import yaml

from docs.comparison import MONTHS, Comparison, Fact, Row, Same, Source, has_figure

ROOT: Final = Path(__file__).resolve().parent.parent
FACTS: Final = ROOT / "docs" / "facts" / "choosing.yaml"
TEMPLATE: Final = FACTS.with_name("choosing.md.j2")


def load(path: Path = FACTS) -> Comparison:
    """Return the facts. A ValueError says which has a figure without a source, or what else is missing."""
    return Comparison.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def page() -> str:
    """Return the whole page. A ValueError: the template has a figure, which belongs to the facts."""
    source = TEMPLATE.read_text(encoding="utf-8")
    if faults := list(figures(source)):
        raise ValueError(f"{TEMPLATE.name}: figures belong into {FACTS.name}: {'; '.join(faults)}")
    return _render(source, load())


def figures(template: str) -> Iterator[str]:
    """Yield the lines of a template that have a figure of their own."""
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<!--.*?-->", "", template)
    yield from (line.strip() for line in text.splitlines() if has_figure(line))


def warnings(today: dt.date) -> list[str]:
    """Return a line for each source that is to be read again."""
    return [
        f"{FACTS.name}: source {name} is of {source.day}, more than {MONTHS} months ago: read it again"
        for name, source in load().sources.items()
        if source.is_old(today)
    ]


def _render(template: str, found: Comparison) -> str:
    marks = Marks(found)
    options = [
        {
            "title": option.title,
            "guide": option.guide,
            "about": marks.told(found.opinions[name].about),
            "pros": [marks.told(fact) for fact in found.opinions[name].pros],
            "cons": [marks.told(fact) for fact in found.opinions[name].cons],
        }
        for name, option in found.options.items()
    ]
    themes: list[dict[str, Any]] = [
        {
            "title": theme.title,
            "rows": [(row.name, list(marks.cells(row, dated=theme.dated))) for row in theme.rows],
        }
        for theme in found.themes
    ]
    sources = [_listed(found.sources[name]) for name in marks.numbers]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)  # noqa: S701  Markdown
    return environment.from_string(template).render(
        options=options, themes=themes, sources=sources, mark=marks.mark
    )


class Marks:
    """The numbers of the sources, in the order of their first use, and statements with these behind them."""

    def __init__(self, found: Comparison) -> None:
        self._sources = found.sources
        used = dict.fromkeys(name for fact in found.facts() for name in fact.sources)
        self.numbers = {name: number for number, name in enumerate(used, start=1)}

    def mark(self, *names: str) -> str:
        """Return what leads to these sources."""
        links = ", ".join(f"[{number}](#sources)" for number in sorted(self.numbers[name] for name in names))
        return f"<sup>{links}</sup>"

    def told(self, fact: Fact, *, dated: bool = False) -> str:
        """Return a statement with its mark, and the day of its oldest source where that is wanted."""
        if not fact.sources:
            return fact.words
        day = min(self._sources[name].day for name in fact.sources)
        return f"{fact.words}{f' ({day})' if dated else ''} {self.mark(*fact.sources)}"

    def cells(self, row: Row, *, dated: bool) -> Iterator[str]:
        """Yield the cells of a row; one that says what its neighbour on the left says is short."""
        left = ""
        for name, cell in row.cells.items():
            meant = row.cells[cell.option] if isinstance(cell, Same) else cell
            assert isinstance(meant, Fact)  # noqa: S101 - the model has seen to it
            yield (
                "the same"
                if isinstance(cell, Same) and cell.option == left
                else self.told(meant, dated=dated)
            )
            left = name


def _listed(source: Source) -> str:
    place = f"[`{source.file}`](../{source.file})" if source.file else f"<{source.url}>"
    written = f"of {source.written}, " if source.written else ""
    return f"{source.title}: {place}, {written}read {source.read}"
