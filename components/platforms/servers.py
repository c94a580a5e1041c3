"""What a platform needs beside the app's own: the app server with its settings, and WhiteNoise."""

import re
from collections.abc import Iterator
from typing import Final

from components import render
from components.bundle import Bundle
from components.errors import fault
from components.machine.web_stacks import GUNICORN
from components.requirements import Requirements

GUNICORN_FILE: Final = "gunicorn.conf.py"
GUNICORN_OWN: Final = "gunicorn_app.conf.py"  # what the app has under the name of the former
CONSTRAINTS: Final = "flask_deploy_constraints.txt"
OURS: Final = (GUNICORN_OWN, CONSTRAINTS)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def requirements(own: Requirements, *, static: bool) -> dict[str, bytes]:
    """Return requirements.txt, and the file of constraints where there are any.

    What the app requires counts; what it lacks is added, with hashes if the app's have them.

    Raises ConfigError: the app pins an app server that must not face the Internet.
    """
    names = _names(own.text)
    _check_floor(own.text)
    added = [
        _pinned(server, hashed=own.hashed)
        for server in ("gunicorn", *(["whitenoise"] if static else []))
        if server not in names
    ]
    head = f"-c {CONSTRAINTS}\n" if own.constraints else ""
    files = {"requirements.txt": (head + own.text + "".join(added)).encode()}
    if own.constraints:
        files[CONSTRAINTS] = own.constraints.encode()
    return files


def gunicorn_files(bundle: Bundle) -> dict[str, bytes]:
    """Return Gunicorn's settings, and those of the app, which they read."""
    files = {GUNICORN_FILE: render.asset(f"platforms/{GUNICORN_FILE}").encode()}
    own = bundle.read(GUNICORN_FILE)
    return files if own is None else {**files, GUNICORN_OWN: own}


def _names(text: str) -> set[str]:
    """Return the packages that a requirements file names, normalised (PEP 503)."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name, _ in _entries(text)}


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = _NAME.match(line)
        if found:
            yield found[0], line[found.end() :].strip().rstrip("\\").strip()


def _pinned(server: str, *, hashed: bool) -> str:
    text = render.asset(f"servers/{server}.txt")
    return text if hashed else "".join(f"{name}{rest}\n" for name, rest in _entries(text))


def _check_floor(text: str) -> None:
    for name, rest in _entries(text):
        pinned = re.match(r"(?:\[[^\]]*\])?\s*===?\s*([0-9]+(?:\.[0-9]+)*)", rest)
        if name.lower() == GUNICORN.package and pinned and _parts(pinned[1]) < _parts(GUNICORN.floor):
            raise fault(
                f"requirements: gunicorn {pinned[1]} has known security holes; "
                f"require gunicorn>={GUNICORN.floor}, or leave it out: the deployment brings its own"
            )


def _parts(version: str) -> tuple[int, ...]:
    """Return the numbers of a version; 23 and 23.0 are the same."""
    numbers = [int(part) for part in version.split(".")]
    while numbers[-1:] == [0]:
        numbers.pop()
    return tuple(numbers)
