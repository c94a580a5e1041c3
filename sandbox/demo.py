"""`make demo`: from nothing to a served app, on a machine that is booted on this computer."""

from typing import Any

from sandbox import apps, machines
from sandbox.plugins.command_plugin import ensure
from sandbox.project import Scratch, Stack
from sandbox.say import SandboxError, step

MACHINE = "demo"
STACK = "local"


def run() -> None:
    """Deploy the stack file's app, or the one that APP names, with its web stack or WEB_STACK; check it."""
    web_stack = apps.web_stack("make demo")
    app = apps.chosen()
    scratch = Scratch.create("demo", target="vm", plugins=ensure)  # first: it refuses a broken stack file
    step("booting a machine: a few seconds (the first time its system is made: about a minute)")
    machine = machines.up(MACHINE)
    stack = scratch.stack(STACK)
    configure(stack, machine, web_stack=web_stack, app=app)
    step("deploying with pulumi up: about half a minute, a few seconds when little has changed")
    if stack.up(stream=True, check=False).returncode != 0:
        raise SandboxError("pulumi up failed; its own words stand above")
    outputs = stack.outputs()
    seen = apps.checked(stack, outputs["url"], outputs["release"])
    print(_summary(machine, outputs, seen))


def configure(
    stack: Stack, machine: machines.Machine, *, web_stack: str = "", app: dict[str, Any] | None = None
) -> None:
    """Point a stack of the scratch copy at a machine."""
    values: dict[str, Any] = {
        "flask-deploy:vm": {
            "host": machine.address,
            "user": machine.user,
            "hostKey": machine.host_key,
            "privateKeyFile": str(machine.private_key),
        }
    }
    if web_stack:
        values["flask-deploy:machine"] = {"webStack": web_stack}
    stack.config(values)
    apps.configure(stack, app)


def _summary(machine: machines.Machine, outputs: dict[str, Any], seen: str) -> str:
    return "\n".join(
        [
            "",
            f"checked:   {seen}",
            f"machine:   Debian ({machine.suite}), {machine.address}, user {machine.user}",
            f"web stack: {outputs['webStack']}, release {outputs['release']}",
            "shell:     .sandbox/venv/bin/python -m sandbox.machines ssh demo",
            "remove:    make clean",
            f"url: {outputs['url']}",
        ]
    )
