"""What a provider is: a name, its resource types, its functions.

One class for each resource type. A resource gets and returns plain Python values (`values.py`);
how they travel is `serve.py`'s business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.plugins.values import Props

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.diffs import Path


@dataclass(frozen=True)
class Failure:
    """One fault in the inputs, shown beside the resource before anything runs."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The inputs as the engine will keep them, and their faults."""

    inputs: Props
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Diff:
    """What changed: a path to ADD, DELETE or UPDATE, each perhaps with `_REPLACE`."""

    detailed: Mapping[Path, str] = field(default_factory=dict)
    delete_before_replace: bool = False


class Resource(ABC):
    """One resource type. An error is a `RefusedError`; nothing is recorded then."""

    @abstractmethod
    def check(self, call: Call, inputs: Props) -> Checked:
        """Validate the inputs, fill in defaults, mark secrets."""

    def arguments(self, inputs: Props) -> Props:
        """The inputs without what the engine adds for itself."""
        return without_internal(inputs)

    @abstractmethod
    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare checked inputs, the recorded ones and the new ones."""

    @abstractmethod
    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it; its id and state. On a preview, what is known of them."""

    @abstractmethod
    def read(self, call: Call, inputs: Props, state: Props) -> tuple[Props, Props] | None:
        """The present inputs and state, None when it is gone."""

    @abstractmethod
    def update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Change it; the new state. On a preview, what is known of it."""

    @abstractmethod
    def delete(self, call: Call, state: Props) -> None:
        """Unmake it."""


def _accept(call: Call, settings: Props) -> None:
    """Take any settings."""
    del call, settings


Function = Callable[["Call", Props], tuple[Props, tuple[Failure, ...]]]


@dataclass(frozen=True)
class Provider:
    """A provider; the keys are full tokens, such as `command:remote:Command`.

    `check_config` gets the provider's own settings and returns them as the engine will keep them;
    `configure` gets them before anything else is asked, and may refuse them.
    """

    name: str
    version: str
    resources: Mapping[str, Resource]
    functions: Mapping[str, Function] = field(default_factory=dict)
    check_config: Callable[[Props], Props] = lambda settings: settings
    configure: Callable[[Call, Props], None] = _accept


def without_internal(inputs: Mapping[str, Any]) -> Props:
    """The inputs without what the engine adds for itself."""
    return {k: v for k, v in inputs.items() if k != "version" and not k.startswith("__")}
