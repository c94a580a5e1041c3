"""The Procfile: what Heroku runs of an app, taken from the app's own or made for it."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.app import App
from components.errors import fault

COMMAND_FILE: Final = "flask_deploy_release.sh"  # for a release command of several lines
_LINE: Final = re.compile(r"([A-Za-z0-9_-]+)\s*:\s*(.+)")


@dataclass(frozen=True, kw_only=True)
class Procfile:
    """The processes by name, further files that they need, and whether gunicorn.conf.py is read."""

    processes: Mapping[str, str]
    files: Mapping[str, bytes]
    wrapped: bool

    @property
    def text(self) -> str:
        """The file's content."""
        return "".join(f"{name}: {command}\n" for name, command in self.processes.items())


def make(app: App, release_command: str) -> Procfile:
    """Return the Procfile of an app.

    Raises ConfigError: the app's own has no web process, or a release command besides the configured one.
    """
    own = app.bundle.read("Procfile")
    processes = {"web": f"gunicorn {shlex.quote(str(app.entry))}"} if own is None else _parsed(own)
    if "web" not in processes:
        raise fault("Procfile: has no web process; add one, for example: web: gunicorn run:application")
    files = {}
    if release_command:
        if "release" in processes:
            raise fault(
                "Procfile: has a release process, and app/releaseCommand is another; remove one of them"
            )
        processes["release"] = release_command.strip()
        if "\n" in processes["release"]:
            files[COMMAND_FILE] = f"{processes['release']}\n".encode()
            processes["release"] = f"sh -eu {COMMAND_FILE}"
    return Procfile(processes=processes, files=files, wrapped=_reads_our_settings(processes["web"]))


def _parsed(content: bytes) -> dict[str, str]:
    found = (_LINE.fullmatch(line.strip()) for line in content.decode(errors="replace").splitlines())
    return {line[1]: line[2] for line in found if line}


def _reads_our_settings(command: str) -> bool:
    """Whether a command starts Gunicorn with gunicorn.conf.py of the folder it is in."""
    elsewhere = re.search(r"(^|\s)(-c|--config\b)|(^|[;&|]\s*)cd\s", command)
    return re.search(r"(^|[\s/])gunicorn(\s|$)", command) is not None and elsewhere is None
