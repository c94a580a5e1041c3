"""Apps to be staged for Heroku."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components import app
from components.heroku import source
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from components.app import App
    from components.heroku.source import Source


def made(root: Path, files: Mapping[str, str] | None = None, wsgi: str = "run:application") -> App:
    """The app of the examples in the folder `root`, with more files; '' takes one away."""
    kept = {name: content for name, content in {**examples.FILES, **(files or {})}.items() if content}
    examples.write(root, kept)
    static = {"/avatar": "images"} if "images/default.png" in kept else {}
    return app.load(project=root, path=".", git=None, wsgi=wsgi, static=static, persistent=["instance"])


def staged(loaded: App, changes: Mapping[str, Any] | None = None, stack: str = recorder.STACK) -> Source:
    """What is built of an app, by the minimal configuration with changes."""
    config = examples.changed(examples.HEROKU, {"app": {"static": dict(loaded.static)}, **(changes or {})})
    return recorder.as_stack(stack, lambda: source.make(loaded, examples.settings(config)))
