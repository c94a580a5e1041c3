"""The provider's side of the conversation with the engine: one method for each of the protocol's.

Methods that are not here answer "unimplemented", which the engine takes for "as usual".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2

from sandbox.plugins.calls import Call, EngineLog, HalfDoneError, RefusedError, Running
from sandbox.plugins.diffs import path_text
from sandbox.plugins.protocol import plugin_pb2, provider_pb2, status_pb2
from sandbox.plugins.provider import without_internal
from sandbox.plugins.values import marshal, unmarshal

if TYPE_CHECKING:
    from sandbox.plugins.provider import Failure, Provider, Resource


def _failures(failures: tuple[Failure, ...]) -> list[Any]:
    return [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures]


def half_done(problem: HalfDoneError) -> bytes:
    """The details of an error after which a resource exists: what the engine records of it.

    They travel as gRPC's rich error model has them, a google.rpc.Status in the trailing metadata.
    """
    details = provider_pb2.ErrorResourceInitFailed(
        id=problem.identity, properties=marshal(problem.state), reasons=[str(problem)]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(problem))
    status.details.add().Pack(details)
    return status.SerializeToString()


class Service:
    """A provider as the engine sees it. Methods are named as in Pulumi's protocol."""

    def __init__(self, provider: Provider, log: EngineLog) -> None:
        self.provider = provider
        self.log = log
        self.running = Running()

    def _resource(self, urn: str) -> Resource:
        token = urn.split("::")[2].rsplit("$", 1)[-1]
        if token not in self.provider.resources:
            text = f"Resource '{token.split(':', 1)[-1]}' not found"
            raise RefusedError(text, grpc.StatusCode.NOT_FOUND)
        return self.provider.resources[token]

    def GetPluginInfo(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Tell the version."""
        del request, call
        return plugin_pb2.PluginInfo(version=self.provider.version)

    def Attach(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Take the address of an engine that did not start this process."""
        del call
        self.log.attach(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Tell everything under way to stop."""
        del request, call
        self.running.cancel()
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Accept the provider's settings."""
        del call
        settings = self.provider.check_config(unmarshal(request.news))
        return provider_pb2.CheckResponse(inputs=marshal(settings))

    def Configure(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Take the settings, and say which kinds of values are understood."""
        self.provider.configure(call, unmarshal(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    def Check(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Validate a resource's inputs."""
        checked = self._resource(request.urn).check(call, unmarshal(request.news))
        return provider_pb2.CheckResponse(
            inputs=marshal(checked.inputs), failures=_failures(checked.failures)
        )

    def Diff(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Compare the recorded inputs with the new ones."""
        state, new = unmarshal(request.olds), unmarshal(request.news)
        old = unmarshal(request.old_inputs)
        new |= {key: state[key] for key in request.ignoreChanges if key in state and key in old}
        diff = self._resource(request.urn).diff(call, old, without_internal(new))
        # What is ignored may be no argument at all, but something that the provider compares by itself.
        detailed = {
            path: kind for path, kind in diff.detailed.items() if path[0] not in request.ignoreChanges
        }
        kinds = provider_pb2.PropertyDiff.Kind
        replaced = {path[0] for path, kind in detailed.items() if kind.endswith("_REPLACE")}
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted({str(path[0]) for path in detailed}),
            replaces=sorted(map(str, replaced)),
            detailedDiff={
                path_text(path): provider_pb2.PropertyDiff(kind=kinds.Value(kind))
                for path, kind in detailed.items()
            },
            hasDetailedDiff=True,
            deleteBeforeReplace=diff.delete_before_replace,
        )

    def Create(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Make a resource."""
        made, state = self._resource(request.urn).create(call, unmarshal(request.properties))
        return provider_pb2.CreateResponse(id=made, properties=marshal(state))

    def Read(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Look up a resource's present state."""
        found = self._resource(request.urn).read(
            call, unmarshal(request.inputs), unmarshal(request.properties)
        )
        if found is None:
            return provider_pb2.ReadResponse()
        inputs, state = found
        return provider_pb2.ReadResponse(id=request.id, inputs=marshal(inputs), properties=marshal(state))

    def Update(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Change a resource."""
        state, new = unmarshal(request.olds), unmarshal(request.news)
        new |= {key: state[key] for key in request.ignoreChanges if key in state}
        changed = self._resource(request.urn).update(call, state, new)
        return provider_pb2.UpdateResponse(properties=marshal(changed))

    def Delete(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Unmake a resource."""
        self._resource(request.urn).delete(call, unmarshal(request.properties))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, call: Call) -> Any:  # noqa: N802
        """Call a function."""
        if request.tok not in self.provider.functions:
            text = f"Invoke '{request.tok.split(':', 1)[-1]}' not found"
            raise RefusedError(text, grpc.StatusCode.NOT_FOUND)
        result, failures = self.provider.functions[request.tok](call, unmarshal(request.args))
        response = provider_pb2.InvokeResponse(failures=_failures(failures))
        getattr(response, "return").CopyFrom(marshal(result))
        return response
