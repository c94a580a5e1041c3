"""Files of a machine: written without following the guest's links, removed without its mounts."""

import re
import uuid
from contextlib import suppress
from pathlib import Path

from sandbox.machines.run import run, succeeds


def write(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file of a tree. A link there is replaced: followed, it would lead into the host."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=mode)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)


def copy(base: Path, tree: Path) -> None:
    """Copy a base tree; costs no space where the file system can share it."""
    # It must not go on copying when we were killed: the next run removes what there is.
    run("setpriv", "--pdeathsig", "KILL", "cp", "--archive", "--reflink=auto", str(base), str(tree))


def remove(path: Path) -> None:
    """Remove a directory. What is mounted below it is unmounted, never emptied."""
    if not path.exists():
        return
    name = path.name.lstrip(".").split(".")[0]
    gone = path.with_name(f".{name}.{uuid.uuid4().hex[:6]}.gone")
    path.rename(gone)  # whoever looks from here on finds nothing, or all of the next one
    for line in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
        mount = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4])
        if Path(mount).is_relative_to(gone):
            succeeds("umount", "--lazy", mount)
    with suppress(FileNotFoundError):
        run("rm", "--recursive", "--force", "--one-file-system", "--", str(gone))
