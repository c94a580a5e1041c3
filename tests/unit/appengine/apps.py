"""Apps to be built by App Engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components import app
from components.appengine import source
from components.appengine.section import Section
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from components.app import App
    from components.appengine.source import Source


def made(root: Path, files: Mapping[str, str] | None = None, wsgi: str = "run:application") -> App:
    """The app of the examples in the folder `root`, with more files."""
    examples.write(root, {**examples.FILES, **(files or {})})
    return app.load(project=root, path=".", git=None, wsgi=wsgi, static={}, persistent=["instance"])


def staged(loaded: App, changes: Mapping[str, Any] | None = None, **section: Any) -> Source:
    """What is built of an app, by the minimal configuration with changes."""
    settings = examples.settings(examples.changed(examples.APPENGINE, changes or {}))
    chosen = Section.model_validate(section)
    return recorder.as_stack(recorder.STACK, lambda: source.make(loaded, settings, chosen))
