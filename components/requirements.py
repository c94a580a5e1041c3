"""What pip installs for the app, from whichever of the usual files the app has."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from components.errors import ConfigError, fault, gathering, shown
from components.pip import pyproject
from components.pip.file import PipFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from components.bundle import Bundle

_NAMES_SHOWN: Final = 3
_UV_SECONDS: Final = 60
# Offline, without writing anything, and from the lock alone: the user's own settings don't count.
_UV_EXPORT: Final = (
    *("export", "--frozen", "--offline", "--no-config", "--no-cache", "--no-python-downloads"),
    *("--no-dev", "--no-emit-project", "--no-editable", "--no-header", "--no-annotate"),
    *("--format", "requirements-txt"),
)
# Files of other tools, and the command that makes requirements.txt of them.
_LOCKS: Final[Mapping[str, str]] = {
    "poetry.lock": "poetry export --output requirements.txt",
    "pdm.lock": "pdm export --format requirements --output requirements.txt",
    "Pipfile.lock": "pipenv requirements --hash > requirements.txt",
    "Pipfile": "pipenv lock && pipenv requirements --hash > requirements.txt",
}
_OTHERS: Final[Mapping[str, str]] = {
    "setup.py": "uv pip compile setup.py --output-file requirements.txt",
    "setup.cfg": "uv pip compile setup.cfg --output-file requirements.txt",
    "environment.yml": "pip list --format=freeze > requirements.txt",
    "requirements": "echo '-r requirements/production.txt' > requirements.txt",
}


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What pip installs.

    Attributes:
        text: A requirements file; paths in it are relative to the app's folder.
        constraints: A constraints file (`pip install -c`), '' without.
        source: The file that they come from.
        digest: SHA-256 (hexadecimal) of both texts and of the app's own folders in them.
        hashed: Whether each has a hash, so that pip takes these very files only.
        notes: Remarks for the user, a line each.
    """

    text: str
    constraints: str
    source: str
    digest: str
    hashed: bool
    notes: tuple[str, ...]


def read(root: Path, bundle: Bundle | None = None) -> Requirements:
    """Read uv.lock, else requirements.txt, else pyproject.toml of the app in `root`.

    With a `bundle`, folders of the app that are required have to be in it.

    Raises:
        ConfigError: There are none, or they can't be installed on another machine.
    """
    source, found = _first(root)
    can_be_hashed = source != "uv.lock" or not found.folders  # pip can't hash a folder
    hashed = False
    with gathering(found.faults):
        hashed = can_be_hashed and found.hashed()
    faults = [*found.faults, *_folder_faults(found.folders, bundle, source)]
    if not faults and not any(entry[0] != "-" for entry in found.requirements):
        faults = [f"{source}: lists no requirements; name flask at least, such as flask==3.1.0"]
    if faults:
        raise ConfigError(faults)
    text, constraints = found.text(hashes=hashed), found.constraints_text()
    return Requirements(
        text=text,
        constraints=constraints,
        source=source,
        digest=_digest(text, constraints, found.folders, bundle),
        hashed=hashed,
        notes=tuple(_notes(root, source, found)),
    )


def _first(root: Path) -> tuple[str, PipFile]:
    """The first of the usual files, by name, and what it lists."""
    has = {entry.name for entry in root.iterdir()}
    found = PipFile(root)
    if "uv.lock" in has:
        _from_uv(root, found)
        return "uv.lock", found
    if "requirements.txt" in has:
        found.read("requirements.txt")
        return "requirements.txt", found
    _refuse_foreign(has, _LOCKS)
    _from_project(root, has, found)
    return "pyproject.toml", found


def _notes(root: Path, source: str, found: PipFile) -> Iterator[str]:
    if source == "uv.lock" and (root / "requirements.txt").exists():
        yield "requirements: uv.lock is used, requirements.txt beside it is not"
    if source == "uv.lock" and found.folders:
        yield f"requirements: without hashes, since {shown(found.folders[0])} is a folder"
    if found.loose:
        names = ", ".join(found.loose[:_NAMES_SHOWN])
        more = " and others" if len(found.loose) > _NAMES_SHOWN else ""
        yield (
            f"requirements: {source} leaves versions open ({names}{more}), so that two releases "
            "may get different ones; 'uv lock' or 'pip freeze' fixes them"
        )


def _from_uv(root: Path, found: PipFile) -> None:
    # Python's own environment first: the version that these options were tried with.
    try:
        import uv  # noqa: PLC0415  # only apps with uv.lock need it

        program = uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        found.faults.append(
            "uv.lock: reading it needs the program uv; install it ('pip install uv'), or make "
            "requirements.txt ('uv export --no-dev --output-file requirements.txt')"
        )
        return
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    try:
        done = subprocess.run(
            [program, *_UV_EXPORT],
            cwd=root,
            env={**environment, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=_UV_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        why = " ".join((getattr(error, "stderr", None) or str(error)).split())
        found.faults.append(f"uv.lock: uv can't read it: {why}; run 'uv lock'")
        return
    for index in pyproject.read(root).get("tool", {}).get("uv", {}).get("index", []):
        option = "--index-url" if index.get("default") else "--extra-index-url"
        found.add(f"{option} {index.get('url', '')}", "pyproject.toml: tool.uv.index")
    found.read_text(done.stdout, "uv.lock")


def _from_project(root: Path, has: set[str], found: PipFile) -> None:
    data = pyproject.read(root) if "pyproject.toml" in has else {}
    project, tool = data.get("project", {}), data.get("tool", {})
    if "dependencies" in project.get("dynamic", []):
        raise fault(
            "pyproject.toml: dependencies are dynamic, only a build would tell them; make "
            "requirements.txt with 'uv pip compile pyproject.toml -o requirements.txt'"
        )
    if "poetry" in tool and "dependencies" not in project:
        raise _foreign("pyproject.toml", _LOCKS["poetry.lock"])
    if tool.get("uv", {}).get("sources"):
        raise fault("pyproject.toml: tool.uv.sources counts only with uv.lock; run 'uv lock'")
    if "dependencies" not in project:
        _refuse_foreign(has, _OTHERS)
        raise fault(
            "requirements: the app has none; write requirements.txt ('pip freeze > "
            "requirements.txt'), or use uv.lock or [project] dependencies in pyproject.toml"
        )
    for requirement in project["dependencies"]:
        found.add(str(requirement), "pyproject.toml: dependencies")


def _refuse_foreign(has: set[str], commands: Mapping[str, str]) -> None:
    for name, command in commands.items():
        if name in has:
            raise _foreign(name, command)


def _foreign(name: str, command: str) -> ConfigError:
    return fault(f"{name}: pip does not read it; make requirements.txt with '{command}'")


def _folder_faults(folders: list[str], bundle: Bundle | None, source: str) -> list[str]:
    if bundle is None:
        return []
    paths = {item.path for item in bundle.files}
    return [
        f"{source}: {shown(folder)} is required but left out of the deployment; see .deployignore"
        for folder in folders
        if folder not in paths and not bundle.holds(folder)
    ]


def _digest(text: str, constraints: str, folders: list[str], bundle: Bundle | None) -> str:
    """The app's own folders are installed too, so a change in them is one of the requirements."""
    total = hashlib.sha256(f"{text}\0{constraints}\0".encode())
    for item in bundle.files if bundle is not None else ():
        if any(f"{item.path}/".startswith(f"{folder}/") for folder in folders):
            total.update(f"{item.mode:o} {item.content} {item.path}\0".encode())
    return total.hexdigest()
