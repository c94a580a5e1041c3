"""What pyproject.toml and its like say about an app."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from components.errors import fault, gathering

if TYPE_CHECKING:
    from pathlib import Path


def read(root: Path) -> dict[str, Any]:
    """The content of pyproject.toml, empty when there is none.

    Raises:
        ConfigError: It is no TOML.
    """
    try:
        return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise fault(f"pyproject.toml: can't be read: {error}; correct it") from error


def wanted_python(root: Path) -> dict[str, str]:
    """What the app's files say about Python's version: file to '>=3.11', '3.12' and the like."""
    wanted = {}
    with gathering([]):
        requires = read(root).get("project", {}).get("requires-python")
        if isinstance(requires, str):
            wanted["pyproject.toml"] = requires
    for name in (".python-version", "runtime.txt"):  # pyenv's and uv's; Heroku's
        try:
            lines = (root / name).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, ValueError):
            continue
        said = [line.strip() for line in lines if line.strip() and line.strip()[0] != "#"]
        if said:
            wanted[name] = said[0].removeprefix("python-")
    return wanted
