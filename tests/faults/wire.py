"""What can happen to a connection: cut with an answer, or without one, as when a machine has vanished."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from running import Run

from sandbox.machines import Machine

TABLE: Final = "fault_test"


def _ports(run: Run, machine: Machine) -> list[str]:
    """The ports on this computer of the connections that a run has to the machine."""
    shown = subprocess.run(
        ["ss", "-Hntp", "dst", machine.address], capture_output=True, text=True, check=True
    ).stdout
    processes = [f"pid={process}," for process in run.plugins()]
    lines = [line for line in shown.splitlines() if any(process in line for process in processes)]
    return [line.split()[3].rpartition(":")[2] for line in lines]


def _rules(machine: Machine, ports: list[str], verdict: str) -> str:
    mine = "{" + ", ".join(ports) + "}"
    reset = " with tcp reset" if verdict == "reject" else ""
    return f"""
table ip {TABLE}
delete table ip {TABLE}
table ip {TABLE} {{
  chain output {{
    type filter hook output priority 0;
    tcp flags rst accept
    ip daddr {machine.address} tcp sport {mine} {verdict}{reset}
  }}
  chain input {{
    type filter hook input priority 0;
    tcp flags rst accept
    ip saddr {machine.address} tcp dport {mine} {verdict}{reset}
  }}
}}
"""


@contextmanager
def cut(run: Run, machine: Machine, verdict: str) -> Iterator[None]:
    """Cut the run's connections: `reject` answers with a reset to both ends, `drop` with nothing at all."""
    ports = _ports(run, machine)
    assert ports, "the run has no connection to the machine"
    subprocess.run(["nft", "-f", "-"], input=_rules(machine, ports, verdict), text=True, check=True)
    try:
        yield
    finally:
        subprocess.run(["nft", "delete", "table", "ip", TABLE], check=True)
