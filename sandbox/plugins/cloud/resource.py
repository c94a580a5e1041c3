"""One resource type of an emulated cloud, with the manners of Pulumi's Terraform bridge.

They are part of what users meet: a failed update is remembered as done, an argument that is left out
changes nothing where the service has a value of its own, and secrets of inputs stay secret.
Source: pulumi-terraform-bridge, pkg/tfbridge/provider.go (Check, Diff, Create, Read, Update, Delete);
for what goes before its replacement comes, schema.go (nameRequiresDeleteBeforeReplace).
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.calls import Call, HalfDoneError, RefusedError
from sandbox.plugins.cloud.values import known, opened, shut
from sandbox.plugins.diffs import changes
from sandbox.plugins.provider import Checked, Diff, Failure, Resource
from sandbox.plugins.values import Props, Wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.cloud.schema import Schema


class CloudResource(Resource):
    """Subclasses say what the service does, with plain values: no marks, everything known."""

    token: ClassVar[str]
    # Arguments whose change replaces the resource (force-new in the provider's documentation).
    force_new: ClassVar[frozenset[str]] = frozenset()
    # Arguments that the service fills in itself (optional and computed): to leave one out keeps its value.
    kept: ClassVar[frozenset[str]] = frozenset()
    # Parts of the state that are secret whatever the program says.
    secret: ClassVar[frozenset[str]] = frozenset()
    defaults: ClassVar[Mapping[str, Any]] = {}
    # The argument that the bridge fills in with a name of its own where a program leaves it out (`AutoName`).
    # One that the program gives lets the old resource go before a new one comes, be it of another name.
    name_argument: ClassVar[str] = ""
    # The old one goes first in any case: `DeleteBeforeReplace` in the provider's own table.
    goes_first: ClassVar[bool] = False

    def __init__(self, cloud: Cloud, schema: Schema) -> None:
        self.cloud = cloud
        self.schema = schema

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """Faults that the provider finds in the preview, in the arguments that are known by then."""
        del inputs
        return ()

    def replacing(self, old: Props, new: Props) -> Iterable[str]:
        """More arguments whose change replaces, where that depends on their values."""
        del old, new
        return ()

    @abstractmethod
    def make(self, call: Call, inputs: Props) -> str:
        """Make it; its id. A RefusedError leaves nothing behind; a HalfDoneError leaves what it says."""

    @abstractmethod
    def look(self, identity: str, state: Props) -> Props | None:
        """What the service says of it now, None when it is gone; without arguments that it does not tell.

        `state` is what was recorded: some providers look there for what the service does not tell.
        """

    @abstractmethod
    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change it. `old` and `new` are recorded and wanted arguments: what the service has is not asked."""

    @abstractmethod
    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Unmake it; nothing to do when it is gone."""

    def check(self, call: Call, inputs: Props) -> Checked:
        """Validate against the SDK's own types, fill in defaults, then the provider's own rules."""
        if self.name_argument:
            inputs = {self.name_argument: self._drawn(call), **inputs}
        filled = {**self.defaults, **inputs}
        faults = self.schema.faults(call.name, inputs) or list(self.refusals(known(filled)))
        return Checked(filled, tuple(faults))

    def arguments(self, inputs: Props) -> Props:
        """The inputs that are the type's own; some have a `version`, which elsewhere is the engine's."""
        return {name: value for name, value in inputs.items() if name in self.schema.inputs}

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare recorded and wanted arguments; whether a value is secret makes no difference."""
        before, after = opened(old), opened(new)
        found = {
            path: kind
            for path, kind in changes(before, after).items()
            if not (kind == "DELETE" and len(path) == 1 and path[0] in self.kept)
        }
        replacing = self.force_new | set(self.replacing(before, after))
        detailed = {path: f"{kind}_REPLACE" if path[0] in replacing else kind for path, kind in found.items()}
        replaced = any(kind.endswith("_REPLACE") for kind in detailed.values())
        named = bool(self.name_argument) and after.get(self.name_argument) != self._drawn(call)
        return Diff(detailed, delete_before_replace=replaced and (self.goes_first or named))

    def _drawn(self, call: Call) -> str:
        """The name that it has without one of the program's; the bridge draws one for each replacement."""
        digest = hashlib.sha256(f"{self.cloud.account.folder} {call.urn}".encode()).hexdigest()
        return f"{call.name}-{digest[:7]}"

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it; on a preview, what is known of it."""
        if call.preview:
            unknown = {name: Wrapped(None, known=False) for name in self.schema.outputs}
            return "", unknown | inputs
        with self.cloud.operation(call, self.token, "create"):
            identity = self.make(call, known(inputs))
        return identity, self._state(identity, inputs, {})

    def read(self, call: Call, inputs: Props, state: Props) -> tuple[Props, Props] | None:
        """The present arguments and state, None when it is gone."""
        with self.cloud.operation(call, self.token, "read"):
            found = self.look(call.id, known(state))
        if found is None:
            return None
        names = inputs.keys() if inputs else found.keys() & self.schema.inputs.keys()  # an import has none
        present = {name: _as_marked(found.get(name), inputs.get(name)) for name in names}
        arguments = {name: value for name, value in present.items() if value is not None}
        return arguments, self._state(call.id, arguments, state)

    def update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Change it; on a preview, what is known of it. What fails is recorded as if it had been done."""
        if call.preview:
            return state | inputs
        old = {name: value for name, value in known(state).items() if name in self.schema.inputs}
        try:
            with self.cloud.operation(call, self.token, "update"):
                self.change(call, call.id, old, known(inputs))
        except HalfDoneError:
            raise
        except RefusedError as problem:
            raise HalfDoneError(str(problem), call.id, state | inputs) from problem
        return self._state(call.id, inputs, state)

    def delete(self, call: Call, state: Props) -> None:
        """Unmake it."""
        with self.cloud.operation(call, self.token, "delete"):
            self.unmake(call, call.id, known(state))

    def _state(self, identity: str, inputs: Props, before: Props) -> Props:
        """What is recorded: what was asked for, and what the service says beyond that.

        Arguments stand as they were given: what the service does with them is seen by a refresh.
        """
        found = self.look(identity, known({**before, **inputs})) or {}
        kept = {name: value for name, value in before.items() if name in self.kept and name not in found}
        state = kept | found | inputs | {"id": identity}
        return {name: shut(value) if name in self.secret else value for name, value in state.items()}


def _as_marked(present: Any, recorded: Any) -> Any:
    """The service's value with the marks of the recorded one; the recorded one if the service tells none."""
    if present is None:
        return recorded
    return shut(present) if isinstance(recorded, Wrapped) and recorded.secret else present
