"""Write files into a folder that holds nothing else: what is unchanged is left alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from components.files.archive import content_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from components.files.archive import Item


def write_folder(path: Path, items: Sequence[Item], opened: Callable[[Item], IO[bytes]]) -> None:
    """Make `path` hold `items` and nothing else. Links must have been resolved.

    Each file appears whole or not at all; a run that was killed is mended by the next.

    Raises:
        ConfigError: A file is no longer what was collected.
    """
    path.mkdir(parents=True, exist_ok=True)
    _remove_others(path, {item.path for item in items})
    for item in items:
        place = path / item.path
        if not _is_there(place, item):
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(place, item, opened)


def _remove_others(path: Path, wanted: Collection[str]) -> None:
    for folder, folders, names in os.walk(path, topdown=False):
        for name in [*names, *folders]:
            place = Path(folder, name)
            if place.is_symlink() or not place.is_dir():
                if place.relative_to(path).as_posix() not in wanted:
                    place.unlink()
            elif not any(place.iterdir()):
                place.rmdir()


def _is_there(place: Path, item: Item) -> bool:
    if place.is_symlink() or not place.is_file():
        return False
    with place.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == item.content
        return same and stat.S_IMODE(os.fstat(file.fileno()).st_mode) == item.mode


def _write(place: Path, item: Item, opened: Callable[[Item], IO[bytes]]) -> None:
    # What a killed run leaves of it is removed by the next one, as a file that nobody wants.
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as out:
        with content_of(item, opened) as content:
            shutil.copyfileobj(content, out)
        out.close()
        Path(out.name).chmod(item.mode)
        Path(out.name).replace(place)
