"""A machine with little memory, on which a new release needs more than there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from sandbox.machines import Machine, power

MIB: Final = 1 << 20
WEB_STACK: Final = "nginx-gunicorn"
ROOM: Final = 150 * MIB  # beside what runs already
BALLAST: Final = 'ballast = b"x" * 40_000_000\napp = Flask'  # in each worker


@contextmanager
def memory(machine: Machine, room: int) -> Iterator[None]:
    """Let the machine's processes use only so many bytes more than they do now."""
    groups = Path(f"/proc/{power.leader(machine.name)}/cgroup").read_text().splitlines()
    mine = [line.partition(":memory:")[2] for line in groups if ":memory:" in line]
    if not mine:
        pytest.skip("memory is bounded by version 1 of control groups, which this computer does not have")
    group = Path("/sys/fs/cgroup/memory") / mine[0].lstrip("/")
    stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    limits = [group / f"memory.{kind}limit_in_bytes" for kind in ("", "memsw.")]  # then with swap
    for limit in limits:
        limit.write_text(str(int(stat["total_rss"]) + room))
    try:
        yield
    finally:
        for limit in reversed(limits):
            limit.write_text("-1")


@pytest.fixture(scope="module", name="deployed")
def _deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = make("memory", tmp_path_factory.mktemp("memory"))
    deployment.configure(SMALL, {"webStack": WEB_STACK})
    deployment.stack.up()
    yield deployment
    take_down(deployment)


@pytest.mark.covers(13, 68, "P2")
def test_more_workers_than_there_is_memory_for(deployed: Deployment) -> None:
    """The kernel ends some, the app server starts others, and so on: refused, and the cause is named."""
    serving = deployed.get().headers["x-release"]
    deployed.edit("app.py", "app = Flask", BALLAST)
    deployed.configure(SMALL, {"webStack": WEB_STACK, "workers": 24, "settleSeconds": 3})
    with memory(deployed.machine, ROOM):
        result = deployed.stack.up(check=False)

    assert result.returncode != 0
    assert "was not taken" in said(result)
    assert "as the kernel does when memory runs out" in said(result)
    assert "set fewer flask-deploy:machine.workers" in said(result)
    assert deployed.get().headers["x-release"] == serving
    deployed.configure(SMALL, {"webStack": WEB_STACK, "workers": 2})
    deployed.stack.up()
    assert deployed.get().headers["x-release"] != serving
