"""The profile scripts that the Python buildpack leaves in a slug; a dyno runs them before its command.

heroku-buildpack-python v351: the end of bin/compile, vendor/WEB_CONCURRENCY.sh, vendor/python.gunicorn.sh.
Left out: PYTHONHOME and the library paths, which would keep a virtual environment from finding Debian's
Python; Heroku's own Python lies in the slug itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("profile.d")


def write(source: Path) -> None:
    """Put them into the source's .profile.d."""
    folder = source / ".profile.d"
    folder.mkdir(exist_ok=True)
    for script in _FOLDER.iterdir():
        (folder / script.name).write_text(script.read_text())
