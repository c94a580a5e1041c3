"""Drift, on a machine: each kind is found and named, and the printed command mends it."""

import json
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from components.drift import deployed, look
from components.drift.look import UntoldError
from sandbox import machines
from sandbox.process import Result

APP: Final = {**SMALL, "health": {"path": "/", "timeout": 6}}


@dataclass(frozen=True, kw_only=True)
class Drifting:
    """A deployment, and what drift says of it."""

    deployment: Deployment

    def report(self) -> dict[str, Any]:
        """What drift says for programs; the exit code has to fit."""
        result = self.deployment.drift("--json")
        value: dict[str, Any] = json.loads(result.stdout)
        assert {0: False, 1: None, 2: True}[result.returncode] == value["drift"], said(result)
        return value

    def mend(self, command: str) -> Result:
        """Run the command that was printed."""
        words = shlex.split(command)
        assert words[0] == "pulumi"
        return self.deployment.stack.scratch.pulumi(*words[1:], "--yes", "--skip-preview")

    def on_machine(self, script: str) -> str:
        """Run something on the machine, as root."""
        return self.deployment.machine.ssh("bash -euo pipefail -s", stdin=script).stdout

    def traces(self) -> str:
        """All that asking could leave on the machine."""
        places = "/var/lib/flask-deploy /run/flask-deploy /tmp /var/tmp /root /home"
        return self.deployment.script("tree-hash.sh") + self.on_machine(
            f"find {places} -path '*systemd-private*' -prune "
            r"-o -type d -printf '%p %m %u\n' -o -printf '%p %m %u %T@ %l\n' | sort"
        )


@pytest.fixture(scope="module", name="drifting")
def _drifting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drifting]:
    deployment = make("drift", tmp_path_factory.mktemp("drift"))
    deployment.configure(APP)
    deployment.stack.secret("flask-deploy:secrets.GREETING", "a canary of a secret")
    deployment.stack.up()
    yield Drifting(deployment=deployment)
    take_down(deployment)


RELEASE: Final = "release=$(basename $(readlink /srv/small/current)); unit=small@$release.service; "
# What goes wrong on the machine: how, and by which kind and part of its subject it is named. Those of one
# group are mended by the same steps, and none by what another one makes necessary.
KINDS: Final[dict[str, dict[str, tuple[str, str, str]]]] = {
    "the release's files and units": {
        "an edited unit": (
            RELEASE + "sed -i s/=on-failure/=no/ /etc/systemd/system/$unit; systemctl daemon-reload",
            *("file", "/etc/systemd/system/small@"),
        ),
        "settings added to a unit": (RELEASE + "systemctl set-property $unit CPUWeight=7", "unit", "small@"),
        "a disabled app": (RELEASE + "systemctl disable $unit", "unit", "small@"),
        "an edited file": ("echo >>/srv/small/current/app/app.py", "file", "/app/app.py"),
        "a file beside": ("touch /srv/small/current/app/more.py", "file", "/app/more.py"),
        "a file for everyone": ("chmod 666 /srv/small/current/environment", "file", "/environment"),
        "a missing file": ("rm /srv/small/current/persistent", "file", "/persistent"),
    },
    "what serves": {
        "a stopped app": (RELEASE + "systemctl stop $unit", "unit", "small@"),
        "a deleted site": (
            "rm /etc/nginx/sites-enabled/000-small.conf; systemctl reload nginx",
            *("release", "/etc/nginx/sites-enabled/000-small.conf"),
        ),
    },
    "the web server and the socket": {
        "a lost socket": (RELEASE + "rm /run/flask-deploy/small/$release/app.sock", "url", "http"),
        "a stopped web server": ("systemctl disable --now nginx", "unit", "nginx.service"),
        "a masked web server": ("systemctl mask nginx", "unit", "nginx.service"),
    },
    "packages, Debian's and Python's": {
        "a missing one": ("apt-get -qq -y purge nginx nginx-common >/dev/null 2>&1", "package", "nginx"),
        "an edited virtual environment": (
            "echo >>$(echo /srv/small/current/venv/lib/python3*/site-packages/flask/app.py)",
            *("file", "/site-packages/flask/app.py"),
        ),
    },
    "what provisioning has made": {
        "an edited command": ("echo >>/srv/small/run", "file", "/srv/small/run"),
        "a folder for everyone": ("chmod 755 /srv/small/secrets", "file", "/srv/small/secrets"),
        "a shell for the app": ("usermod -s /bin/bash small", "account", "small"),
    },
    "what was sent": {
        "a missing archive": ("rm /var/lib/flask-deploy/small/upload/*.tar", "file", "/upload/"),
        "edited secrets, which the app has read": (
            RELEASE + "echo GREETING=edited >$(echo /srv/small/secrets/*); systemctl restart $unit",
            *("file", "/srv/small/secrets/"),
        ),
    },
}


def test_after_a_deployment_there_is_none(drifting: Drifting) -> None:
    """It says so with exit code 0, for one login; and nothing on the machine is changed by asking."""
    machine = drifting.deployment.machine
    before, logins = drifting.traces(), machine.journal_accepted()
    result = drifting.deployment.drift()

    assert (result.returncode, result.stderr) == (0, "")
    assert "no drift" in result.stdout
    assert machine.journal_accepted() == logins + 1
    assert drifting.traces() == before


@pytest.mark.covers(54)
@pytest.mark.parametrize("group", KINDS)
def test_a_kind_of_drift(drifting: Drifting, group: str) -> None:
    """It is found and named, with exit code 2 and no secret; the one printed command mends all of a group."""
    drifting.on_machine("\n".join(script for script, _, _ in KINDS[group].values()))
    report = drifting.report()
    named = [(each["kind"], each["subject"]) for each in report["findings"]]
    unnamed = [
        what
        for what, (_, kind, part) in KINDS[group].items()
        if not any(kind == of and part in subject for of, subject in named)
    ]
    assert unnamed == [], report["findings"]
    assert "canary" not in json.dumps(report)
    drifting.mend(report["command"])

    assert drifting.report()["findings"] == []
    assert drifting.deployment.get().body == b"a canary of a secret"


def test_a_step_that_was_cut_off_after_the_switch(drifting: Drifting) -> None:
    """The state has the inputs of before: to go back to them is no change, while the new release serves.

    Drift sees that, and its command goes back.
    """
    deployment, pulumi = drifting.deployment, drifting.deployment.stack.scratch.pulumi
    state, first = pulumi("stack", "export", "--stack", "local").stdout, deployment.stack.outputs()["release"]
    deployment.edit("app.py", '"hello"', '"later"')
    deployment.stack.up()
    later = deployment.get().headers["x-release"]
    deployment.edit("app.py", '"later"', '"hello"')
    pulumi("stack", "import", "--stack", "local", stdin=state)
    deployment.stack.up("--expect-no-changes")
    report = drifting.report()
    drifting.mend(report["command"])

    assert report["machines"][0]["serving"] == later != first
    assert f"releases/{later}" in report["findings"][0]["what"]
    assert deployment.get().headers["x-release"] == first
    assert drifting.report()["findings"] == []


def test_another_release_that_was_switched_to_by_hand(drifting: Drifting) -> None:
    """`current` leads to a kept release: found, with what was deployed; the command goes back to that."""
    kept = drifting.on_machine("cd /srv/small/releases; ls -d [0-9a-f]*").split()
    serving = drifting.deployment.get().headers["x-release"]
    other = next(name for name in kept if name != serving)
    drifting.on_machine(f"ln -sfn releases/{other} /srv/small/current")
    report = drifting.report()
    drifting.mend(report["command"])

    assert [(each["kind"], each["subject"]) for each in report["findings"]] == [
        ("release", "/srv/small/current")
    ]
    assert drifting.report()["findings"] == []


def test_an_open_port(drifting: Drifting) -> None:
    """It is named with its process, and that no deployment mends it; a port that is meant can be allowed."""
    drifting.on_machine("systemd-run --quiet --unit=extra python3 -m http.server 4444 && sleep 1")
    report, allowed = drifting.report(), drifting.deployment.drift("--ports", "4444")
    drifting.on_machine("systemctl stop extra")

    assert [(each["kind"], each["subject"]) for each in report["findings"]] == [("port", "0.0.0.0:4444")]
    assert "python3" in report["findings"][0]["what"]
    assert report["command"] == ""
    assert "stop what listens there" in report["byHand"][0]
    assert allowed.returncode == 0


def test_a_deployment_that_is_under_way(drifting: Drifting) -> None:
    """It would look like drift, so it can't be told; the reason names it."""
    drifting.on_machine(
        "systemd-run --quiet --unit=deploying flock /run/lock/flask-deploy sleep 60 && sleep 1"
    )
    report = drifting.report()
    drifting.on_machine("systemctl stop deploying")

    assert "a deployment is under way" in report["problems"]["machine"]


def test_a_lost_owner(drifting: Drifting) -> None:
    """Nothing but a hand gives the app its owner back; the printed command does."""
    drifting.on_machine("rm /var/lib/flask-deploy/small/owner")
    report = drifting.report()
    assert report["command"] == ""
    drifting.on_machine(report["byHand"][0].partition("on the machine: ")[2].replace("sudo ", ""))

    assert drifting.report()["findings"] == []


def test_another_host_key(drifting: Drifting) -> None:
    """A machine that shows another host key is sent nothing; that can't be told."""
    state = drifting.deployment.stack.scratch.pulumi("stack", "export", "--show-secrets", "--stack", "local")
    (machine,) = deployed.read(json.loads(state.stdout)).machines
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJjd0tVvBN8Kkrc2Fs9ZkK3b8V2QyIMhZkG0M3u8vZtX"
    logins = drifting.deployment.machine.journal_accepted()
    with pytest.raises(UntoldError, match="another host key"):
        look.ask(replace(machine, door=replace(machine.door, host_key=key)))

    assert drifting.deployment.machine.journal_accepted() == logins


def test_apache_and_gunicorn(drifting: Drifting) -> None:
    """With the other web stack there is none either; module, frame and socket are found and mended."""
    drifting.deployment.configure(APP, {"webStack": "apache-gunicorn"})
    drifting.deployment.stack.up()
    assert drifting.deployment.drift().returncode == 0
    drifting.on_machine(
        "a2dismod -q -f proxy_http; echo ServerTokens Full >/etc/apache2/conf-enabled/zz-flask-deploy.conf; "
        + RELEASE
        + "systemctl disable --now $unit small@$release.socket"
    )
    report = drifting.report()
    drifting.mend(report["command"])

    named = " ".join(each["subject"] for each in report["findings"])
    assert [
        part
        for part in ("module proxy_http", "zz-flask-deploy.conf", ".socket", ".service")
        if part not in named
    ] == []
    assert drifting.report()["findings"] == []


def test_a_dead_machine(drifting: Drifting) -> None:
    """It can't be told, with exit code 1 and the reason, within half a minute."""
    machines.power_cut(drifting.deployment.machine)
    started = time.monotonic()
    report = drifting.report()

    assert time.monotonic() - started < 30
    assert report["problems"].keys() == {"machine"}
    assert drifting.deployment.machine.address in report["problems"]["machine"]
