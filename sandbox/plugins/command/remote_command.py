"""`command:remote:Command`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.plugins.command import shapes
from sandbox.plugins.command.base import ShapedResource, new_id

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


def _results(call: Call, command: str, inputs: Props, previous: Props) -> Props:
    # asyncssh is slow to import, and a preview that changes nothing needs none of it.
    from sandbox.plugins.command.session import run  # noqa: PLC0415 - see above

    return run(call, command, inputs, previous).results()


class RemoteCommand(ShapedResource):
    """Commands on a machine, over SSH."""

    inputs = shapes.REMOTE_INPUTS
    state = shapes.REMOTE_STATE

    def run_create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Run `create`, if there is one."""
        state = {"stdout": "", "stderr": ""} | inputs
        if not call.preview and "create" in inputs:
            state |= _results(call, inputs["create"], inputs, {})
        return new_id(call.name), state

    def run_update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Run `update`, else `create` again, whichever input it was that changed."""
        former = {name: state[name] for name in ("stdout", "stderr")}
        command = inputs.get("update", inputs.get("create"))
        if call.preview or command is None:
            return inputs | former
        return inputs | former | _results(call, command, inputs, state)

    def run_delete(self, call: Call, state: Props) -> None:
        """Run `delete` on the machine that is recorded, with the recorded input."""
        if "delete" in state:
            _results(call, state["delete"], state, state)
