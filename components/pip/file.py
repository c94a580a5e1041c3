"""Read what pip would: includes put in their place, what can't be installed elsewhere refused."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from components.errors import fault, gathering, shown
from components.pip import addresses, lines

if TYPE_CHECKING:
    from pathlib import Path

# Options of https://pip.pypa.io/en/stable/reference/requirements-file-format/
_LONG: Final = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
}
_SOURCES: Final = ("--index-url", "--extra-index-url", "--find-links")
_PASSED_ON: Final = (
    *("--no-binary", "--only-binary", "--prefer-binary", "--pre", "--require-hashes"),
    *("--no-index", "--use-feature"),
)
_REFUSED: Final = {
    "--editable": "is for developing: the app runs from its own folder; leave the line out, or "
    "name the package's folder without -e",
    "--trusted-host": "turns off the check of certificates; leave it out",
}
_NAMED: Final = re.compile(
    r"[a-z0-9](?:[\w.-]*[a-z0-9])?\s*(?:\[[^\]]*\])?\s*"
    r"(?:@\s*(?P<url>\S+)|(?P<version>\(?\s*(?:[<>]|[=!~]=)[^;@]*))?\s*(?:;.*)?",
    re.ASCII | re.IGNORECASE,
)
_ARCHIVES: Final = (".whl", ".tar.gz", ".tar.bz2", ".zip")


class PipFile:
    """What requirements files say, without comments; a requirement or an option an entry.

    Attributes:
        requirements: Entry to its hash options.
        constraints: The same of the files that `-c` names.
        folders: Files and folders of the app that are required, relative, POSIX.
        loose: The requirements that leave the version open.
        faults: What can't be installed on another machine.
    """

    def __init__(self, root: Path) -> None:
        self.requirements: dict[str, tuple[str, ...]] = {}
        self.constraints: dict[str, tuple[str, ...]] = {}
        self.folders: list[str] = []
        self.loose: list[str] = []
        self.faults: list[str] = []
        self._root = root
        self._open: list[str] = []

    def read(self, name: str, *, constrains: bool = False) -> None:
        """Add the file `name`, relative to the app's folder."""
        if name in self._open:
            return  # the files include each other: pip reads each once too
        with gathering(self.faults):
            self.read_text(lines.text(self._root / name, name), name, constrains=constrains)

    def read_text(self, text: str, name: str, *, constrains: bool = False) -> None:
        """Add `text`, the content of the file `name`."""
        self._open.append(name)
        for number, line in lines.logical(text):
            self.add(line, f"{name}:{number}", constrains=constrains)
        self._open.pop()

    def add(self, line: str, where: str, *, constrains: bool = False) -> None:
        """Add one line without comments; `where` begins its fault's text."""
        with gathering(self.faults):
            if re.search(r"\$\{[A-Z0-9_]+\}", line):
                raise fault(f"{where}: variables are not known on other machines; write the value")
            if line.startswith("-"):
                self._option(line, where, constrains=constrains)
            else:
                self._requirement(line, where, constrains=constrains)

    def text(self, *, hashes: bool = True) -> str:
        """The requirements for pip, each with its hashes below it."""
        return _joined(self.requirements if hashes else dict.fromkeys(self.requirements, ()))

    def constraints_text(self) -> str:
        """The constraints for pip."""
        return _joined(self.constraints)

    def hashed(self) -> bool:
        """Whether all requirements have hashes. pip takes all or none.

        Raises:
            ConfigError: Some have and some have not.
        """
        entries = {entry: hashes for entry, hashes in self.requirements.items() if entry[0] != "-"}
        bare = [entry for entry, hashes in entries.items() if not hashes]
        if bare and any(entries.values()):
            raise fault(
                f"requirements: {shown(bare[0])} has no --hash and others have, and pip takes all "
                "or none; make the file anew, for example 'uv pip compile --generate-hashes'"
            )
        return not bare

    def _option(self, line: str, where: str, *, constrains: bool) -> None:
        short = _LONG.get(line[:2])
        name, value = (short, line[2:]) if short else _split_option(line)
        value = value.strip(" \t='\"")
        if name in {"--requirement", "--constraint"}:
            path = self._inside(posixpath.join(*map(posixpath.dirname, self._open[-1:]), value), where)
            self.read(path, constrains=constrains or name == "--constraint")
        elif name in _SOURCES:
            addresses.check_index(value, where)
            self._add(f"{name} {value}", (), constrains=constrains)
        elif name in _PASSED_ON:
            self._add(line, (), constrains=constrains)
        else:
            raise fault(f"{where}: {name} {_REFUSED.get(name, 'is no option of such a file')}")

    def _requirement(self, line: str, where: str, *, constrains: bool) -> None:
        what, *options = re.split(r"\s+(?=--)", line)
        hashes = tuple(option for option in options if option.startswith("--hash"))
        entry = " ".join([what, *(option for option in options if option not in hashes)])
        named = _NAMED.fullmatch(what)
        url = named["url"] if named is not None else re.split(r"\s+;", what)[0]
        if url is None and what.endswith(_ARCHIVES):
            url = what
        if url is not None and "://" in url:
            addresses.check(url, where)
        elif url is not None and _looks_local(url):
            entry = f"./{self._local(url, where)}{entry.partition(url)[2]}"
        elif named is None or url is not None:
            raise fault(f"{where}: {shown(what)} should be a requirement, for example flask==3.1.0")
        elif not constrains and not hashes and not re.match(r"\(?\s*===?[^*]*$", named["version"] or ""):
            self.loose.append(what)
        self._add(entry, hashes, constrains=constrains)

    def _add(self, entry: str, hashes: tuple[str, ...], *, constrains: bool) -> None:
        (self.constraints if constrains else self.requirements).setdefault(entry, hashes)

    def _local(self, path: str, where: str) -> str:
        inside = self._inside(path.partition("[")[0], where)
        if inside == ".":
            raise fault(f"{where}: requires the app itself, which runs from its folder; leave it out")
        self.folders.append(inside)
        return inside + path[len(path.partition("[")[0]) :]

    def _inside(self, path: str, where: str) -> str:
        """`path` in its plain form, if it is something in the app's folder."""
        plain = posixpath.normpath(path)
        if "://" in path or path.startswith(("/", "~")) or plain.split("/")[0] == "..":
            raise fault(
                f"{where}: {shown(path)} is not in the app's folder, so no other machine has it; "
                "copy it there (a wheel, for example) or require a released version"
            )
        if not (self._root / plain).exists():
            raise fault(f"{where}: {shown(path)} does not exist; it is looked up in the app's folder")
        return plain


def _split_option(line: str) -> tuple[str, str]:
    match = re.match(r"(-[\w-]*)(.*)", line, re.DOTALL)
    return (match[1], match[2]) if match else (line, "")


def _looks_local(text: str) -> bool:
    plain = text.partition("[")[0]
    return "/" in plain or plain.startswith((".", "~")) or plain.endswith(_ARCHIVES)


def _joined(entries: dict[str, tuple[str, ...]]) -> str:
    return "".join(" \\\n    ".join([entry, *hashes]) + "\n" for entry, hashes in entries.items())
