"""Runs a Pulumi program without an engine and writes down what it registers, logs and exports."""

from __future__ import annotations

import contextvars
import json
import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pulumi import runtime
from pulumi.runtime import mocks, rpc, stack
from pulumi.runtime.sync_await import _sync_await

from components.settings import PROJECT
from unit.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Result = TypeVar("Result")
STACK: Final = "dev"
_KIND: Final = "4dabf18193072939515e22adb298388d"  # the SDK's key for the kind of a special value
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A registration. `parent` and `depends_on` are logical names; `secret` are inputs marked so.

    Where names are not enough, since an instance and the machine that it is have the same one, a
    resource is `Instance::web-0`, as Pulumi's own patterns have it: `waits_for`, `deleted_with`.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]
    custom: bool
    parent: str
    depends_on: frozenset[str]
    waits_for: frozenset[str]
    secret: frozenset[str]
    error_hooks: tuple[str, ...]
    create_hooks: tuple[str, ...]
    aliases: tuple[str, ...]
    import_id: str
    deleted_with: str
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    delete_before_replace: bool | None  # None: the provider decides
    replacement_trigger: str
    retained: bool
    secret_outputs: tuple[str, ...]
    protect: bool
    timeouts: Mapping[str, str]


@dataclass(kw_only=True)
class Recording:
    """What a program did, and in which folder.

    `resources` are sorted by name, since their order of registration is no two times the same. `error`
    is what ended it; `said` are its messages, severity and text. `read` are resources that it only looks
    at, logical name to id.
    """

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    secret_outputs: set[str] = field(default_factory=set)
    component_outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)
    error: BaseException | None = None
    folder: Path = field(default_factory=Path.cwd)

    def __getitem__(self, name: str) -> Resource:
        """Return the resource of that logical name; there has to be exactly one."""
        (found,) = (resource for resource in self.resources if resource.name == name)
        return found

    def one(self, kind: str) -> Resource:
        """Return the one resource of a type, such as `Instance`."""
        (found,) = self.all(kind)
        return found

    def all(self, kind: str) -> list[Resource]:
        """Return the resources of a type, by name."""
        return [resource for resource in self.resources if resource.type.endswith(f":{kind}")]

    def one_of(self, name: str, key: str) -> Resource:
        """Return the resource of that name that has an input; an instance and its machine share theirs."""
        (found,) = (each for each in self.resources if each.name == name and key in each.inputs)
        return found

    def names(self) -> list[str]:
        """Return the logical names, sorted."""
        return [resource.name for resource in self.resources]


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

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Write down what is only looked at."""
        self._recording.read[request.name] = request.id
        return super().ReadResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Write a component's outputs down, or the stack's."""
        found = rpc.deserialize_properties(request.outputs)
        outputs = {key: rpc.unwrap_rpc_secret(value) for key, value in found.items()}
        if "pulumi:pulumi:Stack" in request.urn.split("::")[2].split("$")[-1]:
            self._recording.outputs.update(outputs)
            self._recording.secret_outputs |= _secret(request.outputs)
        else:
            self._recording.component_outputs[_name(request.urn)] = outputs
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def run(  # noqa: PLR0913  # what a run starts from
    program: Callable[[], object],
    *,
    config: Mapping[str, Any] | None = None,
    secret: tuple[str, ...] = ("secrets",),
    preview: bool = False,
    engine: mocks.Mocks | None = None,
    name: str = STACK,
) -> Recording:
    """Run a program as a stack; return what it did, once all of its registrations have landed.

    `config` is the stack's configuration: text, or a structure as YAML gives it. `secret` are its
    encrypted keys. A key is this project's own, or has its owner in front: `alicloud:region`.
    """
    recording = Recording()

    def start() -> None:
        _prepare(recording, engine or Engine(), name, preview=preview)
        _configure(config or {}, secret)
        try:
            _sync_await(stack.run_in_stack(lambda: _nothing(program())))
        except Exception as error:  # noqa: BLE001 - the test judges it
            recording.error = error

    contextvars.copy_context().run(start)
    recording.resources.sort(key=lambda each: (each.name, each.type))
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
    runtime.set_all_config({_key(key): value for key, value in encoded.items()}, list(map(_key, secret)))


def _key(key: str) -> str:
    return key if ":" in key else f"{PROJECT}:{key}"


def _nothing(_: object) -> None:
    """Drop a program's result: pulumi would take it for something to wait for."""


def _prepare(recording: Recording, engine: mocks.Mocks, name: str, *, preview: bool = False) -> None:
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
    inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
    return Resource(
        type=request.type,
        name=request.name,
        inputs={key: rpc.unwrap_rpc_secret(value) for key, value in inputs.items()},
        custom=request.custom,
        parent=_name(request.parent),
        depends_on=frozenset(_name(urn) for urn in request.dependencies),
        waits_for=frozenset(_short(urn) for urn in request.dependencies),
        secret=frozenset(_secret(request.object)),
        error_hooks=tuple(request.hooks.on_error),
        create_hooks=tuple(request.hooks.before_create),
        aliases=tuple(alias.spec.name or alias.urn for alias in request.aliases),
        import_id=request.importId,
        deleted_with=_short(request.deletedWith),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        replacement_trigger=request.replacement_trigger.string_value,
        retained=request.retainOnDelete,
        secret_outputs=tuple(request.additionalSecretOutputs),
        protect=request.protect,
        timeouts={kind.name: value for kind, value in request.customTimeouts.ListFields()},
    )


def _secret(values: Any) -> set[str]:
    return {key for key, value in values.fields.items() if _holds_secret(value)}


def _holds_secret(value: Any) -> bool:
    if value.HasField("struct_value"):
        fields = value.struct_value.fields
        marked = _KIND in fields and fields[_KIND].string_value == _SECRET
        return marked or any(_holds_secret(inner) for inner in fields.values())
    return value.HasField("list_value") and any(_holds_secret(inner) for inner in value.list_value.values)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _short(urn: str) -> str:
    """Return a resource's type, without package and module, and its name: `Instance::web-0`."""
    return "::".join(part.rpartition(":")[2] for part in urn.split("::")[2:])
