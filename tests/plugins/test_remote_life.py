"""A command's life on a machine: updates, deletion, limits, connections. Recorded from 1.2.1."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from waiting import until

from .harness import Failed
from .sshd import free_port
from .wire import REMOTE, Props, checked

if TYPE_CHECKING:
    from pathlib import Path

    from .harness import Plugin
    from .sshd import Sshd


@pytest.fixture
def recorded(plugin: Plugin, machine: Sshd) -> Props:
    """The state of a command that has printed on both streams."""
    given = {"connection": machine.connection(), "create": "echo one; echo two >&2"}
    state = plugin.create(REMOTE, given)[1]
    plugin.engine.lines.clear()
    return state


UPDATES = [
    ({"create": "echo c", "update": "echo u"}, ("u", ""), 2),
    ({"create": "echo c", "update": "echo u", "addPreviousOutputInEnv": False}, ("u", ""), 0),
    ({"create": "echo c; echo d >&2", "delete": "x"}, ("c", "d"), 2),
    ({}, ("one", "two"), 0),
]


@pytest.mark.parametrize(("given", "printed", "warnings"), UPDATES)
def test_update(
    plugin: Plugin, recorded: Props, given: Props, printed: tuple[str, str], warnings: int
) -> None:
    """`update` runs, else `create`, else nothing; former outputs that the server refuses are a warning."""
    state = plugin.update(REMOTE, recorded, {"connection": recorded["connection"]} | given)
    assert (state["stdout"], state["stderr"]) == printed
    assert len(plugin.engine.said("WARNING")) == warnings


def test_delete_is_as_recorded(plugin: Plugin, recorded: Props, tmp_path: Path) -> None:
    """`delete` runs on the recorded machine with the recorded input; its failure keeps the resource."""
    plugin.delete(REMOTE, recorded)
    state = recorded | {"delete": f"cat > {tmp_path}/input; echo x; exit 4", "stdin": "S"}
    with pytest.raises(Failed) as caught:
        plugin.delete(REMOTE, state)
    assert caught.value.text.startswith("Process exited with status 4: running ")
    assert (tmp_path / "input").read_text() == "S"


def test_a_deletion_on_a_dead_machine_fails(plugin: Plugin, machine: Sshd, recorded: Props) -> None:
    """With a `delete` it fails after all attempts; without one nothing is dialled."""
    state = recorded | {"connection": checked(**machine.connection(port=free_port()))}
    plugin.delete(REMOTE, state)
    with pytest.raises(Failed) as caught:
        plugin.delete(REMOTE, state | {"delete": "true"})
    assert caught.value.text.startswith("after 0 failed attempts: dial tcp 127.0.0.1:")


def test_custom_timeouts_end_no_command(plugin: Plugin, machine: Sshd) -> None:
    """A command that runs is not ended by the engine's time limit."""
    given = {"connection": machine.connection(), "create": "sleep 2; echo done"}
    assert plugin.create(REMOTE, given, timeout=1)[1]["stdout"] == "done"


def test_commands_run_at_once(plugin: Plugin, machine: Sshd) -> None:
    """Twenty commands of a second take a few seconds, not twenty."""
    given = {"connection": machine.connection(), "create": "sleep 1; echo x"}
    results: list[str] = []
    runs = [
        threading.Thread(target=lambda: results.append(plugin.create(REMOTE, given)[1]["stdout"]))
        for _ in range(20)
    ]
    begun = time.monotonic()
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert results == ["x"] * 20
    assert time.monotonic() - begun < 15


def test_connections_stay_open(own_plugin: Plugin, machine: Sshd) -> None:
    """Each command takes a new connection, which is left open until the plugin ends."""
    before = machine.log.count("Starting session: command")
    closed = _closed(machine)
    for _ in range(3):
        own_plugin.create(REMOTE, {"connection": machine.connection(), "create": "true"})
    time.sleep(0.5)  # for what must not happen
    assert machine.log.count("Starting session: command") - before == 3
    assert _closed(machine) == closed
    own_plugin.stop()
    until(lambda: _closed(machine) + machine.log.count("Connection reset by") >= closed + 3)


def _closed(machine: Sshd) -> int:
    return machine.log.count("Connection closed by") + machine.log.count("Disconnected from")
