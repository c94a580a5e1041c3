"""What all resources of a stack in a Google Cloud project have in common."""

from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Common:
    """The component that they belong to, the project's id, and how a failure is explained."""

    parent: pulumi.Resource
    project: str
    explain: pulumi.ErrorHook

    def opts(self, **more: Any) -> pulumi.ResourceOptions:
        """Options of a resource, and more of them."""
        hooks = pulumi.ResourceHookBinding(on_error=[self.explain])
        return pulumi.ResourceOptions(parent=self.parent, hooks=hooks, **more)
