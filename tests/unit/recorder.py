"""Runs a Pulumi program without an engine and writes down what it registers, logs and exports."""

from __future__ import annotations

import contextvars
import json
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pulumi import runtime
from pulumi.runtime import mocks, rpc, stack
from pulumi.runtime.sync_await import _sync_await

from components.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Result = TypeVar("Result")
STACK: Final = "dev"
_KIND: Final = "4dabf18193072939515e22adb298388d"  # the SDK's key for the kind of a special value
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A registration. `parent` and `depends_on` are logical names; `secret` are inputs marked so."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    custom: bool
    parent: str
    depends_on: frozenset[str]
    secret: frozenset[str]
    error_hooks: tuple[str, ...]
    aliases: int
    import_id: str


@dataclass(kw_only=True)
class Recording:
    """What a program did. `error` is what ended it; `said` are its messages, severity and text."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    error: BaseException | None = None

    def __getitem__(self, name: str) -> Resource:
        """Return the resource of that logical name; there has to be exactly one."""
        (found,) = (resource for resource in self.resources if resource.name == name)
        return found

    def names(self) -> list[str]:
        """Return the logical names, in the order of registration."""
        return [resource.name for resource in self.resources]


class Engine(mocks.Mocks):
    """Gives each resource an id and its inputs as outputs; a command has some output too."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Return the id and the outputs."""
        outputs = dict(args.inputs)
        if args.typ.endswith(":Command"):
            outputs |= {"stdout": f"{args.name} done", "stderr": ""}
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """Refuse: a deployment to a machine asks no provider for anything."""
        raise AssertionError(f"called {args.token}")


class Monitor(mocks.MockMonitor):
    """Sees the whole of each registration, options too."""

    def __init__(self, engine: mocks.Mocks, recording: Recording) -> None:
        super().__init__(engine)
        self._recording = recording
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Write the registration down."""
        if request.type != "pulumi:pulumi:Stack":
            with self._lock:
                self._recording.resources.append(_resource(request))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Write a component's outputs down, or the stack's."""
        outputs = rpc.deserialize_properties(request.outputs)
        if "pulumi:pulumi:Stack" in request.urn.split("::")[2].split("$")[-1]:
            self._recording.outputs.update(outputs)
        else:
            self._recording.component_outputs[_name(request.urn)] = dict(outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def run(
    program: Callable[[], object],
    *,
    config: Mapping[str, Any] | None = None,
    secret: tuple[str, ...] = ("secrets",),
    preview: bool = False,
    engine: mocks.Mocks | None = None,
) -> Recording:
    """Run a program as stack `dev`; return what it did, once all of its registrations have landed.

    `config` is the stack's configuration: text, or a structure as YAML gives it. `secret` are its
    encrypted keys.
    """
    recording = Recording()

    def start() -> None:
        _prepare(recording, engine or Engine(), preview=preview)
        _configure(config or {}, secret)
        try:
            _sync_await(stack.run_in_stack(lambda: _nothing(program())))
        except Exception as error:  # noqa: BLE001 - the test judges it
            recording.error = error

    contextvars.copy_context().run(start)
    return recording


def as_stack(
    name: str,
    program: Callable[[], Result],
    *,
    config: Mapping[str, Any] | None = None,
    secret: tuple[str, ...] = ("secrets",),
) -> Result:
    """Return what a function that registers nothing says in the stack of that name."""

    def start() -> Result:
        _prepare(Recording(), Engine(), name)
        _configure(config or {}, secret)
        return program()

    return contextvars.copy_context().run(start)


def _configure(config: Mapping[str, Any], secret: tuple[str, ...]) -> None:
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    runtime.set_all_config(
        {f"{PROJECT}:{key}": value for key, value in encoded.items()}, [f"{PROJECT}:{key}" for key in secret]
    )


def _nothing(_: object) -> None:
    """Drop a program's result: pulumi would take it for something to wait for."""


def _prepare(recording: Recording, engine: mocks.Mocks, name: str = STACK, *, preview: bool = False) -> None:
    logger = logging.Logger("recorder")  # noqa: LOG001 - one for each run
    logger.addHandler(_Ear(recording))
    monitor = Monitor(engine, recording)
    # set_mocks would make a root resource of its own, besides the one of run_in_stack.
    runtime.settings.set_root_resource(object())  # type: ignore[arg-type]
    runtime.set_mocks(engine, project=PROJECT, stack=name, preview=preview, logger=logger, monitor=monitor)
    runtime.settings.set_root_resource(None)  # type: ignore[arg-type]


class _Ear(logging.Handler):
    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno > logging.DEBUG:
            self._recording.said.append((record.levelname.lower(), record.getMessage()))


def _resource(request: Any) -> Resource:
    raw = request.object.fields
    inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
    return Resource(
        type=request.type,
        name=request.name,
        inputs={key: rpc.unwrap_rpc_secret(value) for key, value in inputs.items()},
        custom=request.custom,
        parent=_name(request.parent),
        depends_on=frozenset(_name(urn) for urn in request.dependencies),
        secret=frozenset(key for key, value in raw.items() if _holds_secret(value)),
        error_hooks=tuple(request.hooks.on_error),
        aliases=len(request.aliases) + len(request.aliasURNs),
        import_id=request.importId,
    )


def _holds_secret(value: Any) -> bool:
    if value.HasField("struct_value"):
        fields = value.struct_value.fields
        marked = _KIND in fields and fields[_KIND].string_value == _SECRET
        return marked or any(_holds_secret(inner) for inner in fields.values())
    return value.HasField("list_value") and any(_holds_secret(inner) for inner in value.list_value.values)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
