"""An app deployed for a test: by the real engine, to a real machine, from a scratch copy of the project."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import check, machines
from sandbox.paths import ROOT
from sandbox.plugins.command_plugin import ensure
from sandbox.process import Result, run
from sandbox.project import Scratch, Stack

SAMPLE: Final[Mapping[str, Any]] = {
    "name": "bookstore",
    "wsgi": "run:application",
    "environment": {"WORK_ENV": "PROD"},
    "static": {"/avatar": "images"},
    "persistent": ["images", "data"],
    "health": {"path": "/healthz"},
    "releaseCommand": "flask --app run db upgrade",
}
# An app of a few lines whose requirements are installed in seconds.
SMALL: Final[Mapping[str, Any]] = {"name": "small", "wsgi": "app:app", "health": {"path": "/", "timeout": 10}}
SMALL_SOURCE: Final = """\
import os
import time
from flask import Flask, request

app = Flask(__name__)


@app.get("/")
def front():
    return os.environ.get("GREETING", "hello")


@app.get("/slow")
def slow():
    time.sleep(float(request.args["seconds"]))
    return "at last"
"""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack, the machine that it deploys to, and the app's own copy, free to be changed."""

    machine: machines.Machine
    stack: Stack
    app: Path

    @property
    def url(self) -> str:
        """Where the first app of the machine answers."""
        return f"http://{self.machine.address}"

    def configure(self, app: Mapping[str, Any], machine: Mapping[str, Any] | None = None, **vm: Any) -> None:
        """Set the stack's configuration anew: the app's section, the machine's, and what differs in vm's."""
        reach = {
            "host": self.machine.address,
            "user": self.machine.user,
            "hostKey": self.machine.host_key,
            "privateKeyFile": str(self.machine.private_key),
        }
        keys = ("app", "machine", "vm", "pinnedRelease")
        self.stack.config({f"flask-deploy:{key}": None for key in keys})
        self.stack.config(
            {
                "flask-deploy:target": "vm",
                "flask-deploy:app": {"path": str(self.app), **app},
                # Most tests can't wait: that a release is watched has tests of its own.
                "flask-deploy:machine": {"settleSeconds": 0, **(machine or {})},
                "flask-deploy:vm": {**reach, **vm},
                "flask-deploy:pinnedRelease": "",
            }
        )

    def get(self, path: str = "/") -> check.Answer:
        """Ask the app, by the machine's address."""
        return check.ask(self.url + path)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the app's source; `old` must be there."""
        path = self.app / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))

    def drift(self, *options: str) -> Result:
        """Compare the machine with what was deployed, as `make drift` does."""
        return drift(self.stack, *options)

    def script(self, name: str, *arguments: str) -> str:
        """Run a script of tests/scripts on the machine as root; return what it prints."""
        text = (ROOT / "tests" / "scripts" / name).read_text()
        return self.machine.ssh(" ".join(["bash", "-s", "--", *arguments]), stdin=text).stdout


def make(name: str, folder: Path, *, suite: str = "bookworm", source: Path | None = None) -> Deployment:
    """Return a deployment with a fresh machine, not configured yet; without `source`, of the small app."""
    machines.down(name)
    machine = machines.up(name, suite=suite)
    scratch = Scratch.create(name, target="vm", plugins=ensure)
    scratch.remove()
    scratch = Scratch.create(name, target="vm", plugins=ensure)
    app = folder / "app"
    if source is None:
        app.mkdir()
        (app / "app.py").write_text(SMALL_SOURCE)
        (app / "requirements.txt").write_text("flask>=3,<4\n")
    else:
        ignored = shutil.ignore_patterns("__pycache__", "data")
        shutil.copytree(source, app, ignore=ignored)
    return Deployment(machine=machine, stack=scratch.stack("local"), app=app)


def take_down(deployment: Deployment) -> None:
    """End the machine and forget the stack; what the test left there goes with them."""
    machines.down(deployment.machine.name)
    deployment.stack.scratch.remove()


def drift(stack: Stack, *options: str) -> Result:
    """Compare a stack with what was deployed."""
    scratch = stack.scratch
    command = [str(scratch.root / ".venv" / "bin" / "python"), "-m", "components.drift"]
    command += ["--stack", stack.name, *options]
    return run(command, cwd=scratch.root, env=scratch.environment(), check=False)


def said(result: Result) -> str:
    """Everything that a command printed, without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", result.stdout + result.stderr)
