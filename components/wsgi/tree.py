"""The Python modules of an app: where they are, and what a name in one of them stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from components.wsgi import names
from components.wsgi.names import Kind, Name, Names

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

PYTHON_PATHS: Final = (".", "src")


@dataclass(frozen=True, kw_only=True)
class Module:
    """A module of the app: its dotted name, its file (relative, POSIX) and what it defines."""

    name: str
    file: str
    python_path: str
    names: Names


class Tree:
    """The app's folder as Python sees it.

    Args:
        root: The app's folder.
        shipped: The files that are deployed (relative, POSIX); None takes all that are there.
            It also settles upper and lower case, which some file systems don't tell apart.
    """

    def __init__(self, root: Path, shipped: Collection[str] | None = None) -> None:
        self._root, self._shipped = root, shipped
        self._modules: dict[tuple[str, str], Module | None] = {}

    def is_file(self, path: str) -> bool:
        """Whether a file is there and is deployed, by its own name or at the end of links."""
        if not (self._root / path).is_file():
            return False
        if self._shipped is None or path in self._shipped:
            return True
        real, top = (self._root / path).resolve(), self._root.resolve()
        return real.is_relative_to(top) and real.relative_to(top).as_posix() in self._shipped

    def module(self, name: str, python_path: str | None = None) -> Module | None:
        """Find a module by its dotted name, in the root first and then in `src`."""
        paths = PYTHON_PATHS if python_path is None else (python_path,)
        return next(filter(None, (self._module(name, path) for path in paths)), None)

    def _module(self, name: str, python_path: str) -> Module | None:
        key = (name, python_path)
        if key not in self._modules:
            self._modules[key] = self._read(name, python_path)
        return self._modules[key]

    def _read(self, name: str, python_path: str) -> Module | None:
        stem = name.replace(".", "/")
        stem = stem if python_path == "." else f"{python_path}/{stem}"
        # Python takes the package when both are there.
        for file, package in (
            (f"{stem}/__init__.py", name),
            (f"{stem}.py", name.rpartition(".")[0]),
        ):
            if name and self.is_file(file):
                found = names.read(self._root / file, package)
                return Module(name=name, file=file, python_path=python_path, names=found)
        return None

    def left_out(self, name: str) -> str:
        """The file of a module that is there but not deployed, '' if there is none."""
        stem = name.replace(".", "/")
        stems = (stem if path == "." else f"{path}/{stem}" for path in PYTHON_PATHS)
        files = (file for stem in stems for file in (f"{stem}/__init__.py", f"{stem}.py"))
        return next((file for file in files if (self._root / file).is_file()), "")

    def packages(self) -> list[str]:
        """The top-level packages of the root and of `src`, but for those that hold no app."""
        usual = {"tests", "test", "docs", "migrations", "scripts"}
        found: set[str] = set()
        for path in PYTHON_PATHS:
            folder = self._root / path
            if folder.is_dir():
                inits = folder.glob("*/__init__.py")
                found |= {init.parent.name for init in inits if init.parent.name.isidentifier()}
        return sorted(name for name in found - usual if self.module(name) is not None)

    def meaning(self, module: Module, name: str) -> Name | None:
        """What `name` stands for in `module`, followed through imports; None: it is not there."""
        return self._follow(module, name, set())

    def _follow(self, module: Module, name: str, seen: set[tuple[str, str]]) -> Name | None:
        unknown = Name(kind=Kind.UNKNOWN)
        if (module.file, name) in seen:
            return unknown
        seen.add((module.file, name))
        found = module.names.known.get(name)
        if found is None:
            inner = self.module(f"{module.name}.{name}", module.python_path)
            missing = None if module.names.complete else unknown
            return missing if inner is None else Name(kind=Kind.MODULE)
        if found.origin is None or found.kind == Kind.MODULE:
            return found
        origin, original = found.origin
        if not origin:
            return self._follow(module, original, seen) or found
        source = self.module(origin, module.python_path) or self.module(origin)
        # Without a source it comes from a package that is installed.
        return unknown if source is None else self._follow(source, original, seen)
