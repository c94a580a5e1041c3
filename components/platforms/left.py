"""What of a stack `destroy` can't remove, said when it has run: the program does not run then."""

import shlex
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_command import local


def say(
    lines: Mapping[str, pulumi.Input[str]], after: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> None:
    """Say each line, by its name, when the stack is destroyed, before what it comes `after` is removed.

    A command for each line, since a terminal shows the last line of one, cut off at its width.
    """
    for name, line in lines.items():
        local.Command(
            f"left-{name}",
            delete=pulumi.Output.from_input(line).apply(lambda words: f"echo {shlex.quote(words)}"),
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
        )
