"""The only door to a machine: how each step and each file goes through it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi

from components.machine import remote
from components.machine.plan import Step
from unit import recorder
from unit.examples import HOST_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

LOGIN: Final = remote.Login(
    host="203.0.113.7",
    user="ubuntu",
    host_key=HOST_KEY,
    identity="m1",
    described="vm/host: ubuntu@203.0.113.7 port 22",
    wait_seconds=45,
    port=2222,
)
STEP: Final = Step(
    name="secrets", scripts=("secrets",), seconds=60, variables={"APP": "a b"}, files={"f": "x"}
)


def run(step: Step = STEP, login: remote.Login = LOGIN, **options: Any) -> recorder.Resource:
    """What running a step registers."""
    return recorded(
        lambda: remote.run("machine-secrets", step, login, opts=pulumi.ResourceOptions(), **options)
    )


def recorded(program: Callable[[], object], *, preview: bool = False) -> recorder.Resource:
    """The one resource that a program registers."""
    recording = recorder.run(program, preview=preview)
    assert recording.error is None
    (resource,) = recording.resources
    return resource


def test_a_step_is_a_command_with_the_script_in_its_input() -> None:
    """A failure prints the command whole, so it is short and holds no file; nothing else is given."""
    found = run()
    assert (found.type, found.name) == ("command:remote:Command", "machine-secrets")
    assert found.inputs["create"] == STEP.command("ubuntu", "m1")
    assert found.inputs["stdin"] == STEP.stdin()
    assert found.inputs["addPreviousOutputInEnv"] is False
    assert set(found.inputs) == {"connection", "create", "stdin", "addPreviousOutputInEnv"}


def test_the_connection_is_to_this_machine_and_no_other() -> None:
    """The host key always; few tries, since those with a wrong key get the sender banned."""
    connection = run(login=replace(LOGIN, private_key="k3y")).inputs["connection"]
    assert connection == {
        "host": "203.0.113.7",
        "port": 2222,
        "user": "ubuntu",
        "hostKey": HOST_KEY,
        "privateKey": "k3y",
        "dialErrorLimit": remote.TRIES,
        "perDialTimeout": 15,
    }
    assert 1 <= remote.TRIES <= 3


def test_without_a_private_key_the_agent_is_asked() -> None:
    """An empty key would be tried instead."""
    assert "privateKey" not in run().inputs["connection"]


def test_a_secret_step_shows_and_logs_nothing() -> None:
    """Its input is encrypted in the state, its output goes nowhere."""
    found = run(replace(STEP, secret=True))
    assert found.secret >= {"stdin"}
    assert found.inputs["logging"] == "none"
    assert "stdin" not in run().secret
    assert "logging" not in run().inputs


def test_only_what_can_be_undone_has_a_delete() -> None:
    """A step that is replaced would run it, and stop what serves."""
    assert "delete" not in run().inputs
    assert run(undo=("remove",)).inputs["delete"] == STEP.command("ubuntu", "m1", "remove")


def test_a_file_is_copied_again_to_a_new_machine() -> None:
    """The provider looks at content and path only, so the machine is a trigger."""
    found = recorded(
        lambda: remote.copy("machine-upload", Path(__file__), "/x.tar", LOGIN, opts=pulumi.ResourceOptions())
    )
    assert (found.type, found.name) == ("command:remote:CopyToRemote", "machine-upload")
    assert found.inputs["remotePath"] == "/x.tar"
    assert found.inputs["source"].path == str(Path(__file__))
    assert found.inputs["triggers"] == ["m1"]
    assert found.inputs["connection"] == run().inputs["connection"]


def unknown() -> pulumi.Output[str]:
    """What is not known in a preview, as of a machine that is yet to be made."""

    async def value(*, what: Any) -> Any:
        return what

    return pulumi.Output(set(), value(what=None), value(what=False))


def test_a_machine_that_is_not_there_yet_can_be_previewed() -> None:
    """Target ecs makes it in the same run: its command is not known then, and nothing crashes."""

    def program() -> None:
        login = replace(LOGIN, host=unknown(), host_key=unknown(), identity=unknown())
        remote.run("machine-secrets", STEP, login, opts=pulumi.ResourceOptions())

    found = recorded(program, preview=True)
    assert isinstance(found.inputs["create"], pulumi.output.Unknown)
    assert found.inputs["stdin"] == STEP.stdin()
