"""A target's section as a stack's configuration gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components import settings
from components.errors import ConfigError
from unit import examples, recorder

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(minimal: Mapping[str, Any], changes: dict[str, Any] | None = None, *secret: str) -> Any:
    """The section of the configuration's target, with changes; the keys `secret` are encrypted."""
    config = examples.changed(minimal, {minimal["target"]: changes or {}})
    _, found = recorder.as_stack(
        recorder.STACK, lambda: settings.read(settings.values()), config=config, secret=("secrets", *secret)
    )
    return found


def faults(minimal: Mapping[str, Any], changes: dict[str, Any], *secret: str) -> list[str]:
    """What is said about that section; something has to be."""
    with pytest.raises(ConfigError) as caught:
        read(minimal, changes, *secret)
    return list(caught.value.faults)
