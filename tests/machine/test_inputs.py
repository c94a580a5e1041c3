"""Wrong inputs that only the machine can tell: a clear error within its deadline, nothing half-done."""

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from sandbox import check


@pytest.fixture(scope="module", name="fresh")
def _fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A machine on which nothing has been deployed."""
    deployment = make("inputs", tmp_path_factory.mktemp("inputs"))
    yield deployment
    take_down(deployment)


@pytest.fixture(name="untouched", autouse=True)
def _untouched(request: pytest.FixtureRequest, fresh: Deployment) -> Iterator[None]:
    """Whatever is refused has changed nothing on the machine."""
    before = "" if "changes_machine" in request.keywords else fresh.script("tree-hash.sh")
    yield
    if before:
        assert set(before.splitlines()) ^ set(fresh.script("tree-hash.sh").splitlines()) == set()


def _keypair(folder: Path) -> tuple[Path, str]:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    return folder / "key", (folder / "key.pub").read_text()


def _refusal(deployment: Deployment, seconds: float) -> str:
    """Run up, which must fail within so many seconds; return what it said."""
    began = time.monotonic()
    result = deployment.stack.up(check=False)
    assert result.returncode != 0
    assert time.monotonic() - began < seconds
    return said(result)


@pytest.mark.covers(32, 55, "P8")
def test_another_host_key(fresh: Deployment, tmp_path: Path) -> None:
    """A machine that shows another key is refused within seconds, and nothing is sent to it."""
    logins = fresh.machine.journal_accepted()
    fresh.configure(SMALL, hostKey=_keypair(tmp_path)[1])
    words = _refusal(fresh, 20)

    assert "vm/host" in words
    assert "another host key than the configured one, so nothing was sent to it" in words
    assert "cat /etc/ssh/ssh_host_ed25519_key.pub" in words
    assert fresh.machine.journal_accepted() == logins


@pytest.mark.covers(33)
def test_a_key_that_is_not_accepted(fresh: Deployment, tmp_path: Path) -> None:
    """A wrong user key is said within seconds, after few tries: many would get the sender banned."""
    fresh.configure(SMALL, privateKeyFile=str(_keypair(tmp_path)[0]))
    words = _refusal(fresh, 20)

    assert "it does not accept this user with this key" in words
    assert "authorized_keys" in words
    assert words.count("failed: retrying") <= 3 * 2  # each line is shown while it runs and at its end


@pytest.mark.covers(30)
def test_a_port_on_which_nothing_listens(fresh: Deployment) -> None:
    """A closed port is waited for, as a machine may be booting, and then named."""
    fresh.configure(SMALL, port=2222)
    words = _refusal(fresh, 90)

    assert "port 2222: nothing listens on its SSH port (after 45 seconds)" in words


@pytest.mark.covers(30)
def test_a_host_that_does_not_answer(fresh: Deployment) -> None:
    """An address without a machine is waited for, and then named."""
    fresh.configure(SMALL, host=fresh.machine.address.rpartition(".")[0] + ".250")
    words = _refusal(fresh, 120)

    assert "there is no way to it from here" in words or "it does not answer" in words


@pytest.mark.covers(30)
def test_a_name_that_nobody_knows(fresh: Deployment) -> None:
    """A host name without an address fails within seconds."""
    fresh.configure(SMALL, host="no-such-machine.invalid")

    assert "its name is not known" in _refusal(fresh, 30)


@pytest.mark.covers(11)
def test_sudo_that_wants_a_password(fresh: Deployment) -> None:
    """A login user who would have to type a password is told how to change that."""
    fresh.machine.ssh(
        "mkdir /root/accounts && cp -p /etc/{passwd,group,shadow,gshadow,subuid,subgid}* /root/accounts/"
    )
    fresh.machine.ssh("useradd --create-home --shell /bin/bash typist")
    fresh.machine.ssh("cp -r ~admin/.ssh ~typist/ && chown -R typist: ~typist/.ssh && adduser -q typist sudo")
    try:
        fresh.configure(SMALL, user="typist")
        words = _refusal(fresh, 20)
    finally:
        fresh.machine.ssh(
            "userdel --remove typist 2>/dev/null; mv /root/accounts/* /etc/; rmdir /root/accounts"
        )

    assert "sudo wants a password there" in words
    assert "/etc/sudoers.d" in words


@pytest.mark.covers(39)
@pytest.mark.parametrize(
    ("system", "shown"),
    [
        ('ID=ubuntu\nVERSION_ID="18.04"\nPRETTY_NAME="Ubuntu 18.04 LTS"', "Ubuntu 18.04 LTS"),
        ('ID=fedora\nVERSION_ID="41"\nPRETTY_NAME="Fedora Linux 41"', "Fedora Linux 41"),
        ('ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11"', "Debian GNU/Linux 11"),
    ],
)
def test_a_system_that_is_not_supported(fresh: Deployment, system: str, shown: str) -> None:
    """Another distribution, or one that is too old, is refused before anything is changed."""
    fresh.machine.ssh(
        "cp -d --preserve=all /etc/os-release /root/os-release; rm /etc/os-release; cat > /etc/os-release",
        stdin=system,
    )
    try:
        fresh.configure(SMALL)
        words = _refusal(fresh, 20)
    finally:
        fresh.machine.ssh("rm /etc/os-release; mv /root/os-release /etc/os-release")

    assert f"this machine runs {shown}, which is not supported" in words
    assert "Debian 12 or newer, or Ubuntu 22.04 or newer" in words


@pytest.mark.covers(46)
def test_port_80_taken_by_somebody_else(fresh: Deployment) -> None:
    """The process that has it is named with its id, and lives on."""
    fresh.machine.ssh("systemd-run --quiet --unit=squatter python3 -m http.server 80")
    _wait_for_port(fresh, 80)
    try:
        fresh.configure(SMALL)
        words = _refusal(fresh, 20)
        assert fresh.machine.ssh("systemctl is-active squatter").stdout.strip() == "active"
    finally:
        fresh.machine.ssh("systemctl stop squatter")

    assert "port 80 of this machine is taken by python3 with process id" in words
    assert "flask-deploy:machine.webStack" in words


@pytest.mark.covers(48)
@pytest.mark.parametrize(("name", "holder"), [("backup", "user 'backup'"), ("sudo", "group 'sudo'")])
def test_a_name_that_the_machine_has_already(fresh: Deployment, name: str, holder: str) -> None:
    """An app can't take the place of a user or group of the system."""
    fresh.configure({**SMALL, "name": name})

    assert f"this machine has a {holder} already" in _refusal(fresh, 20)


@pytest.mark.covers(48)
def test_a_folder_that_somebody_else_made(fresh: Deployment) -> None:
    """An existing /srv/<app> is somebody's, and stays as it is."""
    fresh.machine.ssh("mkdir /srv/small && echo precious > /srv/small/file")
    try:
        fresh.configure(SMALL)
        words = _refusal(fresh, 20)
        assert fresh.machine.ssh("cat /srv/small/file").stdout == "precious\n"
    finally:
        fresh.machine.ssh("rm -r /srv/small")

    assert "/srv/small already, and flask-deploy did not make it" in words


@pytest.mark.changes_machine
def test_after_all_that_it_works(fresh: Deployment) -> None:
    """Nothing of the refusals is in the way of a good deployment."""
    fresh.configure(SMALL)
    fresh.stack.up()

    assert fresh.get().body == b"hello"


@pytest.mark.covers(47)
@pytest.mark.changes_machine
def test_a_web_server_that_does_not_serve_it(fresh: Deployment) -> None:
    """Another web server is tried aside first; one that answers wrongly never gets the port."""
    serving = fresh.get().headers["x-release"]
    deny = "<Location />\nRequire all denied\n</Location>\n"
    fresh.machine.ssh(
        "mkdir -p /etc/apache2/conf-enabled && cat > /etc/apache2/conf-enabled/deny.conf", stdin=deny
    )
    fresh.configure(SMALL, {"webStack": "apache-gunicorn"})
    result = fresh.stack.up(check=False)
    fresh.machine.ssh("rm /etc/apache2/conf-enabled/deny.conf")
    fresh.configure(SMALL, {"webStack": "nginx-uwsgi"})

    assert "tried aside, apache does not serve it: GET / answered 403" in said(result)
    assert fresh.get().headers["x-release"] == serving
    assert fresh.get().headers["server"] == "nginx"
    enabled = fresh.machine.ssh("systemctl is-enabled nginx apache2; true").stdout.split()
    assert enabled[0] == "enabled"
    assert fresh.machine.ssh("systemctl is-active apache2; true").stdout.strip() == "inactive"


@pytest.mark.covers(57, "P5")
@pytest.mark.changes_machine
def test_an_app_belongs_to_one_stack(fresh: Deployment) -> None:
    """Another stack that wants the same app on the machine is told whose it is, and how to take over."""
    other = replace(fresh, stack=fresh.stack.scratch.stack("rival"))
    other.configure(SMALL)
    words = _refusal(other, 20)

    assert "app 'small' on this machine belongs to flask-deploy/local" in words
    assert "sudo rm /var/lib/flask-deploy/small/owner" in words
    assert fresh.get().body == b"hello"


@pytest.mark.covers(47)
@pytest.mark.changes_machine
def test_a_second_app_needs_a_name_and_gets_it(fresh: Deployment) -> None:
    """The first app answers by address; a second one is refused without serverName and served with it."""
    second = replace(fresh, stack=fresh.stack.scratch.stack("second"))
    second.configure({**SMALL, "name": "second", "environment": {"GREETING": "the second"}})
    assert "app 'small' answers by this machine's address already" in _refusal(second, 20)
    second.configure(
        {**SMALL, "name": "second", "environment": {"GREETING": "the second"}},
        {"serverName": "second.example.com"},
    )
    second.stack.up()

    assert fresh.get().body == b"hello"
    assert _get_by_name(fresh.machine.address, "second.example.com").endswith("the second")
    second.stack.destroy()
    assert fresh.get().body == b"hello"
    assert check.ask(fresh.url + "/").headers["x-release"] == fresh.stack.outputs()["release"]


def _get_by_name(address: str, name: str) -> str:
    with socket.create_connection((address, 80), timeout=5) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        parts = iter(lambda: connection.recv(65536), b"")
        return b"".join(parts).decode()


def _wait_for_port(deployment: Deployment, port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((deployment.machine.address, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on port {port}")
