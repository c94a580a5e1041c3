"""Where a deployment is interrupted, and by what."""

# ruff: noqa: ARG001  all faults are called alike

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import wire
from gate import Gate
from running import Run
from stage import Stage

from sandbox import machines

Fault = Callable[[Stage, Run, Gate], None]

GONE_SECONDS: Final = 12  # the time-out of a step in the tests where the machine vanishes

# What a run says.
LOST: Final = "the connection was lost"
KILLED: Final = "a step was killed there"
ENDED: Final = "error: "  # of the plugin or the engine, in their own words
SILENT: Final = ""
LATE: Final = f"has not come back after {GONE_SECONDS} seconds"


def interrupt_once(stage: Stage, run: Run, gate: Gate) -> None:
    """The engine waits for the step under way."""
    run.interrupt()
    gate.open(stage.deployment.machine)


def interrupt_twice(stage: Stage, run: Run, gate: Gate) -> None:
    """The engine does not wait; the step goes on until it notices."""
    run.interrupt(2)
    run.result(60)
    gate.open(stage.deployment.machine)


def kill_cli(stage: Stage, run: Run, gate: Gate) -> None:
    """Nobody can say goodbye."""
    run.kill()
    gate.open(stage.deployment.machine)


def kill_plugin(stage: Stage, run: Run, gate: Gate) -> None:
    """The engine goes on without it."""
    run.kill_plugin()
    gate.open(stage.deployment.machine)


def kill_script(stage: Stage, run: Run, gate: Gate) -> None:
    """The script ends, and what it has just started goes on alone."""
    machine = stage.deployment.machine
    machine.ssh("pkill -KILL -x -f 'bash -s'")
    gate.open(machine)


def kill_all(stage: Stage, run: Run, gate: Gate) -> None:
    """The script ends with all that it has started."""
    stage.deployment.machine.ssh("pkill -KILL -g $(pgrep -x timeout)")


def kill_session(stage: Stage, run: Run, gate: Gate) -> None:
    """The server's process of this connection ends; the script goes on until it notices."""
    machine = stage.deployment.machine
    machine.ssh(f"pkill -KILL -f '^sshd: {machine.user}'")
    gate.open(machine)


def reset(stage: Stage, run: Run, gate: Gate) -> None:
    """Something on the way cuts the connection, and tells both ends."""
    with wire.cut(run, stage.deployment.machine, "reject"):
        run.result(120)
        gate.open(stage.deployment.machine)


def vanish(stage: Stage, run: Run, gate: Gate) -> None:
    """Nothing comes through any more, and nobody says so: only the time-out ends it."""
    with wire.cut(run, stage.deployment.machine, "drop"):
        run.result(GONE_SECONDS + 60)
        gate.open(stage.deployment.machine)


def reboot(stage: Stage, run: Run, gate: Gate) -> None:
    """The machine restarts in good order."""
    machines.reboot(stage.deployment.machine)


def power_cut(stage: Stage, run: Run, gate: Gate) -> None:
    """The machine loses its power, and comes back."""
    machines.power_cut(stage.deployment.machine)
    machines.up(stage.deployment.machine.name)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One interruption: the gate at which it comes, what happens, and what the run says then."""

    name: str
    gate: Gate
    fault: Fault
    says: str
    venv: bool = False  # whether the virtual environment is made on the way
    quick: bool = False  # whether `make test` runs it, too

    def strike(self, stage: Stage) -> None:
        """Begin a deployment, and have the fault come at the gate; the run fails, and says what it should."""
        machine = stage.deployment.machine
        self.gate.put(machine)
        run = Run.start(stage.deployment)
        try:
            self.gate.wait(machine)
            self.fault(stage, run, self.gate)
            result = run.result(120)
        finally:
            self.gate.take_away(machine)
            run.end()
        assert result.returncode != 0
        assert self.says in run.said()
