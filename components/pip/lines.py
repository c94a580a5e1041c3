"""The text of a requirements file, as pip reads it: encodings, comments, continued lines."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from components.errors import fault, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),  # what '>' writes in Windows' PowerShell
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def text(path: Path, name: str) -> str:
    """The text of the file at `path`, whatever its encoding; faults call it `name`.

    Raises:
        ConfigError: It is not there or is no text.
    """
    try:
        data = path.read_bytes()
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                return data[len(mark) :].decode(encoding)
        return data.decode("utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise fault(f"{shown(name)}: can't be read: {why}; save it as UTF-8") from error


def logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments and empty ones, continued lines joined, with their first number."""
    start, pending = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        start = start if pending else number
        is_comment = re.match(r"\s*#", line) is not None
        if line.endswith("\\") and not is_comment:
            pending += line.rstrip("\\")
            continue
        # Lines are joined before comments are cut off: a continued comment takes the next line too.
        whole = re.sub(r"(^|\s+)#.*$", "", pending + (" " if is_comment else "") + line).strip()
        pending = ""
        if whole:
            yield start, whole
    if pending.strip():
        yield start, pending.strip()
