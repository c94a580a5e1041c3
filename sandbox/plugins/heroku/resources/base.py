"""What the provider's resource types have in common: its client, and how errors reach the user."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.calls import Call, EngineLog, HalfDoneError, RefusedError
from sandbox.plugins.cloud.resource import CloudResource
from sandbox.plugins.heroku.retry import poll
from sandbox.plugins.provider import Checked, Diff, Failure
from sandbox.plugins.values import Props, Wrapped, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.cloud.schema import Schema
    from sandbox.plugins.heroku.client import Client

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class HerokuResource(CloudResource):
    """A resource type of the provider."""

    def __init__(self, cloud: Cloud, schema: Schema, client: Client) -> None:
        super().__init__(cloud, schema)
        self.client = client
        self.looking = Call(log_to=EngineLog(None))  # a look belongs to no call of its own

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """An app is named by its id: validation.IsUUID of the Terraform SDK."""
        identity = inputs.get("appId")
        if identity is not None and not _UUID.fullmatch(str(identity)):
            yield Failure("appId", f'expected "app_id" to be a valid UUID, got {identity}')

    def check(self, call: Call, inputs: Props) -> Checked:
        """Validate, and say where a fault is, as the bridge does."""
        checked = super().check(call, inputs)
        told = tuple(
            Failure("", f"{one.reason}. Examine values at '{call.name}.{one.property}'.")
            if one.property
            else one
            for one in checked.failures
        )
        return Checked(checked.inputs, told)

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare; errors as the bridge words them."""
        with _worded(f"diffing {call.urn}: "):
            return super().diff(call, old, new)

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Make it. What exists although that failed is recorded with the arguments as they were wanted."""
        try:
            with _worded(""):
                return super().create(call, inputs)
        except HalfDoneError as problem:
            state = {**inputs, **problem.state, "id": problem.identity}
            marked = {name: wrap(value, secret=name in self.secret) for name, value in state.items()}
            raise HalfDoneError(f"creating {call.urn}: {problem}", problem.identity, marked) from problem

    def read(self, call: Call, inputs: Props, state: Props) -> tuple[Props, Props] | None:
        """The present arguments and state; what was secret in an argument stays so."""
        with _worded(f"refreshing {call.urn}: "):
            found = super().read(call, inputs, state)
        if found is None:
            return None
        present, now = found
        marked = {name: marked_as(value, inputs.get(name)) for name, value in present.items()}
        return marked, {**now, **{name: marked_as(now[name], value) for name, value in marked.items()}}

    def update(self, call: Call, state: Props, inputs: Props) -> Props:
        """Change it."""
        with _worded(f"updating {call.urn}: "):
            return super().update(call, state, inputs)

    def delete(self, call: Call, state: Props) -> None:
        """Unmake it."""
        with _worded(f"deleting {call.urn}: "):
            super().delete(call, state)

    def await_release(self, call: Call, app: str) -> None:
        """Wait for an app's newest release, as after every change of config vars."""
        newest = self.client.ask(call, "GET", f"/apps/{app}/releases")[0]["id"]
        path = f"/apps/{app}/releases/{newest}"
        status = poll(call, lambda: str(self.client.ask(call, "GET", path)["status"]))
        if status != "succeeded":
            raise RefusedError(
                f"Error waiting for new release ({newest}) to succeed: unexpected state '{status}', "
                "wanted target 'succeeded'. last error: %!s(<nil>)"
            )


@contextmanager
def _worded(start: str) -> Iterator[None]:
    """Turn a refusal into the text of the Terraform SDK's diagnostics, and of the bridge before it."""
    try:
        yield
    except HalfDoneError as problem:
        raise HalfDoneError(start + _one(problem), problem.identity, problem.state) from problem
    except RefusedError as problem:
        raise RefusedError(start + _one(problem), problem.code) from problem


def _one(problem: Exception) -> str:
    return f"1 error occurred:\n\t* {problem}\n\n"


def marked_as(value: Any, pattern: Any) -> Any:
    """The value, secret where the pattern is: as a whole, or in parts."""
    if isinstance(pattern, Wrapped) and pattern.secret:
        return wrap(value, secret=True)
    if isinstance(value, dict) and isinstance(pattern, dict):
        return {key: marked_as(inner, pattern.get(key)) for key, inner in value.items()}
    return value


def prefixed(text: str, problem: RefusedError) -> RefusedError:
    """The same refusal with the provider's words before it."""
    return RefusedError(f"{text}: {problem}", problem.code)
