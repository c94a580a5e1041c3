"""A word before an environment is replaced. The plan says it too, in one of its many lines."""

from typing import Final

import pulumi

WARNING: Final = (
    "target beanstalk: this makes another environment; the one that is there is deleted first, and the site "
    "is away until the other serves (loadBalancer, app.python, environmentName and cnamePrefix can't be "
    "changed in place)"
)


def hook(drawn: pulumi.Output[str]) -> pulumi.ResourceHook:
    """Return a hook for the creation of an environment, which warns in a preview if it isn't the first.

    `drawn` is what is known from the stack's first run on.
    """

    async def warn(_: pulumi.ResourceHookArgs) -> None:
        if pulumi.runtime.is_dry_run() and await drawn.is_known():
            pulumi.log.warn(WARNING)

    return pulumi.ResourceHook("anew", warn, opts=pulumi.ResourceHookOptions(on_dry_run=True))
