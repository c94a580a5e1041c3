"""Virtual environments from hash-pinned requirements.

`python -m sandbox.venvs [--check] FOLDER REQUIREMENTS` runs before anything is installed, so this
needs only the standard library.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox import files, say

STAMP = ".flask-deploy"  # what the environment was made from; its presence says that we made it
UNFINISHED = "unfinished\n"


def ensure(folder: Path, requirements: Path) -> Path:
    """Have `folder` hold exactly the packages of `requirements`; made with the running Python.

    Costs a millisecond when it does. Raises SandboxError with pip's own last lines.
    """
    if not _is_made_from(requirements, folder):
        with files.lock(folder.with_name(f"{folder.name}.lock"), f"making {folder}"):
            if not _is_made_from(requirements, folder):
                _make(folder, requirements)
                (folder / STAMP).write_text(_stamp(folder, requirements), encoding="utf-8")
    return folder


def _is_made_from(requirements: Path, folder: Path) -> bool:
    stamp = folder / STAMP
    usable = stamp.is_file() and (folder / "bin" / "python").is_file()
    return usable and stamp.read_text(encoding="utf-8") == _stamp(folder, requirements)


def _stamp(folder: Path, requirements: Path) -> str:
    """What makes an environment out of date: its requirements, its place, its Python's upgrade.

    Not the running Python: root's and the user's may differ, and either's environment will do.
    """
    made_of = requirements.read_bytes() + str(folder).encode()  # its scripts name the folder
    python = (folder / "bin" / "python").resolve()
    return f"{hashlib.sha256(made_of).hexdigest()} {python}\n"


def _make(folder: Path, requirements: Path) -> None:
    if folder.exists() and not (folder / STAMP).is_file():
        raise say.SandboxError(
            f"{folder} was not made by this project; move it away or delete it, and run this again"
        )
    say.step(f"installing {requirements.name} into {folder}: about 30 seconds, again when it changes")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / STAMP).write_text(UNFINISHED, encoding="utf-8")
    _run(
        [sys.executable, "-m", "venv", str(folder)],
        f"making {folder}",
        "If ensurepip is what it lacks: apt-get install python3-venv",
    )
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    _run(
        [*pip, "--quiet", "--require-hashes", "--requirement", str(requirements)],
        f"installing {requirements.name}",
        "pip needs a Python package index: pip config set global.index-url names yours.",
    )


def _run(command: list[str], what: str, remedy: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        output = (result.stdout + result.stderr).strip()[-1500:]
        raise say.SandboxError(f"{what} failed:\n{output}\n{remedy}")


def main() -> int:
    """The command line; with --check the exit code says whether there is nothing to do."""
    folder, requirements = (Path(argument).absolute() for argument in sys.argv[-2:])
    if "--check" in sys.argv:
        return 0 if _is_made_from(requirements, folder) else 1
    try:
        ensure(folder, requirements)
    except say.SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        remedy = "another user, perhaps root, made it; remove it as that user, and run this again"
        print(f"error: {error}: {remedy}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
