"""What the provider's resource types have in common: rules of their schema, rows of the account, tags."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.alicloud import names
from sandbox.plugins.alicloud.errors import ApiError, Wrapping
from sandbox.plugins.calls import HalfDoneError, RefusedError
from sandbox.plugins.cloud.resource import CloudResource
from sandbox.plugins.cloud.values import known, opened
from sandbox.plugins.provider import Checked, Diff, Failure
from sandbox.plugins.values import Props, Wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.plugins.alicloud.api import Api
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.cloud.schema import Schema


def snake(name: str) -> str:
    """An argument as the Terraform provider calls it."""
    return re.sub(r"(?=[A-Z])", "_", name).lower()


class AlicloudResource(CloudResource):
    """A resource type: its rules that a preview knows, and the table that has its rows."""

    kind: ClassVar[str]  # the Terraform provider's name: alicloud_vpc
    table: ClassVar[str]
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    lengths: ClassVar[Mapping[str, tuple[int, int]]] = {}
    conflicts: ClassVar[tuple[tuple[str, str], ...]] = ()
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()  # of each group at least one is given
    sets: ClassVar[frozenset[str]] = frozenset()  # lists whose order means nothing

    def __init__(self, cloud: Cloud, schema: Schema, api: Api) -> None:
        super().__init__(cloud, schema)
        self.api = api
        self.account = api.account

    def check(self, call: Call, inputs: Props) -> Checked:
        """Validate; faults say where they are, as the bridge does."""
        checked = super().check(call, inputs)
        faults = checked.failures or tuple(self._groups(checked.inputs))
        told = tuple(
            Failure("", f"{one.reason}. Examine values at '{call.name}.{one.property}'.")
            if one.property
            else one
            for one in faults
        )
        return Checked(checked.inputs, told)

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema: texts are those of the Terraform SDK's validators."""
        for name, allowed in self.choices.items():
            if name in inputs and inputs[name] not in allowed:
                text = f"expected {snake(name)} to be one of [{' '.join(allowed)}], got {inputs[name]}"
                yield Failure(name, text)
        for name, (least, most) in self.lengths.items():
            if name in inputs and not least <= len(str(inputs[name])) <= most:
                text = f"expected length of {snake(name)} to be in the range ({least} - {most})"
                yield Failure(name, f"{text}, got {inputs[name]}")

    def _groups(self, inputs: Props) -> Iterator[Failure]:
        """What depends on which arguments are given, known or not."""
        for name, other in self.conflicts:
            if name in inputs and other in inputs:
                yield Failure(name, f'"{snake(name)}": conflicts with {snake(other)}')
        for group in self.one_of:
            if not any(name in inputs for name in group):
                wanted = ",".join(sorted(map(snake, group)))
                yield Failure(group[0], f'"{snake(group[0])}": one of `{wanted}` must be specified')

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare; sets without regard to their order."""
        return super().diff(call, self._sorted(old), self._sorted(new))

    def _sorted(self, inputs: Props) -> Props:
        found = {name: opened(inputs[name]) for name in self.sets & inputs.keys()}
        known = {name: value for name, value in found.items() if _is_known_list(value)}
        return inputs | {name: sorted(value) for name, value in known.items()}

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it, then look at it. What exists although that failed is recorded, as the bridge does."""
        if call.preview:
            return super().create(call, inputs)
        identity = ""
        try:
            with self.cloud.operation(call, self.token, "create"):
                identity = self.make(call, known(inputs))
            with self.cloud.operation(call, self.token, "read"):
                return identity, self._state(identity, inputs, {})
        except HalfDoneError as problem:
            state = {**inputs, "id": problem.identity}
            raise HalfDoneError(str(problem), problem.identity, state) from problem
        except RefusedError as problem:
            if not identity:
                raise
            raise HalfDoneError(str(problem), identity, {**inputs, "id": identity}) from problem

    def look(self, identity: str, state: Props) -> Props | None:
        """The row, as it is now."""
        del state
        return self.account.row(self.table, identity)

    @contextmanager
    def request(self, action: str, subject: str = "") -> Iterator[None]:
        """Call one action; its refusal is wrapped as the provider wraps it."""
        with self.wrapped(action, subject):
            self.api.act(action)
            yield

    @contextmanager
    def wrapped(self, action: str, subject: str = "") -> Iterator[None]:
        """Wrap what the API answers to an action."""
        try:
            yield
        except ApiError as problem:
            text = Wrapping(self.kind).text(str(problem), action, subject)
            raise RefusedError(text) from problem

    def own(self, text: str) -> RefusedError:
        """A refusal by the provider itself, with where it stands."""
        return RefusedError(Wrapping(self.kind).text(text))

    @staticmethod
    def plain(text: str) -> RefusedError:
        """A refusal by the provider itself, without where it stands."""
        return RefusedError(f"1 error occurred:\n\t* {text}\n\n")

    def set_tags(self, identity: str, old: Props, new: Props) -> None:
        """Change tags as the provider does: what changes is taken away first, then set.

        So for a moment a changed tag is missing.
        """
        before, after = old.get("tags", {}), new.get("tags", {})
        gone = [key for key, value in before.items() if after.get(key) != value]
        fresh = {key: value for key, value in after.items() if before.get(key) != value}
        present = dict((self.account.row(self.table, identity) or {}).get("tags", {}))
        if gone:
            with self.request("UntagResources", identity):
                present = {key: value for key, value in present.items() if key not in gone}
                self.account.change(self.table, identity, tags=present)
        if fresh:
            with self.request("TagResources", identity):
                names.check_tags(fresh)
                self.account.change(self.table, identity, tags=present | fresh)


def _is_known_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, Wrapped) for item in value)
