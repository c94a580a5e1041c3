"""What a command is asked to deploy: by the variables APP and WEB_STACK, or else by the stack's file."""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

from components.machine.web_stacks import WEB_STACKS
from sandbox import check, stackfile
from sandbox.project import Stack
from sandbox.say import SandboxError

SAMPLE: Final = PurePosixPath("assets/app")


def web_stack(command: str) -> str:
    """The web stack that WEB_STACK names, '' for the stack file's own; `command` is for the example."""
    wanted = os.environ.get("WEB_STACK", "")
    if wanted and wanted not in WEB_STACKS:
        raise SandboxError(
            f"WEB_STACK={wanted!r} is unknown; it is one of {', '.join(WEB_STACKS)}, "
            f"for example: WEB_STACK=apache-gunicorn {command}"
        )
    return wanted


def refuse_web_stack(target: str) -> None:
    """SandboxError when WEB_STACK is set for a target whose web server is the platform's own."""
    wanted = os.environ.get("WEB_STACK", "")
    if wanted:
        raise SandboxError(
            f"WEB_STACK={wanted!r} has no effect on target {target}, whose web server is the platform's own; "
            f"leave it out: env -u WEB_STACK make rehearse STACK={target} "
            "(targets with a web stack of ours: make demo, make rehearse STACK=ecs)"
        )


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


def configure(stack: Stack, app: dict[str, Any] | None) -> None:
    """Put the app that APP names in place of the stack file's, with none of its keys."""
    if app:
        stack.config({stackfile.APP: None})
        stack.config({stackfile.APP: app})


def is_sample(stack: Stack) -> bool:
    """Whether the stack deploys the sample app, by its file in the copy."""
    app = (stackfile.read(stack.file).get("config") or {}).get(stackfile.APP)
    return isinstance(app, dict) and PurePosixPath(str(app.get("path"))) == SAMPLE


def checked(stack: Stack, url: str, release: str) -> str:
    """Ask the app at `url`, the sample for more than any other; what was seen, or SandboxError."""
    question = check.bookstore if is_sample(stack) else check.serves
    return question(url, release)


def name_of(folder: str) -> str:
    """Make an app's name from its folder's."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")
    name = name if name[:1].isalpha() else f"app-{name}"
    return name[:30].strip("-") if len(name) > 2 else f"{name}-app"
