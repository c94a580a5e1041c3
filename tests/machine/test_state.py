"""What a deployment looks like on the machine, seen over SSH: four web stacks, two Debian releases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import testinfra
from deployment import SAMPLE, Deployment, make, take_down
from testinfra.host import Host

from sandbox import check, machines
from sandbox.paths import ROOT

CASES = [
    ("nginx-uwsgi", "bookworm"),
    ("nginx-gunicorn", "bookworm"),
    ("apache-uwsgi", "bookworm"),
    ("apache-gunicorn", "bookworm"),
    ("nginx-uwsgi", "trixie"),
    ("apache-gunicorn", "trixie"),
]


@dataclass(frozen=True, kw_only=True)
class Served:
    """The sample app, deployed, and how to look at its machine."""

    deployment: Deployment
    host: Host
    proxy: str
    server: str
    release: str

    @property
    def unit(self) -> str:
        """The unit of the release that serves."""
        return f"bookstore@{self.release}.service"

    @property
    def socket(self) -> str:
        """Where the app server listens."""
        return f"/run/flask-deploy/bookstore/{self.release}/app.sock"

    @property
    def web_server(self) -> str:
        """The web server's unit and process."""
        return {"nginx": "nginx", "apache": "apache2"}[self.proxy]


@pytest.fixture(scope="module", name="served", params=CASES, ids="-".join)
def _served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    stack, suite = request.param
    name = f"{stack}-{suite[0]}"
    deployment = make(name, tmp_path_factory.mktemp(name), suite=suite, source=ROOT / "assets" / "app")
    deployment.configure(SAMPLE, {"webStack": stack, "serverName": "books.example.com"})
    deployment.stack.secret("flask-deploy:secrets.SECRET_KEY", "a secret")
    deployment.stack.up()
    proxy, _, server = stack.partition("-")
    release = deployment.stack.outputs()["release"]
    yield Served(
        deployment=deployment, host=_host(deployment.machine), proxy=proxy, server=server, release=release
    )
    take_down(deployment)


def _host(machine: machines.Machine) -> Host:
    options = " ".join(word for word in machine.ssh_command() if word.startswith("-o"))
    return testinfra.get_host(
        f"ssh://root@{machine.address}", ssh_extra_args=f"-F /dev/null {options}", controlpersist=0
    )


def test_units_are_enabled_and_active(served: Served) -> None:
    """The release's unit and the web server run, and start at boot."""
    for name in (served.unit, served.web_server):
        unit = served.host.service(name)
        assert unit.is_running, name
        assert unit.is_enabled, name


def test_only_one_release_and_one_web_server_run(served: Served) -> None:
    """Neither another release nor the other web server is left running or enabled."""
    running = served.host.check_output("systemctl list-units --all --plain --no-legend 'bookstore@*.service'")
    assert [line.split()[0] for line in running.splitlines()] == [served.unit]
    other = {"nginx": "apache2", "apache2": "nginx"}[served.web_server]
    assert not served.host.service(other).is_running


@pytest.mark.covers(50)
def test_the_socket_is_for_the_web_server_alone(served: Served) -> None:
    """The app listens on a unix socket of mode 660, its user's and group www-data's."""
    socket = served.host.file(served.socket)
    assert socket.is_socket
    assert (socket.mode, socket.user, socket.group) == (0o660, "bookstore", "www-data")


def test_the_app_has_a_user_of_its_own(served: Served) -> None:
    """The app's user is in www-data, has no shell, no password, no sudo, and runs the app."""
    user = served.host.user("bookstore")
    assert "www-data" in user.groups
    assert user.shell == "/usr/sbin/nologin"
    assert user.password in {"!", "!!", "*", "!*"}
    assert "(ALL" not in served.host.run("sudo -l -U bookstore").stdout
    pid = served.host.check_output(f"systemctl show --property=MainPID --value {served.unit}")
    assert served.host.check_output(f"ps -o user= -p {pid}").strip() == "bookstore"


def test_the_work_environment_is_the_app_s(served: Served) -> None:
    """WORK_ENV and the secret stand in the process's environment; the secret's file is root's alone."""
    pid = served.host.check_output(f"systemctl show --property=MainPID --value {served.unit}")
    environment = served.host.check_output(f"tr '\\0' '\\n' < /proc/{pid}/environ").splitlines()
    assert "WORK_ENV=PROD" in environment
    assert "SECRET_KEY=a secret" in environment
    files = served.host.check_output("find /srv/bookstore/secrets -type f -printf '%m %u %g\n'")
    assert files.split() == ["600", "root", "root"]


def test_only_ssh_and_the_web_server_listen(served: Served) -> None:
    """From outside there is port 22 and port 80, nothing else; the app has no port at all."""
    listening = served.host.check_output("ss -Hltn").splitlines()
    ports = {line.split()[3].rsplit(":", 1)[1] for line in listening}
    assert ports == {"22", "80"}
    assert served.web_server in served.host.check_output("ss -Hltnp 'sport = :80'")


@pytest.mark.covers(72, "P9")
def test_code_is_not_the_app_s_to_change(served: Served) -> None:
    """Code, virtual environment and units are root's, and nobody else may write to them."""
    found = served.host.check_output(
        "find /srv/bookstore/releases /srv/bookstore/venvs /etc/systemd/system/bookstore@* "
        "! -type l \\( ! -user root -o -perm /022 \\)"
    )
    assert found == ""


def test_uploads_outlive_the_release(served: Served) -> None:
    """What the app writes lies in its state directory, readable for the web server's group."""
    images = served.host.file("/srv/bookstore/current/app/images")
    assert images.is_symlink
    lasting = served.host.file("/var/lib/flask-deploy/bookstore/data/images")
    assert images.linked_to == lasting.path
    assert (lasting.user, lasting.group, lasting.mode) == ("bookstore", "www-data", 0o750)


def test_the_app_answers_by_address_and_by_name(served: Served) -> None:
    """The first app of a machine answers by the machine's address and by serverName, from this release."""
    url = served.deployment.url
    assert "written and read back" in check.bookstore(url, served.release)
    by_name = served.host.check_output(
        "curl -sf -o /dev/null -D - -H 'Host: books.example.com' http://127.0.0.1/"
    )
    assert f"X-Release: {served.release}" in by_name
    assert served.deployment.get().headers["server"] == {"nginx": "nginx", "apache": "Apache"}[served.proxy]


def test_static_files_come_from_the_web_server(served: Served) -> None:
    """/avatar/… is answered with the app stopped; everything else then is a 502 or 503."""
    served.host.check_output(
        f"systemctl stop {served.unit} bookstore@{served.release}.socket 2>/dev/null; true"
    )
    try:
        assert served.deployment.get("/avatar/default.png").status == 200
        assert served.deployment.get("/").status in {502, 503}
    finally:
        served.host.check_output(f"systemctl start {served.unit}")
    assert served.deployment.get("/").status == 200


def test_there_is_no_compiler(served: Served) -> None:
    """Deploying brings no compiler to the machine."""
    assert served.host.run("command -v gcc cc g++ make").stdout == ""


def test_the_web_server_accepts_its_configuration(served: Served) -> None:
    """By nginx -t or apache2ctl -t, and systemd's own verification of the units, find nothing."""
    command = {"nginx": "nginx -t -q", "apache": "apache2ctl -t"}[served.proxy]
    assert served.host.run(command).rc == 0
    verified = served.host.run(f"systemd-analyze verify /etc/systemd/system/{served.unit}")
    assert (verified.rc, verified.stderr) == (0, "")


@pytest.mark.covers("P9")
def test_the_unit_is_hardened(served: Served) -> None:
    """By systemd's own measure, the exposure score of the running unit is at most 1.1 (of 10)."""
    answer = served.host.run(f"systemd-analyze security --no-pager --threshold=11 {served.unit}")
    assert answer.rc == 0, answer.stdout[-200:]


def test_the_app_s_shell_has_its_environment(served: Served) -> None:
    """`sudo /srv/bookstore/run …` runs a command as the app would, with its secrets and its code."""
    said = served.deployment.machine.ssh(
        "sudo /srv/bookstore/run sh -c 'id -un; echo $WORK_ENV $SECRET_KEY; flask --app run routes'",
        user=served.deployment.machine.user,
    ).stdout
    assert said.startswith("bookstore\nPROD a secret\n")
    assert "authors" in said
    data = served.host.file("/var/lib/flask-deploy/bookstore/data")
    assert (data.user, data.group, data.mode) == ("bookstore", "www-data", 0o750)


def test_what_was_deployed_is_no_drift(served: Served) -> None:
    """`make drift` compares all that there is, and finds nothing."""
    result = served.deployment.drift()
    assert (result.returncode, result.stderr) == (0, "")
    assert "no drift" in result.stdout


@pytest.mark.covers(49)
def test_the_app_survives_being_killed(served: Served) -> None:
    """A killed app server is back within seconds."""
    served.host.check_output(f"systemctl kill --signal=KILL {served.unit}")
    served.deployment.script("wait-until-healthy.sh")


@pytest.mark.covers(51, "P14")
def test_the_app_survives_a_reboot(served: Served) -> None:
    """After a reboot the same release answers, and the records are there."""
    before = served.deployment.get("/authors").json()["total"]
    machines.reboot(served.deployment.machine)
    served.deployment.script("wait-until-healthy.sh")
    assert served.deployment.get().headers["x-release"] == served.release
    assert served.deployment.get("/authors").json()["total"] == before > 0


def test_the_path_of_the_socket_holds_only_what_serves(served: Served) -> None:
    """Sockets of releases that are gone are gone, too."""
    names = served.host.check_output("ls /run/flask-deploy/bookstore").split()
    assert names == [served.release]
    assert re.fullmatch(r"[0-9a-f]{12}", served.release)
    assert Path(served.socket).name == "app.sock"
