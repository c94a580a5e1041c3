"""What pydantic found, in the words of the person who wrote the configuration."""

import difflib
import json
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from components.errors import shown

# pydantic's error types, in plain words. Its own messages name Python's types.
_KINDS: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a map of keys and values",
    "list_type": "a list",
    "model_type": "a section of keys and values",
    "model_attributes_type": "a section of keys and values",
}

# How alike a misspelled namespace is: a letter or two of "flask-deploy" differ.
_NEAR = 0.85


def explain(
    error: ValidationError, model: type[BaseModel], prefix: str, beside: Collection[str] = ()
) -> list[str]:
    """Return a line for each fault: path, rule, example, remedy.

    `beside` are more keys of the outermost section. Values are not repeated: one may be a secret.
    """
    faults = error.errors(include_input=False, include_url=False)
    return sorted({_line(fault, model, prefix, beside) for fault in faults})


def misspelled(names: Collection[str], project: str) -> list[str]:
    """Return a fault for each `namespace:key` whose namespace is nearly the project's: nothing reads it.

    Other namespaces are other programs' affair, such as `aws:region`.
    """
    return [
        f"{shown(name)}: is nobody's key; did you mean '{project}:{shown(key)}'? "
        "put it below that name in the stack's file, and remove this one"
        for name in sorted(names)
        for space, _, key in [name.partition(":")]
        if space != project and difflib.get_close_matches(space.lower(), [project], cutoff=_NEAR)
    ]


def _line(fault: Any, model: type[BaseModel], prefix: str, beside: Collection[str]) -> str:
    kind = fault["type"]
    location = list(fault["loc"])
    if kind != "extra_forbidden" and location[-1:] == ["[key]"]:  # a fault of the key, not of its value
        location.pop()
    parts = [*([prefix] if prefix else []), *location]
    path = "/".join(shown(str(part)) for part in parts) or "configuration"
    owner, field = _find(model, location)
    if kind == "extra_forbidden":
        return f"{path}: {_unknown(str(location[-1]), owner, beside if owner is model else ())}"
    if kind == "missing":
        return f"{path}: is required{_example(field)}"
    if kind in ("value_error", "assertion_error"):
        return f"{path}: {fault['msg'].removeprefix('Value error, ')}"
    if kind in _KINDS:
        return f"{path}: should be {_KINDS[kind]}{_example(field)}"
    rule = fault["msg"].replace("Input should be", "should be")
    return f"{path}: {rule[0].lower() + rule[1:]}{_example(field)}"


def _find(model: type[BaseModel], location: list[Any]) -> tuple[type[BaseModel], FieldInfo | None]:
    """Return the section that a location lies in, and its field there, if it has one."""
    owner, field = model, None
    for place, part in enumerate(location, start=1):
        by_alias = {info.alias or name: info for name, info in owner.model_fields.items()}
        if part not in by_alias:
            break
        field = by_alias[part]
        nested = [field.annotation, *getattr(field.annotation, "__args__", ())]
        section = next(
            (kind for kind in nested if isinstance(kind, type) and issubclass(kind, BaseModel)),
            None,
        )
        if section is None or place == len(location):
            break
        owner, field = section, None
    return owner, field


def _unknown(name: str, owner: type[BaseModel], beside: Collection[str]) -> str:
    known = [*(info.alias or key for key, info in owner.model_fields.items()), *sorted(beside)]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"is not a key here; did you mean '{near[0]}'?"
    return f"is not a key here; the keys are {', '.join(known)}; remove it"


def _example(field: FieldInfo | None) -> str:
    if field is None or not field.examples:
        return ""
    example = field.examples[0]
    return f", for example {example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)}"
