"""A resource of the `command` plugin: the parts that follow from its shapes alone."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.command.decode import decode, decoding, remark, with_defaults
from sandbox.plugins.command.flow import outputs, with_secrets
from sandbox.plugins.diffs import changes
from sandbox.plugins.provider import Checked, Diff, Failure, Resource

if TYPE_CHECKING:
    from sandbox.plugins.command.shapes import Struct
    from sandbox.plugins.values import Props


def typed(props: Props, struct: Struct, prefix: str = "") -> Props:
    """The typed values; RefusedError with every fault when there are any."""
    values, failures = decode(props, struct)
    if failures:
        raise RefusedError(prefix + decoding(failures))
    return values


def new_id(name: str) -> str:
    """An id as the official plugin makes them: the name and eight hexadecimal digits."""
    return name + secrets.token_hex(4)


class ShapedResource(Resource):
    """A resource whose inputs and state have shapes; subclasses say what is done."""

    inputs: ClassVar[Struct]
    state: ClassVar[Struct]

    @abstractmethod
    def run_create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it from typed inputs; id and typed state."""

    @abstractmethod
    def run_update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Change it; the new typed state."""

    @abstractmethod
    def run_delete(self, call: Call, state: Props) -> None:
        """Unmake it."""

    def more_faults(self, inputs: Props) -> tuple[Failure, ...]:
        """Faults that the shape can't tell."""
        del inputs
        return ()

    def check(self, call: Call, inputs: Props) -> Checked:
        """Validate against the shape, fill in defaults, mark secrets."""
        del call
        values, failures = decode(inputs, self.inputs)
        if failures:
            return Checked(with_secrets(inputs, self.inputs), failures)
        filled = remark(with_defaults(values, self.inputs), inputs)
        return Checked(with_secrets(filled, self.inputs), self.more_faults(values))

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare. Only a whole property can force a replacement, not a path inside it."""
        del call
        replacing = {f.name for f in self.inputs.fields if f.replaces}
        return Diff(
            {
                path: f"{kind}_REPLACE" if len(path) == 1 and path[0] in replacing else kind
                for path, kind in changes(old, new).items()
            }
        )

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it; on a preview nothing is run."""
        made, state = self.run_create(call, typed(inputs, self.inputs, "invalid inputs: "))
        return made, self._recorded(call, state, inputs, None)

    def read(self, call: Call, inputs: Props, state: Props) -> tuple[Props, Props]:
        """What is recorded: the official plugin looks nothing up."""
        del call
        return inputs, state

    def update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Change it; on a preview nothing is run."""
        old, new = typed(state, self.state), typed(inputs, self.inputs)
        return self._recorded(call, self.run_update(call, old, new), inputs, state)

    def delete(self, call: Call, state: Props) -> None:
        """Unmake it."""
        self.run_delete(call, typed(state, self.state))

    def _recorded(self, call: Call, state: Props, inputs: Props, old: Props | None) -> Props:
        marked = remark(state, inputs, unknowns=call.preview)
        names = [f.name for f in self.inputs.fields]
        return outputs(marked, inputs, old, names, preview=call.preview)
