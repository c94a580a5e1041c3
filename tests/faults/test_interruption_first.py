"""A first deployment that is cut off while Debian's packages come: nothing is left half-installed.

Each point begins on a machine from which everything was removed, and ends in the tree of a deployment
that nothing disturbed.
"""

from collections.abc import Iterator
from typing import Final

import pytest
from deployment import SMALL, make
from gate import Gate
from points import ENDED, KILLED, LOST, SILENT, Point, kill_all, kill_cli, power_cut, reset
from running import state
from stage import Stage

WEB_STACK: Final = "nginx-uwsgi"
LISTS: Final = Gate(program="apt-get", words=" update")
FETCH: Final = Gate(program="apt-get", words="Retries=3 install ")
# Called by the package's own script, while dpkg configures it.
CONFIGURE: Final = Gate(program="/usr/bin/deb-systemd-helper", words="nginx.service")

POINTS: Final = (
    Point(name="apt-get update: reset", gate=LISTS, fault=reset, says=LOST),
    Point(name="apt-get install: SIGKILL of the CLI", gate=FETCH, fault=kill_cli, says=SILENT),
    Point(name="dpkg: SIGKILL of all on the machine", gate=CONFIGURE, fault=kill_all, says=KILLED),
    Point(name="dpkg: power cut", gate=CONFIGURE, fault=power_cut, says=ENDED),
)


@pytest.fixture(scope="module", name="stage")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Nothing is deployed, and what the machine looks like after an undisturbed deployment is known."""
    stage = Stage(deployment=make("cut-first", tmp_path_factory.mktemp("cut-first")), web_stack=WEB_STACK)
    stage.deployment.configure(SMALL, {"webStack": WEB_STACK})
    stage.deployment.stack.up()
    stage.clean["small"] = stage.tree()
    stage.deployment.stack.destroy()
    yield stage
    stage.take_down()


@pytest.mark.parametrize("point", [pytest.param(point, id=point.name) for point in POINTS])
@pytest.mark.covers(35, 41, 56, "P6")
def test_an_interrupted_first_deployment(stage: Stage, point: Point) -> None:
    """The state loads, and the way back ends in the same machine, with all packages configured."""
    stage.unlock()
    point.strike(stage)

    assert state(stage.deployment)["resources"]
    stage.heal()
    assert stage.deployment.get().body == b"hello"
    assert stage.tree() ^ stage.clean["small"] == set()
    assert stage.deployment.machine.ssh("dpkg --audit").stdout == ""
    stage.deployment.stack.destroy()
