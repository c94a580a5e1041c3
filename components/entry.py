"""The app's WSGI entry: as configured, or found in the way that `flask run` finds it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from components.errors import fault, shown
from components.wsgi.names import Kind
from components.wsgi.spec import APPS, FACTORIES, SAY, Spec, check, locate, parse
from components.wsgi.tree import PYTHON_PATHS, Tree

if TYPE_CHECKING:
    from collections.abc import Collection

    from components.wsgi.tree import Module

_MODULES: Final = ("wsgi", "app", "run", "main")  # the first two are Flask's


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the app server loads; as text `module:app` or `module:factory()`.

    Attributes:
        module: Dotted name, importable from `python_path`.
        attribute: Name in the module.
        factory: Whether the attribute is a function that returns the app.
        python_path: "." or "src", relative to the app's folder.
        source: How it was found, for the user.
    """

    module: str
    attribute: str
    factory: bool
    python_path: str
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}{'()' if self.factory else ''}"


def find(root: Path, named: str | None, shipped: Collection[str] | None = None) -> Entry:
    """Return the entry that is `named`, or else the one that can be found; no code is run.

    `shipped` are the files that are deployed (relative, POSIX); None takes all in `root`.
    Flask's rules are those of `flask.cli`: ScriptInfo.load_app, find_best_app, prepare_import.

    Raises:
        ConfigError: The entry can't work, or none or more than one can be found.
    """
    tree = Tree(root, shipped)
    if named is not None:
        where = f"app/wsgi: {shown(named)}"
        spec = parse(named, where)
        module = locate(tree, spec.module, where)
        check(tree, module, spec, where)
        return _entry(module, spec, "app/wsgi")
    variable = _flask_app(root)
    if variable:
        return _from_variable(tree, variable)
    for python_path in PYTHON_PATHS:
        for name in _MODULES:
            module_here = tree.module(name, python_path)
            choice = _choose(tree, module_here) if module_here is not None else None
            if choice is not None:
                return choice
    return _from_packages(tree)


def _from_variable(tree: Tree, value: str) -> Entry:
    where = f".flaskenv: FLASK_APP={shown(value)}"
    path, _, rest = value.partition(":")
    name, python_path = path, None
    if "/" in path or path.endswith(".py"):
        name, python_path = _module_of_file(tree, path, where)
    module = locate(tree, name, where, python_path)
    if not rest:
        choice = _choose(tree, module)
        if choice is None:
            raise fault(f"{where}: there is no Flask app in {module.file}; {SAY}")
        return choice
    spec = parse(f"{name}:{rest}", where)
    meaning = tree.meaning(module, spec.attribute)
    if meaning is not None and meaning.kind == Kind.FUNCTION:
        spec = replace(spec, called=True)  # Flask calls it, with or without brackets
    check(tree, module, spec, where)
    return _entry(module, spec, "FLASK_APP in .flaskenv")


def _module_of_file(tree: Tree, path: str, where: str) -> tuple[str, str]:
    """The module that a file is, and where it is importable from: Flask's prepare_import."""
    parts = list(PurePosixPath(path.removesuffix(".py")).parts)
    if path.startswith("/") or ".." in parts:
        raise fault(f"{where}: should be a file in the app's folder; {SAY}")
    if parts[-1] == "__init__":
        parts.pop()
    at = max(len(parts) - 1, 0)
    while at > 0 and tree.is_file("/".join([*parts[:at], "__init__.py"])):
        at -= 1
    python_path = "/".join(parts[:at]) or "."
    if python_path not in PYTHON_PATHS:
        raise fault(
            f"{where}: modules are found in the app's folder and in src, and {python_path} is no "
            f"package in them; make it the app's folder, or add {python_path}/__init__.py"
        )
    return ".".join(parts[at:]), python_path


def _from_packages(tree: Tree) -> Entry:
    found = []
    packages = tree.packages()
    for package in packages:
        modules = (tree.module(f"{package}{inner}") for inner in ("", ".wsgi", ".app"))
        choices = (_choose(tree, module) for module in modules if module is not None)
        found += [choice for choice in choices if choice is not None][:1]
    if len(found) == 1:
        return found[0]
    if found:
        raise fault(f"app/wsgi: found more than one app: {', '.join(map(str, found))}; {SAY}")
    looked = [*(f"{name}.py" for name in _MODULES), *(f"{name}/" for name in packages)]
    hint = ""
    if tree.is_file("__init__.py"):
        hint = "; __init__.py makes the app's folder itself a package: give the folder above it"
    raise fault(
        f"app/wsgi: found no Flask app; looked for FLASK_APP in .flaskenv, and for "
        f"{', '.join(APPS)}, one Flask(…), {', '.join(FACTORIES)} in {', '.join(looked)}, also in "
        f"src{hint}; {SAY}"
    )


def _choose(tree: Tree, module: Module) -> Entry | None:
    """Flask's own choice in a module, as far as its source tells; None when there is no app.

    Raises:
        ConfigError: There are several, the factory needs arguments, or the source is unreadable.
    """
    if module.names.fault:
        raise fault(f"{module.file}: {module.names.fault}; correct it or {SAY}")
    meanings = {name: tree.meaning(module, name) for name in module.names.known}
    kinds = {name: meaning.kind for name, meaning in meanings.items() if meaning is not None}
    sure = [name for name, kind in kinds.items() if kind == Kind.APP]
    likely = [name for name, kind in kinds.items() if kind in {Kind.MADE, Kind.UNKNOWN}]
    usual = [name for among in (sure, likely) for name in APPS if name in among]
    for name in usual or (sure if len(sure) == 1 else []):
        return _entry(module, Spec(module=module.name, attribute=name, called=False), module.file)
    if sure:
        names = ", ".join(f"{module.name}:{name}" for name in sure)
        raise fault(f"app/wsgi: found more than one app in {module.file}: {names}; {SAY}")
    for name in FACTORIES:
        if kinds.get(name) in {Kind.FUNCTION, Kind.UNKNOWN}:
            spec = Spec(module=module.name, attribute=name, called=True)
            check(tree, module, spec, f"app/wsgi: found {module.name}:{name}()")
            return _entry(module, spec, module.file)
    return None


def _flask_app(root: Path) -> str:
    """FLASK_APP of `.flaskenv`, '' without; its syntax is python-dotenv's, without expansion."""
    try:
        text = (root / ".flaskenv").read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return ""
    line = r"""^\s*(?:export\s+)?FLASK_APP\s*=[ \t]*(?:'([^']*)'|"([^"]*)"|(.*?))[ \t]*(?:\s#.*)?$"""
    found = re.findall(line, text, re.MULTILINE)
    return "".join(found[-1]).strip() if found else ""


def _entry(module: Module, spec: Spec, source: str) -> Entry:
    if module.names.fault:
        source = f"{source}; not checked: {module.file}: {module.names.fault}"
    return Entry(
        module=module.name,
        attribute=spec.attribute,
        factory=spec.called,
        python_path=module.python_path,
        source=source,
    )
