"""Trouble with the machine's packages and its network: it works, or says what is wrong and what to do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down
from gate import Gate
from running import Run, state
from waiting import until

WAITS: Final = ("assets/scripts/packages.sh", "patience=300", "patience=4")
HOLD: Final = """\
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", name="fresh")
def _fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A machine without a web server: each deployment has to install one, and none gets so far."""
    deployment = make("packages", tmp_path_factory.mktemp("packages"))
    deployment.configure(SMALL)
    yield deployment
    take_down(deployment)


def refusal(deployment: Deployment, seconds: float = 120) -> str:
    """Run `up`, which must fail in time; return what it said. The state loads, and nothing hangs in it."""
    began = time.monotonic()
    result = deployment.stack.up(check=False)
    assert result.returncode != 0
    assert time.monotonic() - began < seconds
    assert not state(deployment).get("pending_operations")
    assert deployment.machine.ssh("ls /etc/systemd/system/small@* 2>/dev/null", check=False).stdout == ""
    return said(result)


@contextmanager
def quick(deployment: Deployment) -> Iterator[None]:
    """Have the scratch copy wait for seconds where the product waits for minutes."""
    file, old, new = WAITS
    path = deployment.stack.scratch.root / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    yield
    path.write_text(text)


@contextmanager
def held(deployment: Deployment, lock: str) -> Iterator[None]:
    """Another process that installs packages, for as long as the block runs."""
    machine = deployment.machine
    machine.ssh("cat >/root/hold.py", stdin=HOLD)
    options = "--quiet --collect --unit=holder -p StandardOutput=file:/root/held"
    machine.ssh(f"systemd-run {options} python3 /root/hold.py {lock}")
    until(lambda: "held" in machine.ssh("cat /root/held", check=False).stdout, "the lock is held")
    try:
        yield
    finally:
        machine.ssh("systemctl stop holder; rm -f /root/held /root/hold.py")


@contextmanager
def replaced(deployment: Deployment, path: str, text: str) -> Iterator[None]:
    """Another content of a file of the machine, for as long as the block runs."""
    machine = deployment.machine
    machine.ssh(f"cp -a {path} /root/kept && cat >{path}", stdin=text)
    try:
        yield
    finally:
        machine.ssh(f"cat /root/kept >{path} && rm /root/kept")


@pytest.mark.covers(40)
@pytest.mark.parametrize("lock", ["/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock"])
def test_a_lock_that_is_not_let_go(fresh: Deployment, lock: str) -> None:
    """After five minutes (here: seconds) the holder is named; the package lists have a lock of their own."""
    with held(fresh, lock), quick(fresh):
        words = refusal(fresh)

    assert "waited 4 seconds for another process that installs packages: " in words
    assert "by another process" in words or "It is held by process" in words
    assert "often unattended-upgrades or apt-daily), then run 'pulumi up' again" in words


@pytest.mark.covers(53)
def test_a_machine_that_finds_no_address(fresh: Deployment) -> None:
    """A dead name server is named as what it is, not as a missing package."""
    with replaced(fresh, "/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"):
        words = refusal(fresh)

    assert "Temporary failure resolving" in words
    assert "the machine finds no address for a name: look at its /etc/resolv.conf" in words


@pytest.mark.covers(42)
@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("deb http://127.0.0.1:9 bookworm main", "Could not connect to 127.0.0.1:9"),
        ("deb http://127.0.0.1:8099 bookworm main", "does not have a Release file"),
    ],
    ids=["closed", "empty"],
)
def test_a_package_mirror_that_fails(fresh: Deployment, source: str, cause: str) -> None:
    """It is named, with what it answers."""
    machine = fresh.machine
    machine.ssh("mkdir -p /root/empty /root/lists; mv /var/lib/apt/lists/*_* /root/lists/; true")
    options = "--quiet --collect --unit=mirror -p WorkingDirectory=/root/empty"
    machine.ssh(f"systemd-run {options} python3 -m http.server 8099")
    try:
        with replaced(fresh, "/etc/apt/sources.list", source + "\n"):
            words = refusal(fresh)
    finally:
        machine.ssh(
            "systemctl stop mirror; mv -f /root/lists/* /var/lib/apt/lists/; rm -r /root/lists /root/empty"
        )

    assert "the package mirror fails: " in words
    assert cause in words
    assert "look at /etc/apt/sources.list on the machine" in words


@pytest.mark.covers(52)
def test_a_clock_that_is_behind(fresh: Deployment) -> None:
    """Package lists of the future are refused by apt; the message says what the machine's clock says."""
    machine = fresh.machine
    release = "Date: Thu, 01 Jan 2099 00:00:00 UTC\nMD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 Packages\n"
    machine.ssh(
        "mkdir -p /root/future && : >/root/future/Packages && cat >/root/future/Release", stdin=release
    )
    machine.ssh("chmod 755 /root && chmod -R a+rX /root/future")
    try:
        with replaced(fresh, "/etc/apt/sources.list", "deb [trusted=yes] file:/root/future ./\n"):
            words = refusal(fresh)
    finally:
        machine.ssh("rm -r /root/future; chmod 700 /root")

    assert "is not valid yet" in words
    assert "the machine's clock says 20" in words
    assert "timedatectl" in words


BROKEN: Final = """\
mkdir -p /root/broken/DEBIAN && cd /root/broken
printf 'Package: broken\\nVersion: 1\\nArchitecture: all\\n' >DEBIAN/control
printf 'Maintainer: a <a@example.com>\\nDescription: x\\n' >>DEBIAN/control
printf '#!/bin/sh\\n[ -e /root/mended ]\\n' >DEBIAN/postinst
chmod 755 DEBIAN/postinst
dpkg-deb -b . /root/broken.deb >/dev/null
dpkg --unpack /root/broken.deb >/dev/null
"""


@pytest.mark.covers(41)
def test_a_package_that_is_half_installed(fresh: Deployment) -> None:
    """One that can't be set up is named with the command; once it can be, the next `up` sets it up."""
    fresh.machine.ssh(BROKEN)
    words = refusal(fresh)

    assert "dpkg --configure -a failed on the machine: dpkg: error processing package broken" in words
    assert "on the machine: sudo dpkg --configure -a" in words
    fresh.machine.ssh("touch /root/mended")  # the next test's `up` goes on with it


@pytest.mark.covers(40, 41)
def test_a_lock_that_is_let_go_in_time(fresh: Deployment) -> None:
    """Whoever installs packages is waited for, and what it has left half-done is finished: then it works."""
    with held(fresh, "/var/lib/dpkg/lock-frontend"):
        run = Run.start(fresh)
        log = fresh.machine.root / "var/log/flask-deploy-apt.log"
        until(lambda: log.exists() and "locked by another process" in log.read_text(), "the run waits for it")
    result = run.result(300)

    assert result.returncode == 0
    assert fresh.get().body == b"hello"
    assert fresh.machine.ssh("dpkg-query -W -f '${Status}' broken").stdout == "install ok installed"
    fresh.machine.ssh("dpkg --purge broken; rm -r /root/broken /root/broken.deb /root/mended")


@pytest.mark.covers(53)
def test_a_package_index_without_an_address(fresh: Deployment) -> None:
    """The machine serves by now; a release whose packages can't be found by name leaves that be."""
    serving = fresh.get().headers["x-release"]
    (fresh.app / "requirements.txt").write_text("flask>=3,<4\nitsdangerous\n")
    with replaced(fresh, "/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"):
        result = fresh.stack.up(check=False)

    assert result.returncode != 0
    assert "the package index can't be reached, since the machine finds no address for its name" in said(
        result
    )
    assert "what served before still serves" in said(result)
    assert fresh.get().headers["x-release"] == serving


@pytest.mark.covers(45)
def test_pip_that_is_killed(fresh: Deployment) -> None:
    """The kernel kills it when memory runs out (here: the test); that is named, and nothing has changed."""
    serving = fresh.get().headers["x-release"]
    machine = fresh.machine
    gate = Gate(program="setpriv", words=" -m pip install ")
    gate.put(machine)
    run = Run.start(fresh)
    try:
        gate.wait(machine)
        machine.ssh("pkill -KILL -f '^/bin/bash /usr/local/bin/setpriv'")
        result = run.result(120)
    finally:
        gate.take_away(machine)
        run.end()

    assert result.returncode != 0
    assert "pip was killed, as the kernel does when memory runs out" in run.said()
    assert "MiB are free; give the machine more memory or swap" in run.said()
    assert fresh.get().headers["x-release"] == serving
    assert (
        machine.ssh("find /srv/small/venvs -mindepth 1 -maxdepth 1 | wc -l").stdout == "1\n"
    )  # nothing half-made


CLOUD_INIT: Final = """\
#!/bin/sh
cd /var/tmp/cloud-init && touch asked && until [ -e done ]; do sleep 0.1; done
exit $(cat done)
"""


@pytest.mark.covers(31)
@pytest.mark.parametrize(("code", "works"), [("0", True), ("2", True), ("1", False)])
def test_a_first_boot_that_goes_on(fresh: Deployment, code: str, *, works: bool) -> None:
    """cloud-init is waited for before anything is changed; how it ended decides."""
    machine = fresh.machine
    machine.ssh("mkdir /var/tmp/cloud-init && cat >/usr/local/bin/cloud-init", stdin=CLOUD_INIT)
    machine.ssh("chmod 755 /usr/local/bin/cloud-init")
    place = machine.root / "var/tmp/cloud-init"
    run = Run.start(fresh, "up", "--yes", "--skip-preview", "--target-replace", "**machine-ready")
    try:
        until((place / "asked").exists, "cloud-init is asked")
        assert run.process.poll() is None
        (place / "now").write_text(code)
        (place / "now").rename(place / "done")
        result = run.result(120)
    finally:
        machine.ssh("rm -r /usr/local/bin/cloud-init /var/tmp/cloud-init")
        run.end()

    assert (result.returncode == 0) == works
    assert ("cloud-init did not finish on this machine (exit code 1)" in run.said()) == (not works)
