"""A resource that is nowhere but in the stack's state: what is drawn or worked out once, then kept."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from sandbox.plugins.cloud.resource import CloudResource
from sandbox.plugins.cloud.values import known, shut
from sandbox.plugins.values import Wrapped

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class RecordedResource(CloudResource):
    """Subclasses say what is made of the arguments. Each change of one makes another."""

    @abstractmethod
    def compute(self, inputs: Props) -> tuple[str, Props]:
        """The id, and what there is beyond the arguments."""

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it; on a preview, what is known of it."""
        if call.preview:
            return "", {name: Wrapped(None, known=False) for name in self.schema.outputs} | inputs
        with self.cloud.operation(call, self.token, "create"):
            identity, outputs = self.compute(known(inputs))
        state = inputs | outputs | {"id": identity}
        return identity, {
            name: shut(value) if name in self.secret else value for name, value in state.items()
        }

    def read(self, call: Call, inputs: Props, state: Props) -> tuple[Props, Props] | None:
        """What is recorded: there is nobody to ask."""
        del call
        return inputs, state

    def make(self, call: Call, inputs: Props) -> str:
        """Not asked: `create` does it."""
        raise NotImplementedError

    def look(self, identity: str, state: Props) -> Props | None:
        """What is recorded."""
        del identity
        return state

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Nothing but the record changes."""

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Nothing is left of it outside of the state."""
