"""What adding a target touches: docs/add-a-target.md lists it, and the tree has it, no less and no more."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from components import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = (ROOT / "docs" / "add-a-target.md").read_text(encoding="utf-8")
PLACEHOLDERS: Final = ("NAME", "PARTS", "PROVIDER")


@dataclass(frozen=True, kw_only=True)
class Names:
    """A target, what its package and its plugin are called ('' if it has none), whether it is staged."""

    name: str
    parts: str
    provider: str
    staged: bool

    def filled(self, text: str) -> str:
        """The text with this target's names in it."""
        for placeholder, name in zip(PLACEHOLDERS, (self.name, self.parts, self.provider), strict=True):
            text = text.replace(placeholder, name)
        return text

    def is_meant(self, which: str) -> bool:
        """Whether a line of the lists is for this target."""
        return {"each": True, "each cloud": bool(self.provider), "staged": self.staged, "if any": True}[which]


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without the marks of code."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def _target(row: list[str]) -> Names:
    name, parts, provider, staged = row
    return Names(name=name, parts=parts, provider=provider, staged=staged == "yes")


LISTED: Final = {names.name: names for names in map(_target, table("Names"))}
TARGETS: Final = [LISTED[name] for name in registry.TARGETS if name in LISTED]
FILES: Final = [(row[0], row[1]) for row in table("Its own files")]
LINES: Final = [(row[0], row[1], row[2]) for row in table("Lines in shared files")]


def tracked() -> list[str]:
    """The project's files, those that are new and not ignored among them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in found.split("\0") if path and (ROOT / path).exists()]


TRACKED: Final = tracked()


def matches(pattern: str, path: str) -> bool:
    """Whether a path is what a pattern of the list means: a folder with all that is in it, or a file."""
    return path.startswith(pattern) if pattern.endswith("/") else fnmatch.fnmatchcase(path, pattern)


def patterns(names: Names, *, optional: bool) -> Iterator[str]:
    """What is listed for a target, with its names."""
    for pattern, which in FILES:
        if names.is_meant(which) and (optional or which != "if any"):
            yield names.filled(pattern)


def words(path: str) -> set[str]:
    """The words of a path: `tests/engine/test_rehearse_ecs.py` has `ecs`."""
    return set(re.findall(r"[a-z0-9]+", path.lower()))


def test_every_target_is_in_the_table_of_names() -> None:
    """One that is not there yet may be."""
    assert set(registry.TARGETS) <= set(LISTED)


@pytest.mark.parametrize(
    ("names", "pattern"),
    [pytest.param(n, p, id=f"{n.name}: {p}") for n in TARGETS for p in patterns(n, optional=False)],
)
def test_what_is_listed_is_there(names: Names, pattern: str) -> None:
    """For each target, what it is said to have."""
    assert [path for path in TRACKED if matches(pattern, path)], names


@pytest.mark.parametrize(
    ("names", "file", "text"),
    [
        pytest.param(names, file, text, id=f"{names.name}: {file}")
        for names in TARGETS
        for file, which, text in LINES
        if names.is_meant(which)
    ],
)
def test_a_shared_file_names_the_target(names: Names, file: str, text: str) -> None:
    """With the text that leads to the place."""
    assert re.search(rf"(?<![\w-]){re.escape(names.filled(text))}", f"\n{(ROOT / file).read_text()}")


def test_what_has_a_target_s_name_is_listed() -> None:
    """A file that bears the name of a target, its parts or its provider is one of those that are listed."""
    named = {word for names in TARGETS for word in (names.name, names.parts, names.provider) if word}
    listed = [pattern for names in LISTED.values() for pattern in patterns(names, optional=True)]
    missed = [
        path
        for path in TRACKED
        if words(path) & named and not any(matches(pattern, path) for pattern in listed)
    ]
    assert missed == []


def test_the_lists_can_fail() -> None:
    """The placeholders are filled, a folder is more than its name, and vm is not expected to have a cloud."""
    ecs, vm = LISTED["ecs"], LISTED["vm"]
    assert (
        ecs.filled("tests/plugins/PROVIDER/ of PARTS for NAME")
        == "tests/plugins/alicloud/ of alibaba for ecs"
    )
    assert matches("components/alibaba/", "components/alibaba/choice.py")
    assert not matches("components/alibaba/", "components/alibaba.py")
    assert not matches("docs/targets/ecs.md", "docs/targets/ecs2.md")
    assert "tests/engine/test_rehearse_vm.py" not in set(patterns(vm, optional=True))
    assert words("tests/unit/targets/test_heroku_probe.py") >= {"heroku", "probe"}
