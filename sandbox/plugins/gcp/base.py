"""What the provider's resource types have in common: the project, rules of their schema, ids, retried waits.

Source: terraform-provider-google; its resources are generated from one template (magic-modules).
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.calls import HalfDoneError, RefusedError
from sandbox.plugins.cloud.resource import CloudResource
from sandbox.plugins.cloud.values import known
from sandbox.plugins.gcp import projects
from sandbox.plugins.gcp.errors import ApiError, WordedError, prefixed
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.cloud.schema import Schema
    from sandbox.plugins.gcp.apps import Apps
    from sandbox.plugins.values import Props


@dataclass
class Settings:
    """What the provider was configured with."""

    project: str = ""
    region: str = ""
    zone: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def snake(name: str) -> str:
    """An argument as the Terraform provider calls it."""
    return re.sub(r"(?=[A-Z])", "_", name).lower()


class GcpResource(CloudResource):
    """A resource type."""

    noun: ClassVar[str]  # what the provider calls it in errors
    api: ClassVar[str]  # that has to be enabled
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    has_project: ClassVar[bool] = True

    def __init__(self, cloud: Cloud, schema: Schema, settings: Settings, apps: Apps) -> None:
        super().__init__(cloud, schema)
        self.settings = settings
        self.apps = apps
        self.account = cloud.account

    def project(self, props: Props) -> str:
        """The resource's project: its own argument, otherwise the provider's."""
        return str(props.get("project") or self.settings.project)

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema."""
        if self.has_project and not self.project(inputs):
            yield Failure("", "project: required field is not set")
        for name, allowed in self.choices.items():
            if name in inputs and inputs[name] not in allowed:
                listed = " ".join(f'"{one}"' for one in allowed)
                yield Failure("", f"expected {snake(name)} to be one of [{listed}], got {inputs[name]}")

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it, then look at it; what exists although that failed is recorded."""
        if call.preview:
            return super().create(call, inputs)
        with self.wrapped(f"Error creating {self.noun}"), self.cloud.operation(call, self.token, "create"):
            self.require(known(inputs))
            identity = self.make(call, known(inputs))
        try:
            return identity, self._state(identity, inputs, {})
        except RefusedError as problem:
            raise HalfDoneError(str(problem), identity, {**inputs, "id": identity}) from problem

    def read(self, call: Call, inputs: Props, state: Props) -> tuple[Props, Props] | None:
        """The present arguments and state, None when it is gone."""
        with self.wrapped(f'Error when reading or editing {self.noun} "{call.id}"'):
            return super().read(call, inputs, state)

    def require(self, props: Props) -> None:
        """Refuse while the API is not enabled."""
        projects.require(self.account, self.project(props), self.api)

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Nothing but what the program says itself changes: types without an update."""

    @contextmanager
    def wrapped(self, start: str) -> Iterator[None]:
        """Pass on what an API answers as the provider does."""
        try:
            yield
        except (HalfDoneError, WordedError):
            raise
        except RefusedError as problem:
            raise prefixed(start, problem) from problem

    def missing(self, what: str) -> ApiError:
        """There is no such thing."""
        return ApiError(404, f"{what} was not found.")
