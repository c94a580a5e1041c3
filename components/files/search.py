"""Walk through the app's folder: what is deployed, what is left out, what must not be there."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from components.errors import ConfigError, fault, gathering, shown
from components.files import links, refused
from components.files.archive import Item, generated
from components.files.ignore import Rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Search:
    """What was found so far: `items`, `left_out` and `faults`. It goes on behind each fault."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.items: dict[str, Item] = {}
        self.left_out: dict[str, str] = {}
        self.faults: list[str] = []

    def run(self) -> None:
        """Look into every folder that is not left out."""
        folders: list[tuple[str, Rules, str | None]] = [("", Rules(), None)]
        while folders:
            folder, outer, hidden = folders.pop()
            with gathering(self.faults):
                folders += self._look_into(folder, outer, hidden)

    def _look_into(
        self, folder: str, outer: Rules, hidden: str | None
    ) -> list[tuple[str, Rules, str | None]]:
        """Take a folder's files; return the folders in it that are to be looked into."""
        try:
            entries = list(os.scandir(self.root / folder))
        except OSError as error:
            raise _unreadable(folder or ".", error) from error
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            self._leave_environment(folder)
            return []
        rules = outer.inside(self.root, folder, hidden)
        below = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            reason = rules.reason(path, is_folder=is_folder)
            if reason is not None and not (is_folder and rules.reach_into(path)):
                self.left_out[f"{path}/" if is_folder else path] = reason
                continue
            with gathering(self.faults):
                _check_name(path, is_folder=is_folder)
                if is_folder:
                    below.append((path, rules, reason))
                else:
                    self._take(path, entry)
        return below

    def _leave_environment(self, folder: str) -> None:
        if not folder:
            raise fault(
                "pyvenv.cfg: the app's folder is itself a virtual environment; make it below, "
                "for example 'python -m venv .venv'"
            )
        self.left_out[f"{folder}/"] = "virtual environments"

    def _take(self, path: str, entry: os.DirEntry[str]) -> None:
        if entry.is_symlink():
            target = str((self.root / path).readlink())
            content = hashlib.sha256(os.fsencode(target)).hexdigest()
            self.items[path] = Item(path=path, mode=0o777, size=0, content=content, target=target)
        elif entry.is_file():
            self.items[path] = self._file(path)
        else:
            raise fault(f"{shown(path)}: is a socket, pipe or device; remove it or add it to .deployignore")

    def _file(self, path: str) -> Item:
        content, size = hashlib.sha256(), 0
        try:
            with open_file(self.root / path) as file:
                mode = 0o755 if os.fstat(file.fileno()).st_mode & stat.S_IXUSR else 0o644
                head = block = file.read(refused.SEARCHED)
                while block:
                    content.update(block)
                    size += len(block)
                    block = file.read(1 << 20)
        except OSError as error:
            raise _unreadable(path, error) from error
        wrong = refused.fault_of_content(head)
        if wrong is not None:
            raise fault(f"{path}: {wrong}")
        return Item(path=path, mode=mode, size=size, content=content.hexdigest())

    def add(self, extra: Mapping[str, bytes]) -> None:
        """Take in generated files (path to content) beside those that were found."""
        taken = self.items.keys() | _folders_of(self.items)
        for path, content in extra.items():
            parents = set(map(str, PurePosixPath(path).parents))
            if path in taken or parents & self.items.keys():
                self.faults.append(
                    f"{shown(path)}: is the name of a file that is generated for the deployment; "
                    "rename yours or add it to .deployignore"
                )
                continue
            self.items[path] = generated(path, content)

    def link_faults(self) -> Iterator[str]:
        """The links that would point elsewhere, or nowhere, on another machine."""
        known = self.items.keys() | _folders_of(self.items)
        for item in self.items.values():
            if item.target is None:
                continue
            where = f"{item.path}: the link to {shown(item.target)}"
            remedy = "put the file itself there or add the link to .deployignore"
            try:
                end, met = links.follow(self.root, item.path)
            except links.LinkError as error:
                yield f"{where} {error}; {remedy}"
                continue
            if not known.issuperset({end, *met}):
                yield f"{where} points to something that is left out; {remedy}"

    def clashes(self) -> Iterator[str]:
        """Names that other file systems take for one: they differ in case or Unicode form only."""
        seen: dict[tuple[str, str], str] = {}
        for path in sorted(self.items.keys() | _folders_of(self.items)):
            parent, _, name = path.rpartition("/")
            plain = unicodedata.normalize("NFC", name.lower())
            other = seen.setdefault((parent, plain), path)
            if other != path:
                yield (
                    f"{ascii(path)[1:-1]}: differs from {ascii(other)[1:-1]} in case or Unicode "
                    "form only, and other file systems keep one of the two; rename one"
                )


def open_file(path: Path) -> IO[bytes]:
    """Open a file that is no link, nor a pipe that would keep us waiting.

    Raises:
        OSError: It is one, or it can't be read.
    """
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _check_name(path: str, *, is_folder: bool) -> None:
    name = path.rpartition("/")[2]
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name):
        raise fault(f"{shown(path)}: its name should be printable UTF-8 text; rename it")
    wrong = refused.fault_of_name(name, is_folder=is_folder)
    if wrong is not None:
        raise fault(f"{shown(path)}: {wrong}")


def _folders_of(paths: Iterable[str]) -> set[str]:
    return {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}


def _unreadable(path: str, error: OSError) -> ConfigError:
    return fault(
        f"{shown(path)}: can't be read ({error.strerror}); correct its permissions or add it to .deployignore"
    )
