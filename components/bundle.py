"""The files of an app that are deployed: collected, named by one digest, written as an archive."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Final

from components.errors import ConfigError, fault, shown
from components.files import archive, folder, links
from components.files.ignore import NEVER
from components.files.search import Search, open_file

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from components.files.archive import Item

_NAMES_SHOWN: Final = 3


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The files that are deployed.

    Attributes:
        root: The app's folder, absolute.
        files: Files and links, sorted by path.
        left_out: What stays behind, relative path (folders end in '/') to the reason.
        digest: SHA-256 (hexadecimal) over each file's path, mode, kind and content; nothing else.
        size: Bytes of all files together.
        extra: The generated files among `files`, path to content.
    """

    root: Path
    files: tuple[Item, ...]
    left_out: Mapping[str, str]
    digest: str
    size: int
    extra: Mapping[str, bytes] = field(repr=False)

    def write_tar(self, path: Path) -> None:
        """Write a plain tar; the same files give the same bytes. `path` is replaced at once.

        Raises:
            ConfigError: A file has changed since it was collected.
        """
        archive.write_tar(path, self.files, self._open)

    def write_zip(self, path: Path) -> None:
        """Write a stored zip; the same files give the same bytes. `path` is replaced at once.

        Raises:
            ConfigError: A file has changed since it was collected.
        """
        archive.write_zip(path, self.files, self._open)

    def write_folder(self, path: Path) -> None:
        """Make the folder `path` hold the files and nothing else; what is unchanged is left alone.

        Raises:
            ConfigError: A file has changed since it was collected.
        """
        folder.write_folder(path, self.files, self._open)

    def read(self, name: str) -> bytes | None:
        """A file's content, None when it is not deployed."""
        item = next((item for item in self.files if item.path == name and item.target is None), None)
        return None if item is None else self._content(item)

    def changed(self, added: Mapping[str, bytes], without: Collection[str] = ()) -> Bundle:
        """The bundle with generated files (path to content), each instead of one of that path.

        Links become copies of what they point to: some platforms lose them.
        """
        sources = links.copies(self.root, {item.path: item for item in self.files})
        kept = {path: source for path, source in sources.items() if path not in {*without, *added}}
        extra = {path: self._content(source) for path, source in kept.items() if path != source.path}
        items = {path: replace(source, path=path) for path, source in kept.items()}
        items |= {path: archive.generated(path, content) for path, content in added.items()}
        files = tuple(item for _, item in sorted(items.items()))
        generated = {path: content for path, content in self.extra.items() if path in kept}
        return replace(
            self,
            files=files,
            digest=digest(files),
            size=sum(item.size for item in files),
            extra=MappingProxyType({**generated, **extra, **added}),
        )

    def holds(self, folder: str) -> bool:
        """Whether a folder (relative, POSIX) is there, by its own name or through a link."""
        names = [*map(str, PurePosixPath(folder).parents), folder]
        return any(
            item.path.startswith(f"{folder}/") or (item.target is not None and item.path in names)
            for item in self.files
        )

    def left_out_in_words(self) -> str:
        """One line for the user: what stays behind and why, '' when nothing of note does."""
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.left_out.items():
            if reason in NEVER.values():
                continue  # nobody expects caches and version control to be deployed
            by_reason.setdefault(reason, []).append(shown(name))
        return "; ".join(f"{_few(names)} ({why})" for why, names in sorted(by_reason.items()))

    def _content(self, item: Item) -> bytes:
        with self._open(item) as file:
            return file.read()

    def _open(self, item: Item) -> IO[bytes]:
        if item.path in self.extra:
            return io.BytesIO(self.extra[item.path])
        return open_file(self.root / item.path)


def collect(root: Path, extra: Mapping[str, bytes] = MappingProxyType({})) -> Bundle:
    """Collect what is deployed of the folder `root`, and the generated files `extra` with it.

    Raises:
        ConfigError: A file can't or must not be deployed; one fault for each.
    """
    search = Search(root)
    search.run()
    if not search.faults and not search.items:
        left = f"; left out: {', '.join(map(shown, sorted(search.left_out)))}" if search.left_out else ""
        raise fault(f"app/path: {shown(str(root))} holds no file to deploy{left}")
    search.add(extra)
    faults = [*search.faults, *search.link_faults(), *search.clashes()]
    if faults:
        raise ConfigError(sorted(faults))
    files = tuple(item for _, item in sorted(search.items.items()))
    return Bundle(
        root=root,
        files=files,
        left_out=MappingProxyType(dict(sorted(search.left_out.items()))),
        digest=digest(files),
        size=sum(item.size for item in files),
        extra=MappingProxyType(dict(extra)),
    )


def digest(files: tuple[Item, ...]) -> str:
    """SHA-256 (hexadecimal) over the files' paths, modes, kinds and contents, in their order."""
    total = hashlib.sha256()
    for item in files:
        kind = "file" if item.target is None else "link"
        total.update(f"{kind} {item.mode:o} {item.content} {item.path}\0".encode())
    return total.hexdigest()


def _few(names: list[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    listed = ", ".join(names[:_NAMES_SHOWN])
    return f"{listed} and {more} more" if more > 0 else listed
