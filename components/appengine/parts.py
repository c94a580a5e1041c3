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

    def opts(self, *hooks: pulumi.ErrorHook, **more: Any) -> pulumi.ResourceOptions:
        """Options of a resource, and more of them; `hooks` hear of its failures first.

        What has a name of the program's also says `delete_before_replace=False`: otherwise the provider takes
        the former one away before anything else, and what serves needs it until the new version answers.
        """
        binding = pulumi.ResourceHookBinding(on_error=[*hooks, self.explain])
        return pulumi.ResourceOptions(parent=self.parent, hooks=binding, **more)
