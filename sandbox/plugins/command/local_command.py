"""`command:local:Command` and the function `command:local:run`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sandbox.plugins.command import shapes
from sandbox.plugins.command.base import ShapedResource, new_id
from sandbox.plugins.command.decode import decode, remark
from sandbox.plugins.command.globs import archive, assets
from sandbox.plugins.command.process import run

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.provider import Failure
    from sandbox.plugins.values import Props


def _results(call: Call, command: str, inputs: Props, previous: Props) -> Props:
    """Run, then collect the files that are asked for."""
    results: Props = run(call, command, inputs, previous).results()
    folder = inputs.get("dir") or os.getcwd()  # noqa: PTH109 - a string, as it is recorded
    if "assetPaths" in inputs:
        results["assets"] = assets(folder, inputs["assetPaths"])
    if "archivePaths" in inputs:
        results["archive"] = archive(assets(folder, inputs["archivePaths"]))
    return results


class LocalCommand(ShapedResource):
    """Commands on the computer that runs the engine."""

    inputs = shapes.LOCAL_INPUTS
    state = shapes.LOCAL_STATE

    def run_create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Run `create`, if there is one."""
        state = {"stdout": "", "stderr": ""} | inputs
        if not call.preview and "create" in inputs:
            state |= _results(call, inputs["create"], inputs, {})
        return new_id(call.name), state

    def run_update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Run `update`, else `create` again."""
        kept = ("stdout", "stderr", "assets", "archive")
        former = {name: state[name] for name in kept if name in state}
        command = inputs.get("update", inputs.get("create"))
        if call.preview or command is None:
            return inputs | former
        return inputs | former | _results(call, command, inputs, state)

    def run_delete(self, call: Call, state: Props) -> None:
        """Run `delete` with the recorded inputs."""
        if "delete" in state:
            _results(call, state["delete"], state, state)


def local_run(call: Call, args: Props) -> tuple[Props, tuple[Failure, ...]]:
    """Run a command on every preview and every update; the arguments and the results."""
    values, failures = decode(args, shapes.RUN_INPUTS)
    if failures:
        return {}, failures
    results = _results(call, values["command"], values, {})
    return remark(values | results, args), ()
