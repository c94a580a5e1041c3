"""Trouble with the way to a machine, or one that is gone: it works, or ends in time with a clear word."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down
from running import Run, state
from waiting import until

from sandbox import check, machines

HARDENED: Final = """\
MaxStartups 10:30:60
MaxSessions 10
MaxAuthTries 3
LoginGraceTime 30s
AllowTcpForwarding no
AllowAgentForwarding no
AllowStreamLocalForwarding no
X11Forwarding no
PermitTunnel no
PermitUserEnvironment no
PasswordAuthentication no
UseDNS no
ClientAliveInterval 300
ClientAliveCountMax 3
Compression no
TCPKeepAlive no
Banner /etc/issue.net
"""


@pytest.fixture(scope="module", name="deployed")
def _deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = make("ways", tmp_path_factory.mktemp("ways"))
    deployment.configure(SMALL)
    deployment.stack.up()
    yield deployment
    take_down(deployment)


def changed(deployment: Deployment) -> str:
    """Have the next `up` send the app anew, by every step that a release has; return what serves."""
    (deployment.app / "note.txt").write_text(str(time.monotonic_ns()))
    return served(deployment)


def served(deployment: Deployment) -> str:
    """Which release answers; the app may just be starting."""
    return check.until_answers(deployment.url + "/").headers["x-release"]


def refused(deployment: Deployment, serving: str, seconds: float = 90) -> str:
    """Run `up`, which must fail in time and leave what serves; return what it said."""
    began = time.monotonic()
    result = deployment.stack.up(check=False)
    assert result.returncode != 0
    assert time.monotonic() - began < seconds
    assert served(deployment) == serving
    assert not state(deployment).get("pending_operations")
    return said(result)


def works(deployment: Deployment, serving: str) -> None:
    """The next `up` goes through."""
    deployment.stack.up()
    assert served(deployment) == deployment.stack.outputs()["release"] != serving


@contextmanager
def sshd(deployment: Deployment, settings: str, *, instead_of: str = "^$") -> Iterator[None]:
    """Another configuration of sshd: settings in front, which count, and without the lines that match."""
    machine = deployment.machine
    machine.ssh("cp -a /etc/ssh/sshd_config /root/")
    machine.ssh(f"(cat; grep -vE '{instead_of}' /root/sshd_config) >/etc/ssh/sshd_config", stdin=settings)
    machine.ssh("sshd -t && systemctl reload ssh")
    listens(deployment)
    try:
        yield
    finally:
        machine.ssh("mv /root/sshd_config /etc/ssh/sshd_config && systemctl reload ssh")
        listens(deployment)


def listens(deployment: Deployment) -> None:
    """Wait until sshd takes connections again: it starts itself anew to read its configuration."""
    until(lambda: deployment.machine.ssh("true", check=False).returncode == 0, "sshd listens")


@pytest.mark.covers(38, 37)
def test_a_strict_sshd(deployed: Deployment) -> None:
    """As hardening guides have it, with a banner: nothing that we do needs more."""
    serving = changed(deployed)
    with sshd(deployed, HARDENED):
        works(deployed, serving)


@pytest.mark.covers(37)
def test_no_sftp(deployed: Deployment) -> None:
    """The remedy is one line of sshd's configuration."""
    serving = changed(deployed)
    with sshd(deployed, "", instead_of="^Subsystem"):
        words = refused(deployed, serving)

    assert "vm/host" in words
    assert "its sshd has no sftp, which files are sent by" in words
    assert "Subsystem sftp internal-sftp" in words
    works(deployed, serving)


@contextmanager
def noisy(deployment: Deployment) -> Iterator[None]:
    """A start-up file of the login shell that prints something, and that is read before each command."""
    machine = deployment.machine
    home = f"~{machine.user}"
    machine.ssh(
        f"cp -a {home}/.bashrc /root/bashrc; (echo 'echo welcome, visitor'; cat /root/bashrc) >{home}/.bashrc"
    )
    try:
        yield
    finally:
        machine.ssh(f"cat /root/bashrc >{home}/.bashrc && rm /root/bashrc")


@pytest.mark.covers(37)
def test_a_shell_that_talks(deployed: Deployment) -> None:
    """It breaks the protocol of an sftp server that the shell starts; that is said, and mended."""
    serving = changed(deployed)
    with noisy(deployed):
        words = refused(deployed, serving)
        assert "a start-up file of the shell prints something" in words
        assert "Subsystem sftp internal-sftp" in words
        with sshd(deployed, "Subsystem sftp internal-sftp\n", instead_of="^Subsystem"):
            works(deployed, serving)


@contextmanager
def shell(deployment: Deployment, path: str) -> Iterator[None]:
    """Another login shell of the user."""
    machine = deployment.machine
    machine.ssh(f"usermod --shell {path} {machine.user}")
    try:
        yield
    finally:
        machine.ssh(f"usermod --shell /bin/bash {machine.user}")


@pytest.mark.covers(37)
def test_a_user_without_a_shell(deployed: Deployment) -> None:
    """What the shell says instead is explained."""
    serving = changed(deployed)
    with shell(deployed, "/usr/sbin/nologin"):
        words = refused(deployed, serving)

    assert "the login user has no shell there" in words or "its sftp does not speak the protocol" in words
    works(deployed, serving)


@pytest.mark.covers(37)
def test_a_shell_that_is_none_of_the_usual(deployed: Deployment) -> None:
    """What is sent is quoted so that fish reads it as it is meant, too."""
    deployed.machine.ssh("apt-get -q -y --no-install-recommends install fish >/dev/null 2>&1")
    serving = changed(deployed)
    deployed.configure({**SMALL, "environment": {"GREETING": 'it\'s "$HOME" (echo x) {a,b}'}})
    with shell(deployed, "/usr/bin/fish"):
        works(deployed, serving)

    assert deployed.get().body == b'it\'s "$HOME" (echo x) {a,b}'
    deployed.configure(SMALL)


SENT_AWAY: Final = """command="echo 'Please login as the user \\"ubuntu\\".'; exit 142" """


@pytest.mark.covers(37)
def test_a_user_who_is_sent_away(deployed: Deployment) -> None:
    """As cloud images do with root: the answer says which user it is, and so does the message."""
    keys = deployed.machine.root / "root/.ssh/authorized_keys"
    before = keys.read_text()
    serving = changed(deployed)
    deployed.configure(SMALL, user="root")
    keys.write_text("".join(SENT_AWAY + line + "\n" for line in before.splitlines()))
    try:
        words = refused(deployed, serving)
    finally:
        keys.write_text(before)
        deployed.configure(SMALL)

    assert "this user may not log in there, and the machine says which one may" in words
    assert 'Please login as the user "ubuntu"' in words


@pytest.mark.covers(30, 36)
def test_an_sshd_that_accepts_and_says_nothing(deployed: Deployment) -> None:
    """The provider would wait for it without end; the step's time-out (here: seconds) ends the run."""
    serving = changed(deployed)
    module = deployed.stack.scratch.root / "components/machine/machine.py"
    text = module.read_text()
    (line,) = [line for line in text.splitlines() if line.strip().startswith("most = ")]
    module.write_text(text.replace(line, "        most = 8"))
    listener = deployed.machine.ssh("systemctl show --property=MainPID --value ssh").stdout.strip()
    deployed.machine.ssh(f"kill -STOP {listener}")
    try:
        began = time.monotonic()
        result = Run.start(deployed).result(90)
        took = time.monotonic() - began
    finally:
        module.write_text(text)
        machines.reboot(deployed.machine)

    assert result.returncode != 0
    assert took < 60
    assert "has not come back after 8 seconds" in said(result)
    assert served(deployed) == serving
    assert state(deployed)["resources"]
    works(deployed, serving)


@pytest.mark.covers(30, 62)
def test_a_machine_that_is_gone(deployed: Deployment) -> None:
    """`up` and `destroy` end in time; the latter says what to do. When it is back, `up` goes on."""
    serving = changed(deployed)
    machines.poweroff(deployed.machine)
    began = time.monotonic()
    up = Run.start(deployed).result(200)
    destroy = Run.start(deployed, "destroy", "--yes", "--skip-preview").result(90)
    took = time.monotonic() - began

    assert up.returncode != 0
    assert "there is no way to it from here" in said(up) or "it does not answer" in said(up)
    assert destroy.returncode != 0
    assert "so the app can't be taken off it" in said(destroy)
    assert "pulumi state delete --all" in said(destroy)
    assert took < 240
    assert state(deployed)["resources"]
    machines.up(deployed.machine.name)
    works(deployed, serving)


@pytest.mark.covers(62)
def test_destroy_while_the_app_is_busy(deployed: Deployment) -> None:
    """The request in flight is answered; then nothing is left, and a second `destroy` has nothing to do."""
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(deployed.get, "/slow?seconds=8")
        time.sleep(1)  # it is on its way
        done = deployed.stack.destroy()
        assert slow.result().body == b"at last"

    assert "removed: app 'small'" in said(done)
    assert deployed.machine.ssh("ls /srv").stdout == ""
    again = said(deployed.stack.destroy())
    assert "removed" not in again
    deployed.stack.up()
    assert deployed.get().status == 200


@pytest.mark.covers(62)
def test_the_memory_of_a_machine_that_is_gone_for_good(deployed: Deployment) -> None:
    """The command that `destroy` names ends the stack without it."""
    machines.poweroff(deployed.machine)
    scratch, name = deployed.stack.scratch, deployed.stack.name
    scratch.pulumi("state", "delete", "--all", "--yes", "--stack", name)

    assert not state(deployed).get("resources")
    assert deployed.stack.destroy().returncode == 0
