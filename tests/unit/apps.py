"""Apps for the targets' tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components import app
from unit import examples

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from components.app import App


def made(root: Path, files: Mapping[str, str] | None = None, wsgi: str = "run:application") -> App:
    """The app of the examples in the folder `root`, with more files; '' takes one away."""
    kept = {name: content for name, content in {**examples.FILES, **(files or {})}.items() if content}
    examples.write(root, kept)
    static = {"/avatar": "images"} if "images/default.png" in kept else {}
    return app.load(project=root, path=".", git=None, wsgi=wsgi, static=static, persistent=["instance"])
