"""What changed between two sets of inputs, as the engine's detailed diff describes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.plugins.values import Props, Wrapped, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
Change = tuple[Path, str]

_PLAIN = re.compile(r"\w*", re.ASCII)


def path_text(path: Path) -> str:
    """A path as the engine writes it: `environment.A`, `triggers[0]`, `environment["a.b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not _PLAIN.fullmatch(part):
            quoted = part.replace('"', '\\"')
            text += f'["{quoted}"]'
        else:
            text += f".{part}" if text else part
    return text


def changes(old: Props, new: Props) -> dict[Path, str]:
    """Every changed path with ADD, DELETE or UPDATE.

    A value that is secret is one leaf. One that is secret and not known yet counts as unchanged:
    the engine's own comparison skips what it takes for another resource's output.
    """
    return dict(_objects((), old, new))


def _objects(path: Path, old: Props, new: Props) -> Iterator[Change]:
    for key, value in old.items():
        if key not in new:
            yield (*path, key), "DELETE"
        elif not _skipped(new[key]):
            yield from _values((*path, key), value, new[key])
    for key in new.keys() - old.keys():
        yield (*path, key), "ADD"


def _skipped(value: Any) -> bool:
    return isinstance(value, Wrapped) and value.secret and not value.known


def _values(path: Path, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        shared = min(len(old), len(new))
        for index in range(shared):
            yield from _values((*path, index), old[index], new[index])
        for index in range(shared, len(new)):
            yield (*path, index), "ADD"
        for index in range(shared, len(old)):
            yield (*path, index), "DELETE"
    elif not equal(old, new):
        yield path, "ADD" if old is None else "DELETE" if new is None else "UPDATE"
