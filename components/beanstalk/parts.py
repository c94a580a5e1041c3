"""What all resources of a stack in Elastic Beanstalk have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Common:
    """The component that they belong to, how they are called, and how a failure is explained."""

    parent: pulumi.Resource
    name: pulumi.Output[str]  # the app's first one with random digits: unique, at most 39 characters
    explain: pulumi.ErrorHook

    @property
    def tags(self) -> dict[str, str]:
        """Tags that name project and stack. Never `Name`: Beanstalk sets that, and each plan would differ."""
        return {"project": pulumi.get_project(), "stack": pulumi.get_stack()}

    def opts(
        self,
        *,
        before: Sequence[pulumi.ResourceHook] = (),
        failed: Sequence[pulumi.ErrorHook] = (),
        **more: Any,
    ) -> pulumi.ResourceOptions:
        """Options of a resource, and more; `before` are hooks for its creation, `failed` for a failure."""
        hooks = pulumi.ResourceHookBinding(before_create=list(before), on_error=[*failed, self.explain])
        return pulumi.ResourceOptions(parent=self.parent, hooks=hooks, **more)
