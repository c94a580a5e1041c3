"""The files that are sent: scripts as they are, configuration files by Jinja2."""

from pathlib import Path
from typing import Any, Final

import jinja2

ASSETS: Final = Path(__file__).resolve().parent.parent / "assets"

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ASSETS / "templates"),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701 - configuration files, not HTML; values are checked in `notions`
)


def template(name: str, **values: Any) -> str:
    """Render `assets/templates/<name>.j2`. A value that is missing is an error, never an empty string."""
    return _templates.get_template(f"{name}.j2").render(values)


def asset(name: str) -> str:
    """Return the text of a file below `assets`."""
    return (ASSETS / name).read_text()


def script(*names: str) -> str:
    """Join `assets/scripts/<name>.sh` into one; the last line runs it and leaves what follows unread.

    `main` stands whole in memory before it runs, so nothing that it starts can eat the rest of the
    script, and `exit` on the same line keeps bash from reading the files behind it as commands.
    """
    return "\n".join(asset(f"scripts/{name}.sh") for name in ("common", *names)) + '\nmain "$@"; exit\n'
