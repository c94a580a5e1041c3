"""Write files as one archive whose bytes depend on their names, modes and content only."""

from __future__ import annotations

import hashlib
import shutil
import stat
import tarfile
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from components.errors import ConfigError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_YEAR_1980: Final = 315532800  # 1980-01-01 in Unix time: no zip file knows an earlier date
_STEPS: Final = 40 * 365 * 24 * 1800  # of two seconds, a zip file's clock: 40 years


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file or symbolic link of a bundle.

    Attributes:
        path: Relative to the app's folder, POSIX.
        mode: 0o644 or 0o755; 0o777 for a link.
        size: Bytes of content; 0 for a link.
        content: SHA-256 (hexadecimal) of the content, or of a link's target.
        target: Where a link points, as written in it; None for a file.
    """

    path: str
    mode: int
    size: int
    content: str
    target: str | None = None

    @property
    def date(self) -> int:
        """A date for the archive, Unix time between 1980 and 2020, made from the content.

        One date for all would be as deterministic, but nginx, Apache and Flask build a static
        file's ETag from date and size: a change that keeps the size would never reach browsers.
        """
        return _YEAR_1980 + int(self.content[:12], 16) % _STEPS * 2


def generated(path: str, content: bytes) -> Item:
    """The item of a file that is made for the deployment."""
    return Item(path=path, mode=0o644, size=len(content), content=hashlib.sha256(content).hexdigest())


def write_tar(path: Path, items: Sequence[Item], opened: Callable[[Item], IO[bytes]]) -> None:
    """Write `items` to `path` as an uncompressed tar (POSIX pax), folders as 0755 included.

    Raises:
        ConfigError: A file is no longer what was collected; `path` is left as it was.
    """
    folders = {str(parent) for item in items for parent in PurePosixPath(item.path).parents}
    members: dict[str, Item | None] = dict.fromkeys(folders - {"."})
    members |= {item.path: item for item in items}
    with (
        _replacing(path) as out,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, item in sorted(members.items()):
            info = tarfile.TarInfo(name)
            if item is None:
                info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, _YEAR_1980
                tar.addfile(info)
                continue
            info.mode, info.mtime = item.mode, item.date
            if item.target is not None:
                info.type, info.linkname = tarfile.SYMTYPE, item.target
                tar.addfile(info)
                continue
            info.size = item.size
            with content_of(item, opened) as content:
                tar.addfile(info, content)


def write_zip(path: Path, items: Sequence[Item], opened: Callable[[Item], IO[bytes]]) -> None:
    """Write `items` to `path` as a zip with Unix modes, stored: no zlib's output is in it.

    Raises:
        ConfigError: A file is no longer what was collected; `path` is left as it was.
    """
    with _replacing(path) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for item in sorted(items, key=lambda item: item.path):
            info = zipfile.ZipInfo(item.path, time.gmtime(item.date)[:6])
            info.create_system = 3  # Unix: the upper half of external_attr is st_mode
            kind = stat.S_IFREG if item.target is None else stat.S_IFLNK
            info.external_attr = (kind | item.mode) << 16
            if item.target is not None:
                archive.writestr(info, item.target)
                continue
            info.file_size = item.size
            with content_of(item, opened) as content, archive.open(info, "w") as member:
                shutil.copyfileobj(content, member, 1 << 20)


class _Content:
    """A file on its way into an archive, hashed again while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        block = self._source.read(size)
        self._hash.update(block)
        return block

    def was(self, item: Item) -> bool:
        return not self._source.read(1) and self._hash.hexdigest() == item.content


@contextmanager
def content_of(item: Item, opened: Callable[[Item], IO[bytes]]) -> Iterator[_Content]:
    """Open a file's content for reading; ConfigError if it is not what was collected."""
    changed = ConfigError([f"{shown(item.path)}: changed while it was packed; run the command again"])
    try:
        source = opened(item)
    except OSError as error:
        raise changed from error
    with source:
        content = _Content(source)
        try:
            yield content
        except OSError as error:
            if error.errno is None:  # tarfile's own: the file ended early
                raise changed from error
            raise
        if not content.was(item):
            raise changed


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes the name `path` once it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as out:
        unfinished = Path(out.name)
        try:
            yield out
            out.close()
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
