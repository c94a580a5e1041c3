"""docs/targets/parity.md: what each key does on each target, from docs/facts/parity.yaml.

tests/unit/test_parity.py runs the program for each cell of the table.
"""

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_type_hints

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from components import settings

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "docs" / "facts" / "parity.yaml"
TARGETS: Final = ("vm", "ecs", "heroku", "beanstalk", "appengine")
WIDTH: Final = 110

HEAD: Final = """\
# Each key on each target

<!-- Written by `python -m docs.generate` from docs/facts/parity.yaml; not edited by hand. -->

One configuration, five targets: a key has the same effect on all of them, or is refused with the reason,
or the run says in one line that it has none.
This page says which, for every key that is not a target's own.

It is tested: for each cell the program is run without a cloud, with the key set,
and must say the line that stands here, or nothing where none does.
Where a key has an effect, something that is deployed must be different with it; where it has none, nothing.
`tests/unit/test_parity.py` also holds the list of keys against the models.

- **same**: what [the key is for](../config.md); a remark says by what means. The run need not say anything.
- **no effect**: the run says so in a line, and goes on.
- **refused**: the run ends before anything is made, and the line says what to do instead.
"""


class Model(BaseModel):
    """What stands in the file: unknown keys are refused, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Case(Model):
    """What the program does with a configuration: `text` is a remark, `says` the line that the user gets."""

    kind: Literal["same", "no effect", "refused"]
    text: str = ""
    says: str = ""

    @property
    def words(self) -> str:
        """What stands in the table."""
        kind = self.kind if self.kind == "same" else f"**{self.kind}**"
        return f"{kind}: {self.text}" if self.text else kind

    @model_validator(mode="after")
    def _told(self) -> "Case":
        if self.kind in {"no effect", "refused"} and not self.says:
            raise ValueError(f"should have 'says', the line that the user gets, with kind {self.kind}")
        return self


class Further(Case):
    """Another value of a key, with which something else happens: `when` names it in the table."""

    when: str
    sets: Mapping[str, Any]


class Cell(Case):
    """A key on a target, and other values of it with which something else happens.

    `sets` are the configurations of a target where the key has a form of its own.
    """

    sets: tuple[Mapping[str, Any], ...] = ()
    further: tuple[Further, ...] = ()


class Row(Model):
    """A key: the configurations that set it, and what they do on each target."""

    key: str
    about: str = ""
    sets: tuple[Mapping[str, Any], ...]
    cells: Mapping[str, Cell]


def rows() -> tuple[Row, ...]:
    """Return the rows of the file, in its order."""
    loaded = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return tuple(Row.model_validate(_frozen(item)) for item in loaded)


def _frozen(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as its model takes it: tuples for lists, `same` for a cell of that kind."""
    cells = {
        target: {"kind": "same"}
        if cell == "same"
        else {**cell, **{name: tuple(cell.get(name, ())) for name in ("sets", "further")}}
        for target, cell in item["cells"].items()
    }
    return {**item, "sets": tuple(item["sets"]), "cells": cells}


def keys() -> Iterator[str]:
    """Yield what the page has to have: each key of `app` by itself, each other section as a whole."""
    hints = get_type_hints(settings.Settings)
    for name, info in settings.Settings.model_fields.items():
        key = info.alias or name
        if key == "app":
            yield from leaves(key, hints[name])
        elif key != "target":  # that is the column
            yield key


def leaves(path: str, model: type[BaseModel]) -> Iterator[str]:
    """Yield the keys of a section and of the sections in it, in the order of the models."""
    for name, info in model.model_fields.items():
        key = f"{path}.{info.alias or name}"
        inner = [hint for hint in _parts(get_type_hints(model)[name]) if _is_section(hint)]
        if inner:
            yield from leaves(key, inner[0])
        else:
            yield key


def _parts(hint: Any) -> tuple[Any, ...]:
    return (hint, *getattr(hint, "__args__", ()))


def _is_section(hint: Any) -> bool:
    """Whether a type is a section of the configuration."""
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def page() -> str:
    """Return the whole page."""
    found = rows()
    lines = [HEAD, f"| key | {' | '.join(f'[`{name}`]({name}.md)' for name in TARGETS)} |"]
    lines += ["|---|" + "---|" * len(TARGETS)]
    lines += [_row(row) for row in found]
    lines += ["", "## What the run says", ""]
    for row in found:
        lines += _lines(row)
    return "\n".join(lines)


def _row(row: Row) -> str:
    about = f"<br>{row.about}" if row.about else ""
    return f"| `{row.key}`{about} | {' | '.join(_cell(row.cells[name]) for name in TARGETS)} |"


def _cell(cell: Cell) -> str:
    return "<br>".join([cell.words, *(f"{other.when}: {other.words}" for other in cell.further)])


def _lines(row: Row) -> Iterator[str]:
    """Yield the lines that a user gets, under the key; nothing where nothing is ever said."""
    said: dict[str, list[str]] = {}
    for name in TARGETS:
        cell = row.cells[name]
        for case in (cell, *cell.further):
            if case.says:
                said.setdefault(case.says, []).append(name)
    if said:
        yield f"**`{row.key}`**"
        yield ""
    for line, names in said.items():
        yield f"- On {', '.join(f'`{name}`' for name in dict.fromkeys(names))}:"
        yield ""
        yield "  ```text"
        yield from (f"  {part}" for part in textwrap.wrap(line, WIDTH, break_on_hyphens=False))
        yield "  ```"
        yield ""
