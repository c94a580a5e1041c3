"""A deployment that is cut off, anywhere and in any way: one release serves, and all can be mended.

Each point stops the run at an exact place on the machine, does something to it, and then follows
docs/operations.md, "After an interruption". Two variants of an app take turns.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from gate import SFTP, Gate
from points import (
    ENDED,
    GONE_SECONDS,
    KILLED,
    LATE,
    LOST,
    SILENT,
    Point,
    interrupt_once,
    interrupt_twice,
    kill_all,
    kill_cli,
    kill_plugin,
    kill_script,
    kill_session,
    power_cut,
    reboot,
    reset,
    vanish,
)
from running import state
from stage import WEIGHT, Stage

VENV: Final = Gate(program="setpriv", words=" -m venv ")
PIP: Final = Gate(program="setpriv", words=" -m pip install ")
UNPACK: Final = Gate(program="tar", words=" -C /srv/small/releases/.")
FINISH: Final = Gate(program="mv", words=" -T /srv/small/releases/.")
UNITS: Final = Gate(program="systemctl", words=" daemon-reload")
START: Final = Gate(program="systemctl", words=" start small@")
ENABLE: Final = Gate(program="systemctl", words=" enable --quiet small@")
SWITCH: Final = Gate(program="mv", words=" -T /srv/small/.current ")
ENTRANCE: Final = Gate(program="mv", words=" -T /srv/small/.entrance ")
RELOAD: Final = Gate(program="systemctl", words=" reload ")
RETIRE: Final = Gate(program="systemctl", words=" stop small@")


def upload(count: int) -> Gate:
    """After so many bytes of the upload."""
    return Gate(program=SFTP, count=count)


UPLOADS: Final = (
    Point(name="upload begins: Ctrl-C twice", gate=upload(60), fault=interrupt_twice, says="terminating"),
    Point(name="upload: SIGKILL of the CLI", gate=upload(1000), fault=kill_cli, says=SILENT),
    Point(name="upload: SIGKILL of the plugin", gate=upload(WEIGHT // 3), fault=kill_plugin, says=ENDED),
    Point(name="upload: SIGKILL of sshd's session", gate=upload(WEIGHT // 2), fault=kill_session, says=LOST),
    Point(name="upload ends: reset", gate=upload(WEIGHT), fault=reset, says=LOST),
    Point(name="upload: half-open", gate=upload(WEIGHT // 2), fault=vanish, says=LATE),
)
INSTALLS: Final = (
    Point(name="venv: SIGKILL of the script", gate=VENV, fault=kill_script, says=KILLED, venv=True),
    Point(name="pip: SIGKILL of the CLI", gate=PIP, fault=kill_cli, says=SILENT, venv=True),
    Point(name="pip: reset", gate=PIP, fault=reset, says=LOST, venv=True),
    Point(name="pip: half-open", gate=PIP, fault=vanish, says=LATE, venv=True),
    Point(name="pip: reboot", gate=PIP, fault=reboot, says=ENDED, venv=True),
    Point(name="unpack: SIGKILL of all on the machine", gate=UNPACK, fault=kill_all, says=KILLED),
    Point(name="release is named: Ctrl-C twice", gate=FINISH, fault=interrupt_twice, says="terminating"),
)
SWITCHES: Final = (
    Point(name="units: SIGKILL of the plugin", gate=UNITS, fault=kill_plugin, says=ENDED),
    Point(name="start: SIGKILL of sshd's session", gate=START, fault=kill_session, says=LOST),
    Point(name="enable: power cut", gate=ENABLE, fault=power_cut, says=ENDED),
    Point(name="before the switch: SIGKILL of all", gate=SWITCH, fault=kill_all, says=KILLED),
    Point(name="switch: SIGKILL of the script", gate=SWITCH, fault=kill_script, says=KILLED, quick=True),
    Point(name="switch, half of it: power cut", gate=ENTRANCE, fault=power_cut, says=ENDED),
    Point(name="before the reload: SIGKILL of all", gate=RELOAD, fault=kill_all, says=KILLED),
    Point(name="reload: half-open", gate=RELOAD, fault=vanish, says=LATE),
    Point(name="retirement: reset", gate=RETIRE, fault=reset, says=LOST),
    Point(name="retirement: Ctrl-C once", gate=RETIRE, fault=interrupt_once, says="update canceled"),
)
SAMPLE: Final = (
    Point(name="upload: SIGKILL of the CLI", gate=upload(1000), fault=kill_cli, says=SILENT),
    Point(name="pip: SIGKILL of the script", gate=PIP, fault=kill_script, says=KILLED, venv=True),
    Point(name="switch, half of it: reboot", gate=ENTRANCE, fault=reboot, says=ENDED),
    Point(name="before the reload: SIGKILL of all", gate=RELOAD, fault=kill_all, says=KILLED),
)


def cases(web_stack: str, points: tuple[Point, ...], *numbers: int) -> Iterator[Any]:
    """The points of a web stack, with the numbers that they show."""
    for point in points:
        shown = {*numbers, 56}
        shown |= {36} if point.fault is vanish else set()
        shown |= {51} if point.fault in (reboot, power_cut) else set()
        marks = [pytest.mark.covers(*sorted(shown), "P6")]
        marks += [pytest.mark.sample] if point.quick else []
        yield pytest.param(web_stack, point, id=f"{web_stack}-{point.name}", marks=marks)


@pytest.fixture(scope="module", name="stage_of")
def _stage_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Stage]]:
    """Gives the stage of a web stack; one is there at a time, since each is a machine."""
    there: list[Stage] = []

    def give(web_stack: str) -> Stage:
        if there and there[0].web_stack != web_stack:
            there.pop().take_down()
        if not there:
            name = f"cut-{web_stack.partition('-')[0]}"
            there.append(Stage.make(name, tmp_path_factory.mktemp(name), web_stack))
        return there[0]

    yield give
    for stage in there:
        stage.take_down()


@pytest.mark.parametrize(
    ("web_stack", "point"),
    [
        *cases("nginx-uwsgi", UPLOADS, 34),
        *cases("nginx-uwsgi", INSTALLS, 35),
        *cases("nginx-uwsgi", SWITCHES, 35),
        *cases("apache-gunicorn", SAMPLE, 34, 35),
        *cases("nginx-gunicorn", SAMPLE[1:3], 35),
        *cases("apache-uwsgi", SAMPLE[1:3], 35),
    ],
)
def test_an_interrupted_deployment(stage_of: Callable[[str], Stage], web_stack: str, point: Point) -> None:
    """The old release serves or the new one, the state loads, and the way back ends in the same machine."""
    stage = stage_of(web_stack)
    stage.unlock()
    old, new = stage.serving, stage.other
    stage.wipe_out_the_other(venv=point.venv)
    stage.choose(new)
    if point.fault is vanish:
        stage.shorten_time_outs(GONE_SECONDS)
    try:
        point.strike(stage)
    finally:
        stage.restore_time_outs()

    assert stage.answer() in (old, new)
    assert state(stage.deployment)["resources"]
    stage.heal()
    stage.arrived(new)
    assert stage.tree() ^ stage.clean[new] == set()
