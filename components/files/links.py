"""Follow a symbolic link inside the app's folder the way another machine would."""

from __future__ import annotations

import stat
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

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
