"""The Pulumi engine: found on the PATH, downloaded as its makers publish it, or built from source.

`ensure()` answers with a folder to put first on the PATH. Why three ways: docs/adr/0002-engine.md.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import files, say
from sandbox.engine import build, official, present
from sandbox.language import install as language
from sandbox.paths import SANDBOX

if TYPE_CHECKING:
    from pathlib import Path

BIN = SANDBOX / "engine" / "bin"


@dataclass(frozen=True)
class Engine:
    """An engine that can run this project's program."""

    bin: Path  # to be put first on the PATH
    version: str
    origin: str  # in words: where the executable came from

    @property
    def pulumi(self) -> Path:
        """The executable."""
        return self.bin / "pulumi"


def ensure(folder: Path = BIN) -> Engine:
    """Have an engine, by the cheapest way that works; `folder` becomes the Engine's `bin`.

    Raises SandboxError when there is no way, with the cause of the last one's failure.
    """
    found = present.on_path(without=folder) or official.cached() or build.cached()
    if found is None:
        try:
            found = official.download()
        except say.SandboxError as error:
            say.note(str(error))
            found = build.build()
    with files.lock(folder.parent / "lock", "linking the Pulumi engine"):
        _link(found.pulumi, folder)
    return Engine(bin=folder, version=found.version, origin=found.origin)


def _link(pulumi: Path, folder: Path) -> None:
    """Make `folder` hold this engine and whatever speaks Python for it.

    The engine wants its language host beside its own executable, symlinks resolved, and warns on
    each run of one that it finds elsewhere. So an ordinary installation is linked to, and an engine
    without a host becomes a file of this folder (a hard link where possible), with ours beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "pulumi"
    if present.brings_python(pulumi):
        if not (target.is_symlink() and target.readlink() == pulumi):
            target.unlink(missing_ok=True)
            target.symlink_to(pulumi)
        (folder / language.NAME).unlink(missing_ok=True)
        return
    if not _same(pulumi, target):
        fresh = folder / "pulumi.new"
        fresh.unlink(missing_ok=True)
        try:
            os.link(pulumi.resolve(), fresh)
        except OSError:  # the cache is on another file system
            shutil.copy2(pulumi, fresh)
        fresh.replace(target)
    language.install(folder)


def _same(one: Path, other: Path) -> bool:
    if other.is_symlink() or not other.exists():
        return False
    a, b = one.stat(), other.stat()
    return (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
