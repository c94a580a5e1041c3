"""How the provider makes an archive of a folder, and its checksum. Its traps come from Go's path functions.

Source: terraform-provider-heroku 5.2.10, resource_heroku_build.go, and tarinator-go, which it packs with.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def checksum_of_file(path: str) -> str:
    """The checksum of an archive that is there already."""
    return f"SHA256:{hashlib.sha256(Path(path).read_bytes()).hexdigest()}"


def checksum_of_folder(path: str) -> str:
    """The checksum of a folder: over names and contents, without times and modes."""
    digest = hashlib.sha256()
    for found in _walk(path):
        digest.update(f"{_name(path, found)}\n".encode())
        if Path(found).is_file() and not Path(found).is_symlink():
            digest.update(Path(found).read_bytes())
    return f"SHA256:{digest.hexdigest()}"


def pack(path: str, target: Path) -> None:
    """Pack a folder. Nothing is left out, and a symbolic link becomes one to itself."""
    with tarfile.open(target, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for found in _walk(path):
            entry = tar.gettarinfo(found, arcname=_name(path, found))
            if entry is None:
                raise OSError("archive/tar: sockets not supported")
            if entry.issym():
                entry.linkname = posixpath.basename(found)
            entry.type = tarfile.REGTYPE if entry.islnk() else entry.type
            if entry.isreg():
                entry.size = Path(found).stat().st_size
                with Path(found).open("rb") as file:
                    tar.addfile(entry, file)
            else:
                tar.addfile(entry)


def _name(root: str, path: str) -> str:
    """The name in the archive: filepath.Join(filepath.Base(root), strings.TrimPrefix(path, root))."""
    base = posixpath.basename(root.rstrip("/")) or ("/" if root.startswith("/") else ".")
    parts = [part for part in (base, path.removeprefix(root)) if part]
    return posixpath.normpath("/".join(parts))


def _walk(path: str) -> Iterator[str]:
    """filepath.Walk: in lexical order, the first path as it was given, the others joined and cleaned."""
    yield path
    if Path(path).is_dir() and not (Path(path).is_symlink() and not path.endswith("/")):
        for name in sorted(os.listdir(path)):  # noqa: PTH208 - paths are texts here, as in Go
            yield from _walk(posixpath.normpath(f"{path}/{name}"))
