"""What a command is asked to deploy, by the environment variables APP and WEB_STACK."""

import os
import re
from pathlib import Path
from typing import Any

from components.machine.web_stacks import WEB_STACKS
from sandbox.say import SandboxError


def web_stack() -> str:
    """The web stack that WEB_STACK names, '' for the stack file's own."""
    wanted = os.environ.get("WEB_STACK", "")
    if wanted and wanted not in WEB_STACKS:
        raise SandboxError(f"WEB_STACK={wanted!r} is unknown; it is one of {', '.join(WEB_STACKS)}")
    return wanted


def chosen() -> dict[str, Any] | None:
    """The section `app` for the folder that APP names; None for the sample app."""
    folder = os.environ.get("APP", "")
    if not folder:
        return None
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        raise SandboxError(
            f"APP={folder!r} is no folder; give the one your Flask app is in, for example APP=../shop"
        )
    return {"name": name_of(path.name), "path": str(path), "environment": {"WORK_ENV": "PROD"}}


def name_of(folder: str) -> str:
    """Make an app's name from its folder's."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")
    name = name if name[:1].isalpha() else f"app-{name}"
    return name[:30].strip("-") if len(name) > 2 else f"{name}-app"
