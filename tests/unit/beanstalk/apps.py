"""Apps to be bundled for Elastic Beanstalk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.beanstalk import source
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.app import App
    from components.beanstalk.source import Source


def bundled(loaded: App, changes: Mapping[str, Any] | None = None, stack: str = recorder.STACK) -> Source:
    """What is deployed of an app, by the minimal configuration with changes."""
    config = examples.changed(examples.BEANSTALK, {"app": {"static": dict(loaded.static)}})
    settings = examples.settings(config, **(changes or {}))
    return recorder.as_stack(stack, lambda: source.make(loaded, settings))
