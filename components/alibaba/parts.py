"""What all resources of a stack in Alibaba Cloud have in common."""

from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Common:
    """The component that they belong to, how they are called, and how a failure is explained."""

    parent: pulumi.Resource
    label: str
    explain: pulumi.ErrorHook

    @property
    def tags(self) -> dict[str, str]:
        """A tag that names project and stack. No value may begin with a word that is the cloud's own."""
        return {"flask-deploy": f"stack {pulumi.get_project()}/{pulumi.get_stack()}"}

    def opts(self, **more: Any) -> pulumi.ResourceOptions:
        """Options of a resource, and more of them."""
        hooks = pulumi.ResourceHookBinding(on_error=[self.explain])
        return pulumi.ResourceOptions(parent=self.parent, hooks=hooks, **more)
