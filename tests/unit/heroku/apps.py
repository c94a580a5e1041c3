"""Apps to be staged for Heroku."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.heroku import source
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.app import App
    from components.heroku.source import Source


def staged(loaded: App, changes: Mapping[str, Any] | None = None, stack: str = recorder.STACK) -> Source:
    """What is built of an app, by the minimal configuration with changes."""
    config = examples.changed(examples.HEROKU, {"app": {"static": dict(loaded.static)}, **(changes or {})})
    return recorder.as_stack(stack, lambda: source.make(loaded, examples.settings(config)))
