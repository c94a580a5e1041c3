"""`command:remote:CopyToRemote`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.plugins.command import shapes
from sandbox.plugins.command.base import ShapedResource, new_id
from sandbox.plugins.command.decode import decode, remark, with_defaults
from sandbox.plugins.command.flow import with_secrets
from sandbox.plugins.provider import Checked, Failure

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Asset, Props


def _copy(call: Call, inputs: Props) -> None:
    # asyncssh is slow to import, and a preview needs none of it.
    from sandbox.plugins.command.sftp import copy  # noqa: PLC0415 - see above

    copy(call, inputs)


class CopyToRemote(ShapedResource):
    """A file or a directory on a machine, over SFTP. Deleting it leaves the files where they are."""

    inputs = shapes.COPY_INPUTS
    state = shapes.COPY_STATE

    def check(self, call: Call, inputs: Props) -> Checked:
        """Validate, the source as well when other inputs are wrong."""
        del call
        values, failures = decode(inputs, self.inputs)
        faults = (*failures, *_source_faults(values.get("source")))
        checked = values if failures else with_defaults(values, self.inputs)
        if checked.get("source") is None:
            checked = {"remotePath": ""} | checked | {"source": {}}
        return Checked(with_secrets(remark(checked, inputs), self.inputs), faults)

    def run_create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Copy."""
        if call.preview:
            return "", inputs
        _copy(call, inputs)
        return new_id(""), inputs

    def run_update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Copy when the content or the destination changed; another machine is no reason."""
        changed = any(
            (
                inputs["source"].hash != state["source"].hash,
                inputs["remotePath"] != state["remotePath"],
            )
        )
        if changed and not call.preview:
            _copy(call, inputs)
        return inputs

    def delete(self, call: Call, state: Props) -> None:
        """Do nothing, whatever is recorded."""

    def run_delete(self, call: Call, state: Props) -> None:
        """Do nothing."""


def _source_faults(source: Asset | None) -> tuple[Failure, ...]:
    if source is None:
        return (Failure("asset", "either asset or archive must be set"),)
    if source.kind == "asset" and source.uri:
        return (Failure("asset", "asset must be a path-based file asset or a text asset"),)
    if source.kind == "archive" and not source.path:
        return (Failure("archive", "archive must be a path to a file or directory"),)
    return ()
