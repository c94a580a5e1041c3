"""The user's Flask app as a value: its files, its entry, its requirements; checked, never run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from components import bundle, entry, requirements, source
from components.errors import ConfigError, gathering, shown
from components.pip import pyproject
from components.source import GitSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from components.bundle import Bundle
    from components.entry import Entry
    from components.requirements import Requirements
    from components.settings import AppSettings

# Names that stand in web servers' and units' files as they are, without quotes.
_PREFIX: Final = re.compile(r"/|(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_FOLDER: Final = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*(/[A-Za-z0-9._][A-Za-z0-9._-]*)*/?")
_UNIT: Final = 1024


@dataclass(frozen=True, kw_only=True)
class App:
    """What is deployed.

    Attributes:
        root: The app's folder, absolute.
        commit: The git commit that it is a copy of; None for a plain folder.
        entry: What the app server loads.
        requirements: What pip installs.
        bundle: The files.
        static: URL prefix to the folder that the web server serves there.
        persistent: Folders that outlive a release.
        python: What the app's files say about Python's version: file to '>=3.11', '3.12', …
        notes: Remarks for the user, a line each.
    """

    root: Path
    commit: str | None
    entry: Entry
    requirements: Requirements
    bundle: Bundle
    static: Mapping[str, str]
    persistent: tuple[str, ...]
    python: Mapping[str, str]
    notes: tuple[str, ...]


def from_settings(settings: AppSettings) -> App:
    """Load the app that a stack's configuration names; Pulumi runs us in the project's folder.

    Raises:
        ConfigError: All that is wrong with the app.
    """
    git = settings.git
    app = load(
        project=Path.cwd(),
        path=settings.path,
        git=GitSource(url=git.url, ref=git.ref, path=git.path) if git is not None else None,
        wsgi=settings.wsgi,
        static=settings.static,
        persistent=settings.persistent,
    )
    if faults := list(_python_faults(app.python, settings.python)):
        raise ConfigError(faults)
    return app


def _python_faults(wanted: Mapping[str, str], configured: str) -> Iterator[str]:
    """The least version is all that machines promise, so the app's own must not be above it."""
    for file, version in wanted.items():
        least = re.search(r">=\s*3\.(\d+)", version)
        if least and int(least[1]) > int(configured.partition(".")[2]):
            yield (
                f"app/python: {configured} is older than {file} wants ({version}); "
                f'set it to what the app needs, for example python: "3.{least[1]}"'
            )


def load(  # noqa: PLR0913  # the keys of the configuration
    *,
    project: Path,
    path: str | None,
    git: GitSource | None,
    wsgi: str | None,
    static: Mapping[str, str],
    persistent: Sequence[str],
) -> App:
    """Check the app and return it; `project` is the folder that `path` is relative to.

    Raises:
        ConfigError: All that is wrong with the app.
    """
    faults: list[str] = []
    place = files = start = needs = None
    with gathering(faults):
        place = source.locate(project=project, path=path, git=git)
    if place is not None:
        with gathering(faults):
            files = bundle.collect(place.root)
        shipped = {item.path for item in files.files} if files is not None else None
        with gathering(faults):
            start = entry.find(place.root, wsgi, shipped)
        with gathering(faults):
            needs = requirements.read(place.root, files)
    kept = [folder.rstrip("/") for folder in persistent]
    served = {prefix: folder.rstrip("/") for prefix, folder in static.items()}
    faults += [*_persistent_faults(kept, files), *_static_faults(served, kept, files)]
    if faults or place is None or files is None or start is None or needs is None:
        raise ConfigError(faults)
    return App(
        root=place.root,
        commit=place.commit,
        entry=start,
        requirements=needs,
        bundle=files,
        static=MappingProxyType(served),
        persistent=tuple(kept),
        python=MappingProxyType(pyproject.wanted_python(place.root)),
        notes=tuple(_notes(start, needs, files, served)),
    )


def _persistent_faults(folders: Sequence[str], files: Bundle | None) -> Iterator[str]:
    names = {item.path for item in files.files if item.target is None} if files else set()
    for place, folder in enumerate(folders):
        where = f"app/persistent: {shown(folder)}"
        if not _is_folder(folder):
            yield f"{where} {_folder_rule('images')}"
        elif folder in names:
            yield f"{where} is a file of the app; give a folder, for example images"
        for other in folders[:place]:
            if f"{folder}/".startswith(f"{other}/") or f"{other}/".startswith(f"{folder}/"):
                yield f"{where} and {shown(other)} lie in each other; keep the outer one"


def _static_faults(
    static: Mapping[str, str], persistent: Sequence[str], files: Bundle | None
) -> Iterator[str]:
    for prefix, folder in static.items():
        where = f"app/static: {shown(prefix)}: {shown(folder)}"
        if not _PREFIX.fullmatch(prefix):
            yield (
                f"app/static: {shown(prefix)} should start with '/', not end with it, and have "
                "letters, digits and -._~ in its parts, for example /avatar"
            )
        if not _is_folder(folder):
            yield f"{where} {_folder_rule('static')}; '.' would publish the app's code"
        elif files is not None and not files.holds(folder):
            outlives = any(f"{folder}/".startswith(f"{kept}/") for kept in persistent)
            if outlives:
                continue
            why = files.left_out.get(f"{folder}/")
            remedy = (
                f"it is left out ({why}); add '!{folder}/' to .deployignore"
                if why
                else "create it, or name it under app/persistent if the app writes it"
            )
            yield f"{where} should be a folder of the app; {remedy}"


def _is_folder(folder: str) -> bool:
    return bool(_FOLDER.fullmatch(folder)) and not {".", ".."} & set(folder.split("/"))


def _folder_rule(example: str) -> str:
    return f"should be a folder inside the app's, relative, of letters, digits and -._, for example {example}"


def _notes(start: Entry, needs: Requirements, files: Bundle, static: Mapping[str, str]) -> Iterator[str]:
    yield f"app: {start} (from {start.source})"
    hashes = "with hashes" if needs.hashed else "without hashes"
    yield f"requirements: from {needs.source}, {hashes}"
    yield from needs.notes
    size = files.size / _UNIT
    text = f"{size:.0f} KiB" if size < _UNIT else f"{size / _UNIT:.1f} MiB"
    yield f"files: {len(files.files)}, {text}, digest {files.digest[:12]}"
    left_out = files.left_out_in_words()
    if left_out:
        yield f"left out: {left_out}"
    for prefix, folder in static.items():
        if any(i.path.startswith(f"{folder}/") and i.path.endswith(".py") for i in files.files):
            yield f"app/static: {prefix} publishes the Python files in {folder}"
