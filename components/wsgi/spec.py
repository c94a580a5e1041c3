"""What `module:callable` says, and whether the app's source bears it out."""

from __future__ import annotations

import difflib
import keyword
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from components.errors import fault, shown
from components.wsgi.names import Kind

if TYPE_CHECKING:
    from components.wsgi.names import Name
    from components.wsgi.tree import Module, Tree

APPS: Final = ("app", "application")
FACTORIES: Final = ("create_app", "make_app")
SAY: Final = "say it under app/wsgi, for example 'shop:app' or 'shop:create_app()'"
_RULE: Final = (
    "should be module:callable, or module:factory() for an application factory, "
    "for example 'run:app' or 'shop:create_app()'"
)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """The parts of `module:attribute` or `module:attribute()`."""

    module: str
    attribute: str
    called: bool


def parse(text: str, where: str) -> Spec:
    """Take `module:callable` or `module:factory()` apart; `where` begins the fault's text.

    Raises:
        ConfigError: It is something else, a file's name or a call with arguments among them.
    """
    name, _, rest = text.partition(":")
    form = re.fullmatch(r"\s*([^\W\d]\w*)\s*(\(.*\))?\s*", rest)
    if "/" in name or name.endswith(".py"):
        dotted = name.removeprefix("./").removesuffix(".py").replace("/", ".")
        raise fault(f"{where} names a file, and {_RULE}; write '{dotted}:{shown(rest or 'app')}'")
    if form is None or not _is_dotted(name):
        raise fault(f"{where} {_RULE}")
    if form[2] and form[2].strip("() \t"):
        raise fault(
            f"{where}: a factory is called without arguments, since not every platform can pass "
            "them; give them defaults and put the values under app/environment"
        )
    return Spec(module=name, attribute=form[1], called=bool(form[2]))


def locate(tree: Tree, name: str, where: str, python_path: str | None = None) -> Module:
    """Find a module by its dotted name.

    Raises:
        ConfigError: It is not there, or it is left out of the deployment.
    """
    module = tree.module(name, python_path) if _is_dotted(name) else None
    if module is not None:
        return module
    left = tree.left_out(name)
    if left:
        raise fault(f"{where}: {left} is left out of the deployment; add '!{left}' to .deployignore")
    file = name.replace(".", "/")
    raise fault(
        f"{where}: there is no module '{shown(name)}', neither {shown(file)}.py nor "
        f"{shown(file)}/__init__.py in the app's folder or in src; {SAY}"
    )


def check(tree: Tree, module: Module, spec: Spec, where: str) -> None:
    """Refuse what the source shows to fail; what only running it would tell is let through.

    Raises:
        ConfigError: The attribute is missing, is no app, or is called the wrong way.
    """
    attribute = spec.attribute
    meaning = tree.meaning(module, attribute)
    if meaning is None:
        raise fault(f"{where}: {module.file} has no '{attribute}'{_instead(module, attribute)}")
    if meaning.kind == Kind.FUNCTION:
        _check_function(meaning, spec, where)
    here = f"{where}: '{attribute}' in {module.file} is"
    if meaning.kind in {Kind.MODULE, Kind.VALUE}:
        what = "a module" if meaning.kind == Kind.MODULE else "neither an app nor a function"
        raise fault(f"{here} {what}; {SAY}")
    if spec.called and meaning.kind == Kind.CLASS:
        raise fault(f"{here} a class, and a factory is a function; {SAY}")
    if spec.called and meaning.kind in {Kind.APP, Kind.MADE}:
        raise fault(f"{here} the app itself, not a factory; write '{spec.module}:{attribute}'")


def _check_function(meaning: Name, spec: Spec, where: str) -> None:
    is_factory = spec.attribute in FACTORIES or not meaning.wsgi
    if meaning.required and (spec.called or is_factory):
        raise fault(
            f"{where}: the function needs {', '.join(meaning.required)}, and a factory is called "
            "without arguments; give them defaults and read values from environment variables"
        )
    if is_factory and not spec.called:
        written = f"{spec.module}:{spec.attribute}()"
        raise fault(f"{where}: is a function that returns the app; write '{written}'")


def _instead(module: Module, attribute: str) -> str:
    known = list(module.names.known)
    usual = [name for name in (*APPS, *FACTORIES) if name in known]
    near = usual or difflib.get_close_matches(attribute, known, n=1)
    if near:
        brackets = "()" if near[0] in FACTORIES else ""
        return f" at its top level; did you mean '{module.name}:{near[0]}{brackets}'?"
    return f" at its top level; {SAY}"


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in name.split("."))
