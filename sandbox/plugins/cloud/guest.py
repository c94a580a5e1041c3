"""What an emulated cloud runs inside of a machine: its package `guest`, as it is here."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from sandbox.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def packed(folder: Path) -> bytes:
    """Return a package of this checkout as a tar archive, below its own path; equal files, equal bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                entry = tarfile.TarInfo(str(path.relative_to(ROOT)))
                content = path.read_bytes()
                entry.size, entry.mode = len(content), path.stat().st_mode & 0o777
                tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
