"""Which Python a source asks for, by the rules of heroku-buildpack-python v351 (lib/python_version.sh)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest import version_texts as texts
from sandbox.plugins.heroku.guest.output import BuildError, message

if TYPE_CHECKING:
    from pathlib import Path

LATEST: Final = {
    "3.10": "3.10.21",
    "3.11": "3.11.16",
    "3.12": "3.12.14",
    "3.13": "3.13.15",
    "3.14": "3.14.7",
}
DEFAULT: Final = "3.14"
OLDEST: Final = "3.10"
# Debian's suites that can be had, each with its Python.
_SUITES: Final = {11: "bookworm", 13: "trixie"}

_INTEGER: Final = r"(?:0|[1-9][0-9]*)"
_VERSION: Final = re.compile(rf"{_INTEGER}\.{_INTEGER}(?:\.{_INTEGER})?")
_MISSPELLED: Final = (
    " .python-version",
    ". python-version",
    ".python_version.txt",
    ".python_version",
    ".python-version ",
    ",python-version",
    ".python-version.",
    ".python-version.py",
    ".python-version.rtf",
    ".python-version.txt",
    ".python-version.TXT",
    ".Python-version",
    ".python.version",
    ".pythonversion",
    "'.python-version'",
    "python_version.txt",
    "python_version",
    "python-version.",
    "python-version.txt",
    "python-version",
)


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What is asked for (3.13 or 3.13.5), and where: .python-version, runtime.txt, cached or default."""

    version: str
    origin: str

    @property
    def major(self) -> str:
        """Without the patch number, which Heroku calls the major version."""
        return ".".join(self.version.split(".")[:2])

    @property
    def full(self) -> str:
        """The patch release that Heroku installs."""
        return LATEST[self.major] if self.version == self.major else self.version

    @property
    def suite(self) -> str:
        """The Debian suite whose Python is nearest; of two equally near ones the newer."""
        minor = int(self.major.split(".")[1])
        return _SUITES[min(_SUITES, key=lambda one: (abs(one - minor), -one))]


def requested(source: Path, cached: str = "") -> Requested:
    """What the source asks for; without that, what the last build had, otherwise the default.

    Raises BuildError for what the buildpack refuses.
    """
    runtime, wanted = source / "runtime.txt", source / ".python-version"
    if runtime.is_file():
        found = Requested(version=_runtime(runtime), origin="runtime.txt")
    else:
        for name in _MISSPELLED:
            if (source / name).is_file():
                raise BuildError(texts.MISSPELLED.format(name=name))
        if wanted.is_file():
            found = Requested(version=_python_version(wanted), origin=".python-version")
        elif cached:
            found = Requested(version=cached, origin="cached")
        else:
            found = Requested(version=DEFAULT, origin="default")
    _refuse_unsupported(found)
    return found


def warn(found: Requested) -> None:
    """Print the buildpack's warnings about the choice."""
    if found.origin in {"default", "cached"}:
        message("warning", texts.WARN_NO_VERSION)
    elif found.origin == "runtime.txt":
        message("warning", texts.WARN_RUNTIME)
    if found.major == OLDEST:
        message("warning", texts.WARN_DEPRECATED)
    latest = LATEST[found.major]
    if int(found.full.split(".")[2]) < int(latest.split(".")[2]):
        message("warning", texts.WARN_PATCH.format(version=found.full, major=found.major, latest=latest))


def _refuse_unsupported(found: Requested) -> None:
    numbers = [int(part) for part in found.major.split(".")]
    if numbers < [int(part) for part in OLDEST.split(".")]:
        raise BuildError(texts.END_OF_LIFE.format(version=found.major, oldest=OLDEST, origin=found.origin))
    if found.major not in LATEST:
        raise BuildError(texts.UNKNOWN_VERSION.format(version=found.major))


def _runtime(path: Path) -> str:
    prefix, _, version = "\n".join(_lines(path.read_bytes())).partition("-")
    if prefix != "python" or not _VERSION.fullmatch(version):
        raise BuildError(texts.INVALID_RUNTIME)
    return version


def _python_version(path: Path) -> str:
    content = path.read_bytes()
    found = _lines(content)
    for version in found:
        if not _VERSION.fullmatch(version):
            if encoding := _unsupported_encoding(content):
                raise BuildError(texts.UNREADABLE_VERSION.format(encoding=encoding))
            shown = re.sub(r"[^ -~\t]", "�", version)
            raise BuildError(texts.INVALID_VERSION.format(version=shown, default=DEFAULT))
    if not found:
        raise BuildError(texts.NO_VERSION_IN_FILE)
    if len(found) > 1:
        raise BuildError(texts.SEVERAL_VERSIONS.format(versions="\n".join(found)))
    return found[0]


def _lines(content: bytes) -> list[str]:
    """What is neither empty nor a comment, trimmed."""
    stripped = (line.strip() for line in content.decode(errors="replace").split("\n"))
    return [line for line in stripped if line and not line.startswith("#")]


def _unsupported_encoding(content: bytes) -> str:
    """The encoding in the words of `file`, when it is none that the buildpack reads."""
    if content.startswith(b"\xef\xbb\xbf"):
        return "Unicode text, UTF-8 (with BOM) text"
    for mark, order in ((b"\xff\xfe", "little"), (b"\xfe\xff", "big")):
        if content.startswith(mark):
            return f"Unicode text, UTF-16, {order}-endian text"
    return ""
