"""What one build leaves for the next: Python and packages. heroku-buildpack-python v351, lib/cache.sh."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.guest.output import indent, step

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Key:
    """What must not have changed for the cache to be used again."""

    stack: str
    python: str
    package_manager: str
    tool: str  # its version
    requirements: str = ""  # pip only: uv takes away by itself what is no longer asked for

    @classmethod
    def of(cls, source: Path, *, stack: str, python: str, package_manager: str, tool: str) -> Key:
        """The key of a source."""
        path = source / "requirements.txt"
        content = path.read_bytes() if package_manager == "pip" else b""
        return cls(
            stack=stack,
            python=python,
            package_manager=package_manager,
            tool=tool,
            requirements=hashlib.sha256(content).hexdigest(),
        )


def cached_python(cache: Path) -> str:
    """The major version of the last build's Python; empty without one."""
    key = _read(cache)
    return ".".join(key.python.split(".")[:2]) if key else ""


def restore(cache: Path, source: Path, key: Key) -> bool:
    """Put the last build's Python into the source, or say why not; whether it is there."""
    former = _read(cache)
    if former is None:
        return False
    if reasons := _reasons(former, key):
        step("Discarding cache since:")
        for reason in reasons:
            indent(f"- {reason}")
        return False  # a build that fails leaves the cache as it was; one that does not writes it anew
    step("Restoring cache")
    (source / ".heroku").mkdir(exist_ok=True)
    shutil.copytree(cache / "python", source / ".heroku/python", symlinks=True)
    return True


def save(cache: Path, source: Path, key: Key) -> None:
    """Keep the source's Python."""
    step("Saving cache")
    shutil.rmtree(cache / "python", ignore_errors=True)
    shutil.copytree(source / ".heroku/python", cache / "python", symlinks=True)
    (cache / "key.json").write_text(json.dumps(asdict(key)))


def _read(cache: Path) -> Key | None:
    path = cache / "key.json"
    return Key(**json.loads(path.read_text())) if path.is_file() else None


def _reasons(former: Key, key: Key) -> list[str]:
    changed = {
        "The stack has changed": (former.stack, key.stack),
        "The Python version has changed": (former.python, key.python),
        "The package manager has changed": (former.package_manager, key.package_manager),
    }
    found = [f"{what} from {old} to {new}" for what, (old, new) in changed.items() if old != new]
    if found or former.package_manager != key.package_manager:
        return found
    if former.tool != key.tool:
        return [f"The {key.package_manager} version has changed from {former.tool} to {key.tool}"]
    same = former.requirements == key.requirements
    return [] if same else ["The contents of requirements.txt changed"]
