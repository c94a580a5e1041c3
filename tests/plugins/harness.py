"""Drive any `pulumi-resource-command` executable through its gRPC, the way the engine does."""

from __future__ import annotations

import subprocess
from concurrent import futures
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from .wire import Props, urn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CHANNEL = [
    ("grpc.max_receive_message_length", 400 << 20),
    ("grpc.max_send_message_length", 400 << 20),
    # An error's text travels as metadata, and can be as long as a command's output.
    ("grpc.max_metadata_size", 64 << 20),
    ("grpc.absolute_max_metadata_size", 64 << 20),
    # A proxy of the surroundings is not meant for a plugin on this machine.
    ("grpc.enable_http_proxy", 0),
]


@dataclass(frozen=True)
class Failed(Exception):  # noqa: N818 - an outcome, compared like any other
    """What a plugin answered instead of a result: gRPC's code and the error text."""

    code: str
    text: str


@dataclass(frozen=True)
class Diff:
    """The parts of a DiffResponse that the engine uses; `detailed` maps a path to its kind."""

    changes: str
    replaces: tuple[str, ...] = ()
    detailed: dict[str, str] = field(default_factory=dict)
    delete_first: bool = False


@dataclass
class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's side of the conversation: keeps what the plugin logs.

    `lines` holds (severity, ephemeral, message) in the order of arrival.
    """

    lines: list[tuple[str, bool, str]] = field(default_factory=list)

    def Log(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802 - gRPC's name
        """Keep one line."""
        del context
        severity = engine_pb2.LogSeverity.Name(request.severity)
        self.lines.append((severity, request.ephemeral, request.message))
        return empty_pb2.Empty()

    def said(self, severity: str = "INFO") -> list[str]:
        """Every message of one severity."""
        return [message for s, _, message in self.lines if s == severity]


def _struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(props), struct_pb2.Struct())


def _plain(struct: struct_pb2.Struct) -> Props:
    return json_format.MessageToDict(struct)


class Plugin:
    """A running plugin. `calls` raise `Failed` when the plugin answers with an error."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], stderr: Path) -> None:
        self.engine = Engine()
        self._server = grpc.server(futures.ThreadPoolExecutor(4), options=CHANNEL)
        engine_pb2_grpc.add_EngineServicer_to_server(self.engine, self._server)
        self.engine_address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()
        with stderr.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, self.engine_address],
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(env),
            )
        assert self.process.stdout is not None
        address = f"127.0.0.1:{int(self.process.stdout.readline())}"
        self.channel = grpc.insecure_channel(address, options=CHANNEL)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self._call(
            "Configure",
            provider_pb2.ConfigureRequest(
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
            ),
        )

    def stop(self) -> None:
        """End the process that this object started, and the engine's side."""
        self.channel.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._server.stop(None).wait()

    def _call(self, method: str, request: Any, limit: float = 60) -> Any:
        try:
            return getattr(self.stub, method)(request, timeout=limit)
        except grpc.RpcError as error:
            raise Failed(error.code().name, error.details() or "") from None

    def check(self, kind: str, inputs: Props) -> tuple[Props, list[tuple[str, str]]]:
        """The checked inputs and the failures as (property, reason), sorted."""
        reply = self._call("Check", provider_pb2.CheckRequest(urn=urn(kind), news=_struct(inputs)))
        return _plain(reply.inputs), sorted((f.property, f.reason) for f in reply.failures)

    def diff(self, kind: str, old: Props, new: Props, state: Props | None = None, **more: Any) -> Diff:
        """What changes between two checked inputs."""
        request = provider_pb2.DiffRequest(
            id="x",
            urn=urn(kind),
            olds=_struct(old if state is None else state),
            news=_struct(new),
            old_inputs=_struct(old),
            **more,
        )
        reply = self._call("Diff", request)
        return Diff(
            provider_pb2.DiffResponse.DiffChanges.Name(reply.changes),
            tuple(sorted(reply.replaces)),
            {
                path: provider_pb2.PropertyDiff.Kind.Name(d.kind)
                for path, d in sorted(reply.detailedDiff.items())
            },
            reply.deleteBeforeReplace,
        )

    def create(self, kind: str, inputs: Props, **more: Any) -> tuple[str, Props]:
        """Check the inputs, then create; the new id and the state."""
        checked, failures = self.check(kind, inputs)
        assert failures == []
        limit = more.pop("limit", 60)
        request = provider_pb2.CreateRequest(urn=urn(kind), properties=_struct(checked), **more)
        reply = self._call("Create", request, limit)
        return reply.id, _plain(reply.properties)

    def update(self, kind: str, state: Props, inputs: Props, **more: Any) -> Props:
        """Check the inputs, then update what `state` describes; the new state."""
        checked, failures = self.check(kind, inputs)
        assert failures == []
        request = provider_pb2.UpdateRequest(
            id="x", urn=urn(kind), olds=_struct(state), news=_struct(checked), **more
        )
        return _plain(self._call("Update", request).properties)

    def delete(self, kind: str, state: Props, **more: Any) -> None:
        """Delete what `state` describes."""
        request = provider_pb2.DeleteRequest(id="x", urn=urn(kind), properties=_struct(state), **more)
        self._call("Delete", request)

    def invoke(self, token: str, args: Props) -> tuple[Props, list[tuple[str, str]]]:
        """Call a function; what it returns and its failures."""
        reply = self._call("Invoke", provider_pb2.InvokeRequest(tok=token, args=_struct(args)))
        return _plain(getattr(reply, "return")), [(f.property, f.reason) for f in reply.failures]

    def other(self, method: str, request: Any = None) -> Any:
        """Any further method, with the reply as it is."""
        return self._call(method, empty_pb2.Empty() if request is None else request)
