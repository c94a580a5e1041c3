"""Follow a symbolic link inside the app's folder the way another machine would."""

from __future__ import annotations

import stat
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from components.files.archive import Item

_MOST_HOPS: Final = 40  # as many as Linux follows (path_resolution(7))


class LinkError(ValueError):
    """Why a link can't be shipped; its text completes a sentence that begins with the link."""


def follow(root: Path, link: str) -> tuple[str, tuple[str, ...]]:
    """Where `link` (relative to `root`, POSIX) ends, and the links met on the way, itself included.

    Goes part by part instead of resolving at once: a target such as `../shop/run.py` from the
    folder `shop` comes back in here, but only as long as the folder has this name.

    Raises:
        LinkError: It is absolute, leaves `root`, dangles or goes round in circles.
    """
    here: list[str] = []
    parts, met = deque(link.split("/")), []
    while parts:
        part = parts.popleft()
        if part == "..":
            if not here:
                raise LinkError("leaves the app's folder")
            here.pop()
        elif part not in {"", "."}:
            path = root.joinpath(*here, part)
            try:
                is_link = stat.S_ISLNK(path.lstat().st_mode)
            except OSError:
                raise LinkError("points to nothing") from None
            if not is_link:
                here.append(part)
                continue
            met.append("/".join([*here, part]))
            target = str(path.readlink())
            if target.startswith("/"):
                raise LinkError("is absolute")
            if len(met) > _MOST_HOPS:
                raise LinkError("goes round in circles")
            parts.extendleft(reversed(target.split("/")))
    end = "/".join(here)
    if f"{link}/".startswith(f"{end}/") or not end:
        raise LinkError("points to a folder that it lies in")
    return end, tuple(met)


def copies(root: Path, items: Mapping[str, Item]) -> dict[str, Item]:
    """The files under all names that they have: path to the file itself, links followed.

    The links are those of a bundle, so each leads to something in it.
    """
    known = {path: item for path, item in items.items() if item.target is None}
    ends = {path: follow(root, path)[0] for path, item in items.items() if item.target is not None}
    before = -1
    while len(known) > before:  # a folder that a link leads to may have links in it
        before = len(known)
        for link, end in ends.items():
            below = f"{end}/"
            found = {path: item for path, item in known.items() if path == end or path.startswith(below)}
            known |= {f"{link}{path.removeprefix(end)}": item for path, item in found.items()}
    return known
