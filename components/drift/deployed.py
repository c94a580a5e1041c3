"""What was deployed, as the stack's state has it. Pure: takes the exported state, asks nobody."""

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_WRAPPED: Final = "4dabf18193072939515e22adb298388d"  # the engine's mark of a value that is more than itself
_MACHINE: Final = "flask-deploy:index:Machine"
_STACK: Final = "pulumi:pulumi:Stack"
# Providers whose resources are on no cloud: there is nothing to ask them.
_NO_CLOUD: Final = frozenset({"command", "pulumi", "random", "tls"})
_SCRIPT_END: Final = '\nmain "$@"; exit\n'
_MARKER: Final = "@@ "


@dataclass(frozen=True, kw_only=True)
class Door:
    """How the deployment reached a machine; `private_key` is empty when the ssh-agent has it."""

    host: str
    port: int
    user: str
    host_key: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a machine's deployment: its variables, and by name the mode and hash of each of its files."""

    variables: Mapping[str, str]
    files: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine of the stack, and the steps that were run on it, by their names, such as `release`."""

    name: str
    door: Door
    steps: Mapping[str, Step]

    @property
    def variables(self) -> Mapping[str, str]:
        """What the release was deployed with, such as `APP`, `RELEASE`, `PROXY`."""
        return self.steps["release"].variables


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A stack: its outputs, its machines, the probe's arguments, and whether a cloud has something of it.

    `unfinished` are the names of machines on which no release was ever taken.
    """

    outputs: Mapping[str, Any]
    machines: tuple[Machine, ...]
    unfinished: tuple[str, ...]
    probe: tuple[str, ...]
    on_cloud: bool


def read(state: Mapping[str, Any]) -> Deployed:
    """Take apart what `pulumi stack export --show-secrets` prints."""
    resources = [
        each for each in (state.get("deployment") or {}).get("resources") or [] if not each.get("delete")
    ]
    outputs = next((each.get("outputs") or {} for each in resources if each["type"] == _STACK), {})
    machines = {
        _name(each): _machine(each["urn"], resources) for each in resources if each["type"] == _MACHINE
    }
    probes = [
        shlex.split(each["inputs"]["create"])
        for each in resources
        if each["type"] == "command:local:Command" and _name(each) == "probe"
    ]
    return Deployed(
        outputs={name: _plain(value) for name, value in outputs.items() if not _is_secret(value)},
        machines=tuple(machine for machine in machines.values() if machine),
        unfinished=tuple(name for name, machine in machines.items() if not machine),
        probe=tuple(probes[0][2:]) if probes else (),
        on_cloud=any(
            each.get("custom") and each["type"].partition(":")[0] not in _NO_CLOUD for each in resources
        ),
    )


def _machine(urn: str, resources: list[Mapping[str, Any]]) -> Machine | None:
    """Return a machine; None when no release was ever taken there."""
    name = urn.rpartition("::")[2]
    commands = {
        _name(each).removeprefix(f"{name}-"): each
        for each in resources
        if each.get("parent") == urn and each["type"] == "command:remote:Command"
    }
    if "release" not in commands:
        return None
    door = _plain(commands["release"]["inputs"]["connection"])
    return Machine(
        name=name,
        door=Door(
            host=door["host"],
            port=int(door.get("port", 22)),
            user=door.get("user", "root"),
            host_key=door.get("hostKey", ""),
            private_key=door.get("privateKey") or "",
        ),
        steps={step: _step(each["inputs"]) for step, each in commands.items()},
    )


def _step(inputs: Mapping[str, Any]) -> Step:
    words = shlex.split(_plain(inputs["create"]))
    variables = words[words.index("env") + 1 : words.index("timeout")]
    return Step(
        variables=dict(word.split("=", 1) for word in variables),
        files=_files(_plain(inputs["stdin"])),
    )


def _files(stdin: str) -> dict[str, tuple[str, str]]:
    """Return mode and SHA-256 of the files behind the script, as `read_payload` in common.sh takes them."""
    found: dict[str, tuple[str, str]] = {}
    payload = f"\n{stdin.partition(_SCRIPT_END)[2]}{_MARKER}"
    for part in payload.split(f"\n{_MARKER}")[1:-1]:
        head, filled, text = part.partition("\n")
        name, mode = head.split()
        content = text + filled  # the split took its last line end
        found[name] = (mode.lstrip("0"), hashlib.sha256(content.encode()).hexdigest())
    return found


def _plain(value: Any) -> Any:
    """Return a value of the state without the wrapping of secrets."""
    if isinstance(value, dict):
        if _is_secret(value):
            return _plain(json.loads(value["plaintext"]))
        return {key: _plain(each) for key, each in value.items()}
    return value


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and _WRAPPED in value and "plaintext" in value


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rpartition("::")[2]
