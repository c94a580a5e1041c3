"""One call of the engine: whose it is, when it must stop, and where its log lines go."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc

from sandbox.plugins.protocol import engine_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class RefusedError(Exception):
    """What a call answers instead of a result: a text for the user and gRPC's code."""

    def __init__(self, text: str, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> None:
        super().__init__(text)
        self.code = code


class HalfDoneError(RefusedError):
    """What was asked for exists, and yet the call failed: the engine records it, and the reason with it."""

    def __init__(self, text: str, identity: str, state: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.identity = identity
        self.state = state


class EngineLog:
    """The engine's log. Lines go to standard error while there is no engine, or when it refuses."""

    def __init__(self, address: str | None) -> None:
        self._send: grpc.UnaryUnaryMultiCallable[Any, Any] | None = None
        if address:
            self.attach(address)

    def attach(self, address: str) -> None:
        """Send the lines to the engine at `host:port` from now on."""
        # A proxy of the surroundings is not meant for an engine on this machine.
        channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self._send = channel.unary_unary(
            "/pulumirpc.Engine/Log",
            request_serializer=engine_pb2.LogRequest.SerializeToString,
            response_deserializer=lambda reply: reply,
        )

    def write(self, severity: str, urn: str, message: str, *, ephemeral: bool) -> None:
        """Log one message; an ephemeral one is shown only until the next comes."""
        try:
            request = engine_pb2.LogRequest(
                severity=engine_pb2.LogSeverity.Value(severity.upper()),
                urn=urn,
                message=message,
                ephemeral=ephemeral,
            )
            if self._send is not None:
                self._send(request)
                return
        except (UnicodeEncodeError, grpc.RpcError):
            pass
        print(message.encode(errors="replace").decode(), file=sys.stderr, flush=True)


@dataclass
class Call:
    """One call, about the resource `urn` with the provider's own `id`, where it has one.

    `timeout` is the engine's customTimeouts in seconds, 0 when there is none.
    """

    log_to: EngineLog
    urn: str = ""
    id: str = ""
    preview: bool = False
    timeout: float = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Start the clock. The official library counts in whole seconds."""
        self.deadline = time.monotonic() + int(self.timeout) if self.timeout else None

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.urn.rsplit("::", 1)[-1]

    def log(self, message: str, severity: str = "info", *, ephemeral: bool = False) -> None:
        """Log a message beside the resource."""
        self.log_to.write(severity, self.urn, message, ephemeral=ephemeral)

    def over(self) -> RefusedError | None:
        """Why the call must stop, if it must. The texts are Go's, which the engine's users know."""
        if self.stop.is_set():
            return RefusedError("context canceled", grpc.StatusCode.CANCELLED)
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return RefusedError("context deadline exceeded", grpc.StatusCode.DEADLINE_EXCEEDED)
        return None

    def wait_over(self) -> None:
        """Wait until the call must stop, or has ended."""
        left = None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
        self.stop.wait(left)

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than the call lasts. Raises RefusedError when it is over."""
        left = seconds if self.deadline is None else self.deadline - time.monotonic()
        self.stop.wait(max(0.0, min(seconds, left)))
        if problem := self.over():
            raise problem


class Running:
    """The calls under way, so that all can be told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[threading.Event] = set()
        self._cancelled = False

    @contextlib.contextmanager
    def enter(self, call: Call) -> Iterator[Call]:
        """Keep the call while it runs. After a cancel, new ones are stopped from the start."""
        with self._lock:
            self._calls.add(call.stop)
            if self._cancelled:
                call.stop.set()
        try:
            yield call
        finally:
            with self._lock:
                self._calls.discard(call.stop)

    def cancel(self) -> None:
        """Tell every call to stop, those to come as well."""
        with self._lock:
            self._cancelled = True
            for stop in self._calls:
                stop.set()
