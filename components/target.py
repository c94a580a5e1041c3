"""What every target is: a module with a section of the configuration and one function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pulumi

if TYPE_CHECKING:
    from components.app import App
    from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where the app answers, and which release it is."""

    url: pulumi.Input[str]
    release: pulumi.Input[str]
    outputs: Mapping[str, pulumi.Input[Any]] = field(default_factory=dict)

    def export(self, target: str) -> None:
        """Make these the stack's outputs."""
        for name, value in {"url": self.url, "release": self.release, "target": target, **self.outputs}.items():
            pulumi.export(name, value)


class TargetModule(Protocol):
    """A module of `components.targets`."""

    Section: Any

    def deploy(self, settings: "Settings", section: Any, app: "App") -> Endpoint:
        """Register the target's resources; return where the app answers."""
