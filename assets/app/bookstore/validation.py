"""What clients send, JSON bodies and query parameters: checked before use."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, request
from werkzeug.exceptions import BadRequest

from bookstore.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Takes a value from JSON, returns the value to store; raises ValueError with what is wrong.
Check = Callable[[Any], Any]

MAX_ID = 2**31 - 1  # the largest integer of a column, on every database
NAMED_UNKNOWN_FIELDS = 5  # an answer names so many, however many were sent


class Field(NamedTuple):
    """A field of a JSON body. An optional one may be absent or null."""

    check: Check
    required: bool = True


def text(maximum: int) -> Check:
    """Accept a string of 1 to `maximum` characters, not counting blanks around it."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be a string")  # noqa: TRY004 - what a Check raises
        stripped = value.strip()
        if not 1 <= len(stripped) <= maximum:
            raise ValueError(f"must have 1 to {maximum} characters")
        # Databases refuse NUL, and half a surrogate pair is not a character at all.
        if any(unicodedata.category(character) in {"Cc", "Cs"} for character in stripped):
            raise ValueError("must not contain control characters")
        return stripped

    return check


def integer(minimum: int, maximum: int) -> Check:
    """Accept a JSON integer within bounds."""

    def check(value: Any) -> int:
        if type(value) is not int or not minimum <= value <= maximum:  # True is an int, too
            raise ValueError(f"must be an integer from {minimum} to {maximum}")
        return value

    return check


def read_body(fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the checked fields of the JSON body; all of them, or for PATCH those that were sent.

    Raises:
        FieldError: 400 with all that is wrong.
    """
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):  # the latter: [[[[[…
        abort(400, "the body is not valid JSON")
    if not isinstance(body, dict):
        abort(400, "the body must be a JSON object")
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, field in fields.items():
        if name not in body and request.method == "PATCH":
            continue
        if body.get(name) is None:
            values[name] = None
            if field.required:
                faults[name] = "is required"
            continue
        try:
            values[name] = field.check(body[name])
        except ValueError as fault:
            faults[name] = str(fault)
    for name in sorted(body.keys() - fields.keys())[:NAMED_UNKNOWN_FIELDS]:
        faults[name[:40]] = f"is not a field; the fields are {', '.join(fields)}"
    if faults:
        raise FieldError(faults)
    return values


def query_integer(name: str, default: int, maximum: int) -> int:
    """Return a positive integer of the query string."""
    value = request.args.get(name, str(default))
    digits = value.isascii() and value.isdigit() and len(value) <= len(str(MAX_ID))
    if not digits or not 1 <= int(value) <= maximum:
        raise FieldError({name: f"must be an integer from 1 to {maximum}"})
    return int(value)
