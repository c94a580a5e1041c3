"""From an archive of the source to a folder, and from the built folder to a slug.

https://devcenter.heroku.com/articles/slug-compiler and …/procfile.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest import places
from sandbox.plugins.heroku.guest.output import BuildError, indent, say, step

if TYPE_CHECKING:
    from pathlib import Path

MOST: Final = 500 << 20  # bytes, compressed: devcenter, slug-compiler#slug-size
_PROCESS: Final = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a source. An archive with one folder at its root stands for that folder's content."""
    folder.mkdir(parents=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(folder, filter="tar")
    except (tarfile.TarError, EOFError, OSError) as problem:
        raise BuildError(f"Unable to unpack the source archive: {problem}") from problem
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink():
        aside = folder.with_name(f"{folder.name}.root")
        inside[0].rename(aside)
        folder.rmdir()
        aside.rename(folder)


def ignore(folder: Path) -> None:
    """Remove what .slugignore names: glob patterns, with a slash at the start from the root only."""
    path = folder / ".slugignore"
    if not path.is_file():
        return
    lines = (line.strip() for line in path.read_text(errors="replace").splitlines())
    patterns = [line for line in lines if line and not line.startswith(("#", "!"))]
    count = sum(_remove(folder, pattern) for pattern in patterns)
    step(f"Deleting {count} files matching .slugignore patterns.")


def _remove(folder: Path, pattern: str) -> int:
    """Remove what matches; how many files that were."""
    relative = pattern.strip("/")
    if not relative or ".." in relative.split("/"):
        return 0
    count = 0
    for path in list(folder.glob(relative if pattern.startswith("/") else f"**/{relative}")):
        if path.is_dir() and not path.is_symlink():
            count += sum(1 for inner in path.rglob("*") if not inner.is_dir())
            shutil.rmtree(path)
        elif not pattern.endswith("/") and (path.exists() or path.is_symlink()):
            count += 1
            path.unlink()
    return count


def process_types(folder: Path) -> dict[str, str]:
    """What the Procfile declares: type to command. Raises BuildError when it can't be read."""
    step("Discovering process types")
    found: dict[str, str] = {}
    path = folder / "Procfile"
    if path.is_file():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            lines = ["\0"]
        for line in map(str.strip, lines):
            if not line or line.startswith("#"):
                continue
            match = _PROCESS.fullmatch(line)
            if match is None:
                raise BuildError("Push failed: cannot parse Procfile.")
            found[match[1]] = match[2].strip()
        indent(f"Procfile declares types -> {', '.join(sorted(found)) or '(none)'}")
    else:
        indent("Procfile declares types     -> (none)")
    return found


def pack(folder: Path, slug: str, most: int = MOST) -> int:
    """Make the slug; its size in bytes. Raises BuildError when it is too large."""
    say("")
    step("Compressing...")
    path = places.slug_file(slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    # Level 1: what Heroku saves on the wire is not worth the time here.
    squeeze = ("tar", "--use-compress-program=gzip -1", "-cf", str(fresh), "-C", str(folder), ".")
    subprocess.run(squeeze, check=True)
    size = fresh.stat().st_size
    if size > most:
        fresh.unlink()
        limit = most >> 20
        raise BuildError(
            f"Compiled slug size: {size / (1 << 20):.1f}M is too large (max is {limit}M).\n"
            "See: http://devcenter.heroku.com/articles/slug-size"
        )
    fresh.rename(path)
    indent(f"Done: {size / (1 << 20):.1f}M")
    return size
