"""docs/config.md: every key of the configuration, from the models that check it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import yaml
from annotated_types import Ge, Le
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from components import registry, settings

ROOT: Final = Path(__file__).resolve().parent.parent
PLAIN: Final = {str: "text", int: "whole number", bool: "true or false", SecretStr: "secret text"}
REFUSED: Final = "\0"  # no value of any kind may have it, so each notion answers with its rule

HEAD: Final = """\
# Configuration

<!-- Written by `python -m docs.generate` from the models in components; not edited by hand. -->

A stack's configuration is in `Pulumi.<stack>.yaml`, below `config:`.
Edit the file, or set one value at a time:

```console
$ pulumi config set --path app.health.path /healthz
$ pulumi config set --secret --path secrets.DATABASE_URL
value:
$ pulumi config
```

`--secret` encrypts the value. Without a value on the command line, `pulumi` asks for it.
In the file each key of the first level has the project's name in front: `flask-deploy:app:`.

All keys are checked before anything is deployed.
A key that is not listed here is refused, and so is a value of the wrong kind; such faults are told at once.
When there are none, the app itself is looked at. What is wrong there, such as no folder at `app.path`,
is told at once, too.
YAML reads `no`, `1e3` and `3.10` as something else than text: put such values in quotes.
"""


def page() -> str:
    """Return the whole page."""
    used: list[Any] = []
    parts = [HEAD, _first_level(used)]
    for key, model in _sections():
        parts.append(_section(key, model, used))
    parts.append(_kinds(used))
    return "\n".join(parts)


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    common = get_type_hints(settings.Settings, include_extras=True)
    for name, info in settings.Settings.model_fields.items():
        if _is_section(common[name]):
            yield from _with_nested(info.alias or name, common[name])
    for entry in registry.TARGETS.values():
        yield from _with_nested(entry.section, entry.load().Section)


def _with_nested(key: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    yield key, model
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        for hint in (hints[name], *get_args(hints[name])):
            if _is_section(hint):
                yield from _with_nested(f"{key}.{info.alias or name}", hint)


def _is_section(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _first_level(used: list[Any]) -> str:
    """List the keys of the first level; Pulumi.yaml declares and describes them for the engine."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    sections = {key for key, _ in _sections()}
    hints = get_type_hints(settings.Settings, include_extras=True)
    kinds = {info.alias or name: hints[name] for name, info in settings.Settings.model_fields.items()}
    lines = ["## First level", "", "| key | kind | meaning |", "|---|---|---|"]
    for name, about in declared.items():
        key = name.partition(":")[2]
        shown = f"[`{key}`](#{key})" if key in sections else f"`{key}`"
        kind = "section" if key in sections else _kind(kinds[key], used)
        lines.append(f"| {shown} | {_cell(kind)} | {_cell(about['description'])} |")
    return "\n".join([*lines, ""])


def _section(key: str, model: type[BaseModel], used: list[Any]) -> str:
    lines = [f"## `{key}`", "", (model.__doc__ or "").partition("\n")[0], ""]
    lines += ["| key | kind | default | example | meaning |", "|---|---|---|---|---|"]
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        cells = [
            f"`{info.alias or name}`",
            _kind(hints[name], used) + _bounds(info),
            _default(info),
            f"`{_yaml(info.examples[0])}`" if info.examples else "",
            info.description or "",
        ]
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def _kind(hint: Any, used: list[Any]) -> str:
    """Return a type in words; notions that were met are added to `used`."""
    notion = _notion(hint)
    if notion and hint not in used:
        used.append(hint)
    if notion:
        return f"[{notion}](#kinds)"
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in parts)
    if get_origin(hint) is dict:
        return f"map: {_kind(parts[0], used)} → {_kind(parts[1], used)}"
    if get_origin(hint) is list:
        return f"list of: {_kind(parts[0], used)}"
    if parts:  # X | None
        return " or ".join(_kind(part, used) for part in parts if part is not NoneType)
    return "section" if _is_section(hint) else PLAIN[hint]


def _notion(hint: Any) -> str:
    """Return a notion's name in words, by the name that its module gives it; '' if it is none."""
    for place, module in sorted(sys.modules.items()):
        names = vars(module) if place.startswith("components.") else {}
        for name, value in names.items():
            if get_origin(value) is Annotated and value == hint:
                words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
                return words.replace("url", "URL").replace("python", "Python")
    return ""


def _bounds(info: FieldInfo) -> str:
    least = [item.ge for item in info.metadata if isinstance(item, Ge)]
    most = [item.le for item in info.metadata if isinstance(item, Le)]
    return f", {least[0]} to {most[0]}" if least and most else ""


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if isinstance(info.default, BaseModel):
        return "see its keys"
    return "" if info.default in (None, "", {}, []) else f"`{_yaml(info.default)}`"


def _yaml(value: Any) -> str:
    """Return a value as it stands in a stack's file, on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=sys.maxsize)
    return text.removesuffix("\n").removesuffix("\n...")


def _kinds(used: list[Any]) -> str:
    lines = ["## Kinds", "", "| kind | rule |", "|---|---|"]
    lines += [f"| {_notion(hint)} | {_cell(rule(hint))} |" for hint in sorted(used, key=_notion)]
    return "\n".join([*lines, ""])


def rule(notion: Any) -> str:
    """Return what a notion says when it refuses a value: the words that a user gets."""
    try:
        TypeAdapter(notion).validate_python(REFUSED)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        return message[message.index("should be") :]
    raise AssertionError(f"{_notion(notion)} takes any value")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
