"""Serve a provider to the engine.

The engine starts the plugin with its own address as the last argument, and reads the port from the
first line of standard output:
https://github.com/pulumi/pulumi/blob/master/developer-docs/providers/implementers-guide.md
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from sandbox.plugins.calls import Call, EngineLog, HalfDoneError, RefusedError
from sandbox.plugins.protocol import plugin_pb2, provider_pb2
from sandbox.plugins.service import Service, half_done

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.provider import Provider

_LIMIT = 400 << 20  # bytes in one message: the engine's own limit
_OPTIONS = [
    ("grpc.max_receive_message_length", _LIMIT),
    ("grpc.max_send_message_length", _LIMIT),
    ("grpc.so_reuseport", 0),
]
# The official plugins take any number of calls at once; threads are made as they are needed.
_CALLS_AT_ONCE = 512

_METHODS: dict[str, Any] = {
    "GetPluginInfo": empty_pb2.Empty,
    "Attach": plugin_pb2.PluginAttach,
    "Cancel": empty_pb2.Empty,
    "CheckConfig": provider_pb2.CheckRequest,
    "Configure": provider_pb2.ConfigureRequest,
    "Check": provider_pb2.CheckRequest,
    "Diff": provider_pb2.DiffRequest,
    "Create": provider_pb2.CreateRequest,
    "Read": provider_pb2.ReadRequest,
    "Update": provider_pb2.UpdateRequest,
    "Delete": provider_pb2.DeleteRequest,
    "Invoke": provider_pb2.InvokeRequest,
}


def _answer(service: Service, method: Callable[[Any, Call], Any]) -> Callable[[Any, Any], Any]:
    """The method as gRPC calls it, with errors turned into what the engine shows."""

    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        call = Call(
            log_to=service.log,
            urn=getattr(request, "urn", ""),
            id=getattr(request, "id", ""),
            preview=getattr(request, "preview", False),
            timeout=getattr(request, "timeout", 0),
        )
        context.add_callback(call.stop.set)
        try:
            with service.running.enter(call):
                return method(request, call)
        except RefusedError as problem:
            code, text = problem.code, str(problem)
            if isinstance(problem, HalfDoneError):
                context.set_trailing_metadata((("grpc-status-details-bin", half_done(problem)),))
        except UnicodeEncodeError:
            # What Go's gRPC says; the effect has happened, and the engine records nothing.
            code = grpc.StatusCode.INTERNAL
            text = "grpc: error while marshaling: string field contains invalid UTF-8"
        except Exception as problem:  # noqa: BLE001 - the last line before the engine
            code, text = grpc.StatusCode.INTERNAL, f"the plugin has a bug: {problem!r}"
            traceback.print_exc()
        context.abort(code, text)
        raise AssertionError("abort does not return")

    return answer


def serve(provider: Provider, arguments: list[str]) -> None:
    """Serve until a signal or until the process that started this one is gone."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    engine = next((a for a in reversed(arguments) if not a.startswith("-")), None)
    service = Service(provider, EngineLog(engine))
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        name: grpc.unary_unary_rpc_method_handler(
            _answer(service, getattr(service, name)),
            request_deserializer=kind.FromString,
            response_serializer=lambda reply: reply.SerializeToString(),
        )
        for name, kind in _METHODS.items()
    }
    server = grpc.server(futures.ThreadPoolExecutor(_CALLS_AT_ONCE), options=_OPTIONS)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("pulumirpc.ResourceProvider", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        threading.Event().wait(2)
    # Calls under way hold threads that may never end; the official plugin abandons them as well.
    sys.stdout.flush()
    os._exit(0)
