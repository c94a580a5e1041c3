"""Configurations and an app that the tests share, and their golden files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.registry import SECTIONS
from components.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

GOLDEN: Final = Path(__file__).parent / "golden"
HOST_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO8rvN5vQ0vVtM9Pz6o1U3ZgUq7Jc2f1o7lYHn0WJgXy"
CANARY: Final = 'c4n4ry"$(id)\\ `x`'  # a secret that every kind of quoting would change
STACKS: Final = ("nginx-uwsgi", "nginx-gunicorn", "apache-uwsgi", "apache-gunicorn")
FILES: Final = {
    "run.py": "from flask import Flask\napplication = Flask(__name__)\n",
    "requirements.txt": "flask==3.1.0\n",
    "images/default.png": "a picture",
}
MINIMAL: Final[Mapping[str, Any]] = {
    "target": "vm",
    "app": {"name": "bookstore", "path": "app", "wsgi": "run:application"},
    "vm": {"host": "203.0.113.7", "hostKey": HOST_KEY},
}
# What a cloud's machine and a platform need at least.
ECS: Final[Mapping[str, Any]] = {
    "target": "ecs",
    "app": MINIMAL["app"],
    "ecs": {"sshFrom": ["203.0.113.7/32"]},
    "alicloud:region": "eu-central-1",
}
HEROKU: Final[Mapping[str, Any]] = {"target": "heroku", "app": MINIMAL["app"]}
BEANSTALK: Final[Mapping[str, Any]] = {
    "target": "beanstalk",
    "app": {**MINIMAL["app"], "python": "3.13"},
    "aws:region": "eu-central-1",
}
APPENGINE: Final[Mapping[str, Any]] = {
    "target": "appengine",
    "app": {"name": "bookstore", "path": "app", "wsgi": "run:application", "python": "3.13"},
    "gcp:project": "my-project",
}
FULL: Final[Mapping[str, Any]] = {
    "target": "vm",
    "app": {
        "name": "bookstore",
        "path": "app",
        "wsgi": "run:application",
        "python": "3.11",
        "environment": {"WORK_ENV": "PROD", "GREETING": 'two\n@@ lines with "$HOME", 100 % and \\'},
        "static": {"/avatar": "images"},
        "persistent": ["images", "data"],
        "health": {"path": "/healthz", "timeout": 90},
        "releaseCommand": "flask --app run db upgrade",
    },
    "secrets": {"DATABASE_URL": CANARY},
    "machine": {"serverName": "shop.example.com", "workers": 3, "threads": 2, "maxBodyMegabytes": 5},
    "vm": {"host": "203.0.113.7", "hostKey": HOST_KEY, "user": "ubuntu", "port": 2222},
}


def changed(config: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with changes; sections in them are merged, not replaced."""
    both = dict(config)
    for key, value in changes.items():
        old = both.get(key)
        both[key] = changed(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def settings(config: Mapping[str, Any], **changes: Any) -> Settings:
    """Return a configuration as the program's settings."""
    common = {
        key: value
        for key, value in changed(config, changes).items()
        if key not in SECTIONS and ":" not in key
    }
    return Settings.model_validate(common)


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Make files, path to content, and the folders they lie in."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def golden(folder: str, found: Mapping[str, str]) -> dict[str, str]:
    """Return the golden files of a folder, by name. With UPDATE_GOLDEN=1 they first become what was found.

    Their own suffix keeps linters away from them.
    """
    place = GOLDEN / folder
    if os.environ.get("UPDATE_GOLDEN"):
        for old in place.glob("*"):
            old.unlink()
        write(place, {f"{name}.golden": text for name, text in found.items()})
    return {path.name.removesuffix(".golden"): path.read_text() for path in place.glob("*")}
