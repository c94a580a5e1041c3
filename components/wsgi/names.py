"""What a Python module defines at its top level, read from its source: nothing is imported."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_FACTORIES: Final = frozenset({"create_app", "make_app"})
_WSGI: Final = ("environ", "start_response")  # what a server calls an app with (PEP 3333)
_DYNAMIC: Final = frozenset({"exec", "globals", "setattr", "vars"})


class Kind(IntEnum):
    """What a name stands for; of several assignments the one with the highest kind counts."""

    MODULE = 1
    VALUE = 2  # a literal
    CLASS = 3
    FUNCTION = 4
    UNKNOWN = 5  # only running the code would tell
    MADE = 6  # what a factory of a usual name returned
    APP = 7  # what Flask(…) returned


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name at a module's top level.

    Attributes:
        kind: What it stands for, as far as the source tells.
        required: A function's parameters without a default.
        wsgi: Whether a function can be called with two arguments.
        origin: Where it comes from: ('', name) in this module, (module, name) for an import,
            (module, '') for an imported module; None when it is made here.
    """

    kind: Kind
    required: tuple[str, ...] = ()
    wsgi: bool = False
    origin: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one module.

    Attributes:
        known: Name to what it stands for.
        complete: False when there may be more: `from x import *`, `exec`, `__getattr__`.
        fault: Why the source could not be read, '' if it could.
    """

    known: dict[str, Name] = field(default_factory=dict)
    complete: bool = True
    fault: str = ""


def read(path: Path, package: str) -> Names:
    """Read the module at `path`, whose package (for relative imports) is `package`."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, OSError) as error:
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) else ""
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        why = getattr(error, "msg", None) or getattr(error, "strerror", None) or str(error)
        return Names(complete=False, fault=f"Python {version} can't read it{line}: {why}")
    reader = _Reader(package)
    reader.visit(tree)
    return Names(known=reader.known, complete=reader.complete)


class _Reader(ast.NodeVisitor):
    """Collects what is bound at the top level, also inside if, try, with and loops."""

    def __init__(self, package: str) -> None:
        self.known: dict[str, Name] = {}
        self.complete = True
        self._package = package

    def _bind(self, name: str, meaning: Name) -> None:
        before = self.known.get(name)
        if before is None or meaning.kind >= before.kind:
            self.known[name] = meaning

    def visit_If(self, node: ast.If) -> None:
        condition = ast.unparse(node.test)
        # Neither is true when a server imports the module.
        if condition.startswith("__name__ == ") or condition.endswith("TYPE_CHECKING"):
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node.name, node.args, decorated=bool(node.decorator_list))
        self._globals(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._bind(node.name, Name(kind=Kind.VALUE))  # a coroutine is no WSGI app
        self._globals(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name, Name(kind=Kind.CLASS))
        self._globals(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        pass  # its names are its own

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for part in (node.iter, *node.ifs):  # and not its variables
            self.visit(part)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            self._bind(alias.asname or module, Name(kind=Kind.MODULE, origin=(module, "")))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        package = self._package.split(".") if self._package else []
        above = package[: len(package) - node.level + 1] if node.level else []
        module = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            if alias.name == "*":
                self.complete = False
            else:
                origin = (module, alias.name)
                self._bind(alias.asname or alias.name, Name(kind=Kind.UNKNOWN, origin=origin))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._assign(node.target, node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):  # loops, with … as, :=, unpacking
            self._bind(node.id, Name(kind=Kind.UNKNOWN))

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in _DYNAMIC:
            self.complete = False
        self.generic_visit(node)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(target, ast.Name):
            self.visit(target)
        elif isinstance(value, ast.Lambda):
            self._function(target.id, value.args, decorated=False)
        elif isinstance(value, ast.Name):
            self._bind(target.id, Name(kind=Kind.UNKNOWN, origin=("", value.id)))
        else:
            self._bind(target.id, Name(kind=self._kind(value)))

    def _kind(self, value: ast.expr) -> Kind:
        if isinstance(value, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.JoinedStr):
            return Kind.VALUE
        if not isinstance(value, ast.Call):
            return Kind.UNKNOWN
        called = ast.unparse(value.func)
        first, _, rest = called.partition(".")
        origin = self.known[first].origin if first in self.known else None
        if origin is not None and ".".join(filter(None, (*origin, rest))) in {
            "flask.Flask",
            "flask.app.Flask",
        }:
            return Kind.APP
        return Kind.MADE if called.rpartition(".")[2] in _FACTORIES else Kind.UNKNOWN

    def _function(self, name: str, args: ast.arguments, *, decorated: bool) -> None:
        if name == "__getattr__":
            self.complete = False
        positional = [*args.posonlyargs, *args.args]
        required = [arg.arg for arg in positional[: len(positional) - len(args.defaults)]]
        named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
        required_names = [arg.arg for arg, default in named if default is None]
        most = len(_WSGI) if args.vararg is not None else len(positional)
        fits = len(required) <= len(_WSGI) <= most
        if decorated:  # the decorator may change how it is called
            meaning = Name(kind=Kind.FUNCTION, wsgi=True)
        else:
            everything = (*required, *required_names)
            meaning = Name(kind=Kind.FUNCTION, required=everything, wsgi=fits and not required_names)
        self._bind(name, meaning)

    def _globals(self, node: ast.AST) -> None:
        """A function that says `global x` may set x before the server asks for it."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Global):
                for name in inner.names:
                    self._bind(name, Name(kind=Kind.UNKNOWN))
