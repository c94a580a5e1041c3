"""One deployment at a time: on a machine, for an app, of a stack. Whoever comes second is told why."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down
from gate import Gate
from running import Run, locks, state
from waiting import until

from sandbox import check

WAITS: Final = ("assets/scripts/common.sh", "flock -w 120", "flock -w 2")
OTHER: Final = "flask-deploy/other, process 4711, since 2026-01-01T00:00:00Z"


@pytest.fixture(scope="module", name="deployed")
def _deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = make("alone", tmp_path_factory.mktemp("alone"))
    configured(deployment, "first")
    deployment.stack.up()
    yield deployment
    take_down(deployment)


def configured(deployment: Deployment, greeting: str) -> None:
    """Have the next `up` deploy a release with a greeting of its own."""
    deployment.configure({**SMALL, "environment": {"GREETING": greeting}})


def serving(deployment: Deployment) -> tuple[str, str]:
    """What the app says, and which release that is."""
    answer = check.until_answers(deployment.url + "/")
    return answer.body.decode(), answer.headers["x-release"]


@contextmanager
def changed(deployment: Deployment, file: str, old: str, new: str) -> Iterator[None]:
    """Have the scratch copy of the project differ in one place: a wait that is shorter than the product's."""
    path = deployment.stack.scratch.root / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    try:
        yield
    finally:
        path.write_text(text)


@pytest.mark.covers(57, "P5")
def test_two_stacks_that_claim_the_same_app_at_once(deployed: Deployment) -> None:
    """One gets it and serves; the other one is told who has it and how to take it over."""
    rivals = {
        name: replace(deployed, stack=deployed.stack.scratch.stack(name)) for name in ("local", "rival")
    }
    deployed.stack.destroy()
    for name, rival in rivals.items():
        configured(rival, name)
    runs = {name: Run.start(rival, name=name) for name, rival in rivals.items()}
    codes = {name: run.result(300).returncode for name, run in runs.items()}
    (winner,) = [name for name, code in codes.items() if code == 0]
    (loser,) = [name for name, code in codes.items() if code != 0]

    assert f"app 'small' on this machine belongs to flask-deploy/{winner}" in runs[loser].said()
    assert "sudo rm /var/lib/flask-deploy/small/owner, then 'pulumi up' again" in runs[loser].said()
    assert serving(deployed) == (winner, rivals[winner].stack.outputs()["release"])
    made = {each["urn"].rpartition("::")[2] for each in state(rivals[loser])["resources"]}
    assert "machine-ready" in made
    assert not made & {"machine-claim-small", "machine-provision", "machine-release"}
    rivals[winner].stack.destroy()
    rivals[loser].stack.destroy()
    configured(deployed, "first")
    deployed.stack.up()


@contextmanager
def holder(deployment: Deployment) -> Iterator[subprocess.Popen[str]]:
    """Somebody else's deployment on the machine, which has the lock until its input ends."""
    lock = "/run/lock/flask-deploy"
    command = f"flock {lock} sh -c 'echo {OTHER} >{lock}; echo held; cat >/dev/null'"
    process = subprocess.Popen(
        deployment.machine.login("root", command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.communicate()


@pytest.mark.sample
@pytest.mark.covers(57, "P5")
def test_a_machine_that_another_deployment_holds(deployed: Deployment) -> None:
    """After two minutes (here: seconds) the holder is named, and nothing was changed; later it works."""
    before = serving(deployed)
    configured(deployed, "second")
    with holder(deployed), changed(deployed, *WAITS):
        result = deployed.stack.up(check=False)

    assert result.returncode != 0
    assert f"another deployment holds this machine for more than two minutes: {OTHER}" in said(result)
    assert "wait for it, then run 'pulumi up' again" in said(result)
    assert serving(deployed) == before
    assert not state(deployed).get("pending_operations")
    deployed.stack.up()
    assert serving(deployed) == ("second", deployed.stack.outputs()["release"])


@pytest.mark.covers(57, "P5")
def test_a_machine_that_is_free_again_in_time(deployed: Deployment) -> None:
    """Who waits for it gets it."""
    configured(deployed, "third")
    with holder(deployed) as other:
        run = Run.start(deployed)
        machine = deployed.machine
        until(lambda: "-w 120" in machine.ssh("pgrep -a flock", check=False).stdout, "the run waits")
        other.communicate()
        result = run.result(120)

    assert result.returncode == 0
    assert serving(deployed) == ("third", deployed.stack.outputs()["release"])


@pytest.mark.covers(57, "P5")
def test_another_hand_that_switches_meanwhile(deployed: Deployment) -> None:
    """A release that is not what it was when this run began is not written over; the next run is."""
    told, first = serving(deployed)
    gate = Gate(program="systemctl", words=" start small@")
    gate.put(deployed.machine)
    configured(deployed, "fourth")
    run = Run.start(deployed)
    try:
        gate.wait(deployed.machine)
        deployed.machine.ssh("ln -sfn releases/0123456789ab /srv/small/current")
        gate.open(deployed.machine)
        result = run.result(120)
    finally:
        gate.take_away(deployed.machine)
        run.end()

    assert result.returncode != 0
    assert f"another hand changed the serving release from '{first}' to '0123456789ab'" in run.said()
    assert "run 'pulumi up' again" in run.said()
    assert serving(deployed) == (told, first)
    units = deployed.machine.ssh("systemctl list-units --plain --no-legend 'small@*.service'").stdout
    assert [line.split()[0] for line in units.splitlines()] == [f"small@{first}.service"]
    deployed.stack.up()
    assert serving(deployed) == ("fourth", deployed.stack.outputs()["release"])


@pytest.mark.covers(57, "P5")
def test_an_app_that_was_taken_over(deployed: Deployment) -> None:
    """The former owner is told by each step; its `destroy` leaves the app alone; taken back, it works."""
    before = serving(deployed)
    owner = "/var/lib/flask-deploy/small/owner"
    deployed.machine.ssh(f"echo flask-deploy/other >{owner}")
    configured(deployed, "fifth")
    result = deployed.stack.up(check=False)

    assert result.returncode != 0
    assert "belongs to flask-deploy/other, not to flask-deploy/local" in said(result)
    assert f"echo 'flask-deploy/local' | sudo tee {owner}" in said(result)
    assert serving(deployed) == before
    assert "kept: app 'small' belongs to flask-deploy/other now" in said(deployed.stack.destroy())
    assert serving(deployed) == before
    deployed.machine.ssh(f"echo flask-deploy/local | tee {owner}")
    deployed.stack.up()
    assert serving(deployed) == ("fifth", deployed.stack.outputs()["release"])


@pytest.mark.sample
@pytest.mark.covers(57, 58, "P5")
def test_a_stack_that_is_being_deployed(deployed: Deployment) -> None:
    """The second `up` is told who holds the stack; the first one goes on."""
    gate = Gate(program="systemctl", words=" start small@")
    gate.put(deployed.machine)
    configured(deployed, "sixth")
    run = Run.start(deployed)
    try:
        gate.wait(deployed.machine)
        words = ("up", "--yes", "--skip-preview", "--stack", deployed.stack.name)
        second = deployed.stack.scratch.pulumi(*words, check=False)
        gate.open(deployed.machine)
        first = run.result(120)
    finally:
        gate.take_away(deployed.machine)
        run.end()

    assert first.returncode == 0
    assert second.returncode != 0
    assert "the stack is currently locked by 1 lock(s)" in said(second)
    assert f"(pid {run.process.pid})" in said(second)
    assert "`pulumi cancel`" in said(second)
    assert serving(deployed) == ("sixth", deployed.stack.outputs()["release"])
    assert locks(deployed) == []


@pytest.mark.covers(58)
def test_a_lock_that_a_killed_run_has_left(deployed: Deployment) -> None:
    """It is said with the command that takes it away; with that, the next `up` works."""
    gate = Gate(program="systemctl", words=" start small@")
    gate.put(deployed.machine)
    configured(deployed, "seventh")
    run = Run.start(deployed)
    try:
        gate.wait(deployed.machine)
        run.kill()
    finally:
        gate.take_away(deployed.machine)
        run.end()
    scratch, words = deployed.stack.scratch, ("--yes", "--stack", deployed.stack.name)
    refused = scratch.pulumi("up", "--skip-preview", *words, check=False)

    assert refused.returncode != 0
    assert f"(pid {run.process.pid})" in said(refused)
    assert "`pulumi cancel`" in said(refused)
    assert state(deployed)["resources"]
    scratch.pulumi("cancel", *words)
    scratch.pulumi("up", "--skip-preview", *words)
    assert serving(deployed) == ("seventh", deployed.stack.outputs()["release"])
