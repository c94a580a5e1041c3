"""The name that everything of a stack has in AWS: drawn once, with the app's first name in front."""

import pulumi
import pulumi_random as random


def name(app: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Return the name, and say so where the app is called otherwise by now.

    It is held when the app is renamed: other names would be other resources, and the provider takes the
    former ones away first, roles and the environment that serves among them.
    """
    held = pulumi.ResourceOptions(ignore_changes=["prefix"])
    drawn = random.RandomId(
        "suffix", byte_length=4, prefix=f"{app}-", opts=pulumi.ResourceOptions.merge(opts, held)
    )
    # Stacks from before have drawn digits alone, and their names still follow the app's.
    called = drawn.hex.apply(lambda found: found if "-" in found else f"{app}-{found}")
    called.apply(lambda found: _say_held(found, app))
    return called


def _say_held(found: str, app: str) -> None:
    first, _, _ = found.rpartition("-")
    if first != app:
        pulumi.log.info(
            f"app.name: {first} was here first, so the names in AWS stay {found}; "
            "for names of its own, use another stack"
        )
