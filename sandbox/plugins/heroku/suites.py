"""Which stack a source is built on: the one whose Python is nearest to what it asks for."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest.output import BuildError
from sandbox.plugins.heroku.guest.python_version import DEFAULT, Requested, requested

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES: Final = ("runtime.txt", ".python-version")
_DEFAULT: Final = Requested(version=DEFAULT, origin="default").suite


def of(archive: Path, last: str) -> str:
    """The Debian suite for a source; `last` is the Python of the last build, which is kept without a wish.

    What can't be read here is for the build itself to explain.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            for name, content in _contents(archive):
                Path(folder, name).write_bytes(content)
            return requested(Path(folder), last).suite
        except (BuildError, OSError, EOFError, tarfile.TarError):
            return _DEFAULT


def _contents(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The files at the archive's root, or in its only folder, that name a Python."""
    with tarfile.open(archive, "r:*") as tar:
        members = tar.getmembers()
        tops = {PurePosixPath(member.name).parts[:1] for member in members}
        depth = 2 if len(tops - {()}) == 1 else 1
        for member in members:
            path = PurePosixPath(member.name)
            if len(path.parts) == depth and path.name in _FILES and member.isfile():
                file = tar.extractfile(member)
                yield path.name, b"" if file is None else file.read()
