"""Drive an emulated cloud's plugin as the engine does: a resource is made, changed, looked at and unmade."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.plugins.cloud.account import Account
from sandbox.plugins.variables import ACCOUNT

from .harness import Failed, Plugin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Props

ROOT = Path(__file__).parents[2]


def start(name: str, folder: Path, env: Mapping[str, str] | None = None) -> Cloud:
    """Start the plugin `sandbox.plugins.<name>` with an empty account below `folder`."""
    account = Account(folder / "account")
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    plugin = Plugin(
        [sys.executable, "-m", f"sandbox.plugins.{name}"],
        {**surroundings, ACCOUNT: str(account.folder), **(env or {})},
        folder / f"{name}.stderr",
    )
    return Cloud(plugin, account)


@dataclass(kw_only=True)
class Made:
    """A resource that exists: what the engine has recorded of it."""

    token: str
    id: str
    inputs: Props
    state: Props
    name: str = "it"
    reasons: list[str] = field(default_factory=list)  # why its last operation failed, if it did

    @property
    def urn(self) -> str:
        """The engine's name for it."""
        return _urn(self.token, self.name)


@dataclass(frozen=True)
class Cloud:
    """A running plugin and its account. Calls raise `Failed` with the error's text."""

    plugin: Plugin
    account: Account

    def check(self, token: str, inputs: Props, name: str = "it") -> list[str]:
        """The faults that a preview tells; nothing when there are none."""
        return [failure.reason for failure in self._check(token, inputs, name).failures]

    def preview(self, token: str, inputs: Props, name: str = "it") -> Props:
        """The state as far as a preview knows it."""
        request = provider_pb2.CreateRequest(
            urn=_urn(token, name), properties=_struct(self._checked(token, inputs, name)), preview=True
        )
        return _plain(self.plugin.other("Create", request).properties)

    def make(self, token: str, inputs: Props, name: str = "it", limit: float = 300) -> Made:
        """Check and create."""
        checked = self._checked(token, inputs, name)
        request = provider_pb2.CreateRequest(urn=_urn(token, name), properties=_struct(checked))
        try:
            reply = self.plugin.stub.Create(request, timeout=limit)
        except grpc.RpcError as error:
            half = _half_done(error)
            made = Made(token=token, id=half.id, inputs=checked, state=_plain(half.properties), name=name)
            made.reasons = list(half.reasons)
            return made
        return Made(token=token, id=reply.id, inputs=checked, state=_plain(reply.properties), name=name)

    def diff(self, made: Made, inputs: Props, ignore: tuple[str, ...] = ()) -> Any:
        """The plugin's answer: `changes`, `replaces`, `detailedDiff`, `deleteBeforeReplace`."""
        request = provider_pb2.DiffRequest(
            id=made.id,
            urn=made.urn,
            olds=_struct(made.state),
            news=_struct(self._checked(made.token, inputs, made.name)),
            old_inputs=_struct(made.inputs),
            ignoreChanges=ignore,
        )
        return self.plugin.other("Diff", request)

    def change(self, made: Made, inputs: Props, limit: float = 300) -> None:
        """Update it in place, and record what the engine would; `made.reasons` say why it failed."""
        checked = self._checked(made.token, inputs, made.name)
        request = provider_pb2.UpdateRequest(
            id=made.id,
            urn=made.urn,
            olds=_struct(made.state),
            news=_struct(checked),
            old_inputs=_struct(made.inputs),
        )
        made.reasons = []
        try:
            state = self.plugin.stub.Update(request, timeout=limit).properties
        except grpc.RpcError as error:
            half = _half_done(error)
            state, made.reasons = half.properties, list(half.reasons)
        made.inputs, made.state = checked, _plain(state)

    def refresh(self, made: Made) -> bool:
        """Look at it again; False when it is gone."""
        request = provider_pb2.ReadRequest(
            id=made.id, urn=made.urn, inputs=_struct(made.inputs), properties=_struct(made.state)
        )
        reply = self.plugin.other("Read", request)
        if reply.id:
            made.inputs, made.state = _plain(reply.inputs), _plain(reply.properties)
        return bool(reply.id)

    def unmake(self, made: Made, limit: float = 300) -> None:
        """Delete it."""
        request = provider_pb2.DeleteRequest(id=made.id, urn=made.urn, properties=_struct(made.state))
        try:
            self.plugin.stub.Delete(request, timeout=limit)
        except grpc.RpcError as error:
            raise Failed(error.code().name, error.details() or "") from None

    def call(self, token: str, args: Props) -> Props:
        """Call a function."""
        result, failures = self.plugin.invoke(token, args)
        if failures:
            raise Failed("INVALID_ARGUMENT", "; ".join(reason for _, reason in failures))
        return result

    def stop(self) -> None:
        """End the plugin."""
        self.plugin.stop()

    def _check(self, token: str, inputs: Props, name: str) -> Any:
        request = provider_pb2.CheckRequest(urn=_urn(token, name), news=_struct(inputs))
        return self.plugin.other("Check", request)

    def _checked(self, token: str, inputs: Props, name: str) -> Props:
        reply = self._check(token, inputs, name)
        if reply.failures:
            raise Failed("INVALID_ARGUMENT", "; ".join(failure.reason for failure in reply.failures))
        return _plain(reply.inputs)


def _half_done(error: grpc.RpcError) -> Any:
    """What exists although the call failed; Failed when nothing does."""
    metadata: Any = error.trailing_metadata() or ()
    for key, value in metadata:
        if key == "grpc-status-details-bin":
            details = provider_pb2.ErrorResourceInitFailed()
            for packed in status_pb2.Status.FromString(value).details:
                if packed.Unpack(details):
                    return details
    raise Failed(error.code().name, error.details() or "") from None


def _urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::flask-deploy::{token}::{name}"


def _struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(props), struct_pb2.Struct())


def _plain(struct: struct_pb2.Struct) -> Props:
    return json_format.MessageToDict(struct)
