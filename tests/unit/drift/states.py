"""A stack's state as the engine exports it, from what the program registers; a machine's facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from components.drift import expected
from components.drift.look import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.drift.deployed import Machine
    from unit.recorder import Recording, Resource

PREFIX: Final = "urn:pulumi:dev::flask-deploy::"
DIGEST: Final = "d" * 64


def state(recording: Recording) -> dict[str, Any]:
    """Return the export, with secrets in the engine's own wrapping."""
    machines = {each.name for each in recording.all("Machine")}
    root = {"urn": f"{PREFIX}pulumi:pulumi:Stack::flask-deploy-dev", "type": "pulumi:pulumi:Stack"}
    resources = [_resource(each, machines) for each in recording.resources]
    return {"deployment": {"resources": [{**root, "outputs": dict(recording.outputs)}, *resources]}}


def _resource(resource: Resource, machines: set[str]) -> dict[str, Any]:
    inputs = {
        key: wrapped(value) if key in resource.secret else _portable(value)
        for key, value in resource.inputs.items()
    }
    # An instance and the machine that it is have the same name: steps belong to the machine.
    of_a_machine = resource.parent in machines and resource.type.startswith("command:remote:")
    parent = f"{PREFIX}flask-deploy:index:Machine::{resource.parent}" if of_a_machine else ""
    urn = f"{PREFIX}{resource.type}::{resource.name}"
    return {"urn": urn, "type": resource.type, "custom": resource.custom, "inputs": inputs, "parent": parent}


def wrapped(value: Any) -> dict[str, str]:
    """Return a secret value as `pulumi stack export --show-secrets` prints it."""
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    return {**mark, "plaintext": json.dumps(_portable(value))}


def _portable(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def facts(machine: Machine, **other: Sequence[tuple[str, ...]]) -> Facts:
    """Return what a machine says that is as it was deployed, but for the facts named."""
    release = expected.release_folder(machine)
    app, proxy = machine.variables["APP"], machine.variables["PROXY"]
    rows: dict[str, Sequence[tuple[str, ...]]] = {
        "owner": [(machine.variables["OWNER"],)],
        "proxy": [(proxy,)],
        "current": [(f"releases/{machine.variables['RELEASE']}",)],
        "link": list(expected.links(machine).items()),
        "site": [(f"/etc/{proxy}/sites-enabled/000-{app}.conf", f"/srv/{app}/current/site.conf")],
        "account": [("shell groups", "shell groups")],
        "thing": [(path, *_thing(machine, path)) for path in expected.things(machine)],
        "listed": [(release, "7"), ("/srv/venv", "90")],
        "unit": [(unit, "active", "enabled", "no", f"/etc/{unit}", "") for unit in expected.units(machine)],
        "package": [(proxy, "installed")],
        "port": [
            ("0.0.0.0:80", proxy),
            (f"[::]:{machine.door.port}", "sshd"),
            ("127.0.0.1:5432", "postgres"),
        ],
        "answer": [("",)],
    }
    rows |= {name.replace("_", "-"): value for name, value in other.items()}
    return Facts(rows={name: tuple(value) for name, value in rows.items()})


def _thing(machine: Machine, path: str) -> tuple[str, str]:
    known = expected.things(machine)
    thing = known[path]
    content = thing.content or (known[thing.same_as].content if thing.same_as else "") or DIGEST
    return thing.about or "f 600 root:root", content


def with_thing(
    machine: Machine, path: str, about: str | None = None, content: str | None = None
) -> Mapping[str, Any]:
    """Return the facts' `thing` rows, of which one is another."""
    rows = []
    for each in expected.things(machine):
        was, had = _thing(machine, each)
        hit = each == path
        new_about = about if hit and about is not None else was
        rows.append((each, new_about, content if hit and content is not None else had))
    return {"thing": rows}
