"""The facts of the comparison: what may stand in docs/facts/choosing.yaml.

A text with a figure names its sources. A source is a page, or a file of this project, with the day on
which it was read.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

ROOT: Final = Path(__file__).resolve().parent.parent
HOURS: Final = 730  # of a month, as clouds count it: 8760 hours of a year by twelve
MONTHS: Final = 12  # what was read longer ago is named, since it may be wrong by now
_CODE: Final = re.compile(r"`[^`]*`")


def has_figure(text: str) -> bool:
    """Whether a text has a digit outside of code."""
    return re.search(r"\d", _CODE.sub("", text)) is not None


class Model(BaseModel):
    """What stands in the file: unknown keys are refused, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Model):
    """Where a fact comes from: a page by its address, or a file of this project."""

    title: str
    url: str = ""
    file: str = ""
    read: dt.date
    written: dt.date | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "Source":
        if bool(self.url) == bool(self.file):
            raise ValueError("should have either 'url' or 'file'")
        if self.file and not (ROOT / self.file).is_file():
            raise ValueError(f"{self.file} is no file of this project")
        return self

    @property
    def day(self) -> dt.date:
        """How old it is: from when it was written, or else read."""
        return self.written or self.read

    def is_old(self, today: dt.date) -> bool:
        """Whether it is to be read again. A file is tested with each commit, so it does not grow old."""
        months = (today.year - self.day.year) * 12 + today.month - self.day.month
        return not self.file and months - (today.day < self.day.day) >= MONTHS


class Price(Model):
    """A part of a monthly cost in US dollars, by the hour or by the month."""

    what: str
    hourly: Decimal | None = None
    monthly: Decimal | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Price":
        if (self.hourly is None) == (self.monthly is None):
            raise ValueError("should have either 'hourly' or 'monthly'")
        return self

    @property
    def month(self) -> Decimal:
        """What it costs in a month, to the cent."""
        exact = self.monthly if self.hourly is None else self.hourly * HOURS
        return (exact or Decimal()).quantize(Decimal("0.01"))


class Fact(Model):
    """A statement; one with a figure has sources. A sum is worked out, not written."""

    text: str
    sources: tuple[str, ...] = ()
    parts: tuple[Price, ...] = Field((), alias="sum")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _backed(self) -> "Fact":
        if (has_figure(self.text) or self.parts) and not self.sources:
            raise ValueError(f"{self.text!r} has a figure, so it should have 'sources'")
        return self

    @property
    def words(self) -> str:
        """The statement, with its sum in front of it."""
        if not self.parts:
            return self.text
        total = sum((part.month for part in self.parts), Decimal())
        parts = ", ".join(f"{part.what} ${part.month}" for part in self.parts)
        return f"${total} ({parts}) {self.text}"


class Same(Model):
    """A cell that says what another option's says."""

    option: str = Field(alias="as")


class Row(Model):
    """A question, and its answer for each option."""

    name: str
    cells: Mapping[str, Same | Fact]


class Theme(Model):
    """A table of the page; in one that is `dated`, figures have the day of their source beside them."""

    title: str
    dated: bool = False
    rows: tuple[Row, ...]


class Option(Model):
    """A column: its title, and its guide below docs."""

    title: str
    guide: str


class Opinion(Model):
    """What an option is, what speaks for it and against it."""

    about: Fact
    pros: tuple[Fact, ...] = Field(min_length=1)
    cons: tuple[Fact, ...] = Field(min_length=1)


class Comparison(Model):
    """The whole file."""

    sources: Mapping[str, Source]
    options: Mapping[str, Option]
    opinions: Mapping[str, Opinion]
    themes: tuple[Theme, ...]

    @model_validator(mode="after")
    def _complete(self) -> "Comparison":
        if faults := [*self._holes(), *self._loose_ends()]:
            raise ValueError("; ".join(faults))
        return self

    def _holes(self) -> Iterator[str]:
        wanted = list(self.options)
        if list(self.opinions) != wanted:
            yield f"opinions: should be of {', '.join(wanted)}, in this order"
        for theme in self.themes:
            for row in theme.rows:
                if list(row.cells) != wanted:
                    yield f"{theme.title}, {row.name}: should have {', '.join(wanted)}, in this order"
                for cell in row.cells.values():
                    if isinstance(cell, Same) and not isinstance(row.cells.get(cell.option), Fact):
                        yield f"{theme.title}, {row.name}: 'as: {cell.option}' leads to no text"

    def _loose_ends(self) -> Iterator[str]:
        used = {name for fact in self.facts() for name in fact.sources}
        yield from (f"sources: {name} is not there" for name in sorted(used - set(self.sources)))
        yield from (f"sources: {name} is not used" for name in sorted(set(self.sources) - used))

    def facts(self) -> Iterator[Fact]:
        """Yield all statements, in the order of the page."""
        for opinion in self.opinions.values():
            yield from (opinion.about, *opinion.pros, *opinion.cons)
        for theme in self.themes:
            for row in theme.rows:
                yield from (cell for cell in row.cells.values() if isinstance(cell, Fact))
