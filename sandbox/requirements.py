"""Compiles requirements/*.txt from pyproject.toml: `python -m sandbox.requirements`.

One file for each extra, and base.txt with what all share: pinned, with hashes, for every platform.
A pin that is there stays as long as it fits; `--upgrade` renews them all.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib

from sandbox import say
from sandbox.paths import ROOT

FOLDER = ROOT / "requirements"
COMMAND = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--python-version", "3.11", "--no-emit-index-url", "--no-header", "pyproject.toml"),
)


def extras() -> list[str]:
    """The extras of pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["optional-dependencies"])


def main(*options: str) -> int:
    """Compile all; the exit code is the first failure's."""
    for name in ("base", *extras()):
        say.step(f"requirements/{name}.txt: about 2 seconds")
        extra = () if name == "base" else ("--extra", name)
        output = ("--output-file", str(FOLDER / f"{name}.txt"))
        command = [sys.executable, "-m", *COMMAND, *extra, *output, *options]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
