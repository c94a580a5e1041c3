"""Machines are real, survive what happens to computers, and leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checkouts import Checkout, machine

from sandbox.machines import network, paths, registry
from sandbox.machines.processes import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.machines import Machine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="machines need root")

SUITES = {"web": "bookworm", "db": "trixie"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout for this file, and what belongs to it taken away at the end."""
    made = Checkout.make(tmp_path_factory.mktemp("one") / "flask-deploy")
    yield made
    made.run("clean")
    assert made.traces() == []


@pytest.fixture(scope="module")
def machines(checkout: Checkout) -> dict[str, Machine]:
    """A Debian 12 and a Debian 13, made at the same time."""
    runs = {name: checkout.start("up", name, "--suite", suite, "--json") for name, suite in SUITES.items()}
    printed = {name: run.communicate(timeout=300) for name, run in runs.items()}
    assert [run.returncode for run in runs.values()] == [0, 0], printed
    return {name: machine(text) for name, (text, _) in printed.items()}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Checkout]:
    """A second checkout on the same computer."""
    made = Checkout.make(tmp_path / "two")
    yield made
    made.run("clean")


each_name = pytest.mark.parametrize("name", SUITES)


def boot_id(one: Machine) -> str:
    """What the kernel calls this boot of the machine."""
    return one.ssh("cat /proc/sys/kernel/random/boot_id").stdout


def next_boot(checkout: Checkout, one: Machine, before: str) -> str:
    """The machine's next boot; for a moment, `up` may still find it as it was."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert checkout.up(one.name) == one
        now = one.ssh("cat /proc/sys/kernel/random/boot_id", check=False).stdout
        if now not in ("", before):
            return now
        time.sleep(0.1)
    pytest.fail(f"{one.name} did not reboot")


@each_name
def test_takes_the_login_that_was_handed_out(machines: dict[str, Machine], name: str) -> None:
    """Root and admin log in with the one key, to the host key known beforehand; admin may sudo."""
    one = machines[name]
    assert one.ssh("id -un; hostname").stdout.split() == ["root", name]
    assert one.ssh("sudo -n id -un; cat", user=one.user, stdin="sent").stdout == "root\nsent"
    assert one.private_key.stat().st_mode & 0o777 == 0o600
    known = one.private_key.parent / "known_hosts"
    assert known.read_text() == f"{name} {one.host_key}\n"
    assert one.host_key in one.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub").stdout


@each_name
def test_another_host_key_is_refused(machines: dict[str, Machine], name: str, tmp_path: Path) -> None:
    """SSH to a machine whose key is not the known one never gets to log in."""
    one = machines[name]
    before = one.journal_accepted()
    shutil.copy(one.private_key, tmp_path / "id_ed25519")
    stranger = next(other for other in machines.values() if other != one)
    (tmp_path / "known_hosts").write_text(f"{name} {stranger.host_key}\n")
    refused = replace(one, private_key=tmp_path / "id_ed25519").ssh("true", check=False)
    assert refused.returncode == 255
    assert one.journal_accepted() == before
    one.ssh("true")
    assert one.journal_accepted() == before + 1


@each_name
def test_is_a_cloud_image(machines: dict[str, Machine], name: str) -> None:
    """What Debian's cloud images have is there and starts well; what they lack is missing."""
    one = machines[name]
    release = one.ssh("systemctl is-system-running --wait; . /etc/os-release; echo $VERSION_CODENAME")
    assert release.stdout.split() == ["running", SUITES[name]]
    one.ssh("getent hosts $(hostname) && test -s /var/log/journal/*/system.journal")
    assert one.ssh("python3 -c 'import ensurepip'", check=False).returncode != 0
    sshd = one.ssh("sshd -T").stdout.splitlines()
    assert {"passwordauthentication no", "permitrootlogin without-password"} <= set(sshd)
    assert one.ssh("getent shadow root admin | cut -d: -f2 | sort -u").stdout.strip() in {
        "*",
        "!\n*",
    }
    assert one.ssh("mount -t cgroup2 | wc -l; mount -t cgroup | wc -l").stdout.split() == ["1", "0"]


def test_machines_are_told_apart(machines: dict[str, Machine]) -> None:
    """No two machines share an address, a machine id, a host key or a login key."""
    ids = {one.ssh("cat /etc/machine-id").stdout for one in machines.values()}
    keys = {one.private_key.read_bytes() for one in machines.values()}
    values = {value for one in machines.values() for value in (one.address, one.host_key)}
    assert (len(ids), len(keys), len(values)) == (2, 2, 4)


def test_machines_manage_their_own_processes(checkout: Checkout, machines: dict[str, Machine]) -> None:
    """No two guests share a control group: one's systemd would stop the other's services."""
    groups = []
    for name in machines:
        supervisor = Supervisor.read(paths.record(name, checkout.digest))
        assert supervisor is not None
        lines = Path(f"/proc/{supervisor.leader()}/cgroup").read_text().splitlines()
        groups.append({line.removesuffix("/init.scope") for line in lines if checkout.digest in line})
    assert all(groups)
    assert groups[0].isdisjoint(groups[1])


def test_machines_reach_each_other(machines: dict[str, Machine]) -> None:
    """Each machine gets to the other's SSH port: they share a network."""
    for one, other in (("web", "db"), ("db", "web")):
        probe = f"timeout 5 bash -c '</dev/tcp/{machines[other].address}/22'"
        machines[one].ssh(probe)


def test_registries_are_reached(machines: dict[str, Machine]) -> None:
    """Debian packages and a wheel arrive by the host's own way to the registries."""
    update = "sudo -n timeout 60 apt-get update -qq"
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: one.ssh(update, user="admin"), machines.values()))
    one = machines["web"]
    one.ssh("sudo -n timeout 60 apt-get install -qqy python3-venv >/dev/null", user="admin")
    one.ssh("python3 -m venv v && timeout 60 v/bin/pip download -qq itsdangerous", user="admin")
    assert one.ssh("ls *.whl", user="admin").stdout.startswith("itsdangerous")


def test_a_second_up_is_instant(checkout: Checkout, machines: dict[str, Machine]) -> None:
    """`up` of a running machine gives the same value in less than a tenth of a second."""
    code = (
        "import time, sandbox.machines as m; t = time.perf_counter(); one = m.up('web');"
        "print(time.perf_counter() - t, one.host_key)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=checkout.path, capture_output=True, text=True, check=True)
    seconds, key = done.stdout.split(maxsplit=1)
    assert float(seconds) < 0.1
    assert key.strip() == machines["web"].host_key
    assert "web is bookworm, not trixie" in checkout.run("up", "web", "--suite", "trixie", fails=True)


@each_name
def test_reboot(checkout: Checkout, machines: dict[str, Machine], name: str) -> None:
    """A reboot, asked for from outside or inside, brings back the same machine in a new boot."""
    one = machines[name]
    first = boot_id(one)
    checkout.run("reboot", name)
    second = boot_id(one)
    one.ssh("systemctl reboot", check=False)
    third = next_boot(checkout, one, second)
    assert len({first, second, third}) == 3
    assert len(one.ssh("journalctl --list-boots -q | grep -v IDX").stdout.splitlines()) >= 3


@pytest.mark.parametrize("victim", ["supervisor", "nspawn", "leader"])
def test_up_heals_what_was_killed(checkout: Checkout, machines: dict[str, Machine], victim: str) -> None:
    """Whichever of a machine's processes is killed, `up` gives the machine with its files."""
    one = machines["web"]
    before = boot_id(one)
    one.ssh(f"echo {victim} >/root/kept; sync")
    supervisor = Supervisor.read(paths.record("web", checkout.digest))
    assert supervisor is not None
    leader = supervisor.leader()
    assert leader is not None
    nspawn = int(Path(f"/proc/{leader}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill({"supervisor": supervisor.pid, "nspawn": nspawn, "leader": leader}[victim], signal.SIGKILL)
    assert checkout.up("web") == one
    assert boot_id(one) != before
    assert one.ssh("cat /root/kept").stdout.strip() == victim


def test_off_and_on(checkout: Checkout, machines: dict[str, Machine]) -> None:
    """After an orderly end and after a power cut, `up` starts the same machine."""
    for command in ("poweroff", "kill"):
        checkout.run(command, "web")
        assert "web                  bookworm" in checkout.run("status")
        assert "stopped" in checkout.run("status")
        assert "no machine web is running" in checkout.run("ssh", "web", "true", fails=True)
        assert checkout.up("web") == machines["web"]


def test_a_killed_up_is_no_trap(checkout: Checkout) -> None:
    """`up` killed again and again, as a CI system does, leaves nothing that the next trips on."""
    for seconds in (0.15, 0.5, 1.2, 2.0):  # in the copy, between copy and boot, in the boot
        run = checkout.start("up", "killed")
        time.sleep(seconds)
        run.kill()
        run.communicate()
    assert checkout.up("killed").ssh("id -un").stdout == "root\n"
    checkout.run("down", "killed")
    folder = checkout.path / ".sandbox/machines"
    assert not [path for path in folder.iterdir() if "killed" in path.name]


def test_a_failed_boot_shows_the_console(checkout: Checkout, machines: dict[str, Machine]) -> None:
    """A guest that doesn't start is an error with the console's last words, not a minute's wait."""
    init = machines["db"].root / "usr/lib/systemd/systemd"
    checkout.run("poweroff", "db")
    init.rename(init.with_name("kept"))
    init.write_text("#!/bin/sh\necho no init today\nexit 3\n")
    init.chmod(0o755)
    before = time.monotonic()
    error = checkout.run("up", "db", fails=True)
    assert time.monotonic() - before < 15
    assert "no init today" in error
    assert "console.log" in error
    assert "stopped" in checkout.run("status")
    init.with_name("kept").rename(init)
    assert checkout.up("db") == machines["db"]


@pytest.mark.parametrize("name", ["", "Web", "a_b", "-a", "a-", "../x", "1a", "a" * 31, "a\n"])
def test_a_bad_name_is_refused(checkout: Checkout, name: str) -> None:
    """A name that can't be a host's is refused with the rule, before anything is made."""
    assert "lower-case letters" in checkout.run("up", "--", name, fails=True)


def test_flushed_rules_come_back(checkout: Checkout, machines: dict[str, Machine]) -> None:
    """`up` of a running machine heals its way out, which a restarted firewall has flushed."""
    before = boot_id(machines["web"])
    subprocess.run(["nft", "delete", "table", "ip", f"fd_{checkout.digest}"], check=True)
    assert checkout.up("web") == machines["web"]
    subprocess.run(["nft", "list", "table", "ip", f"fd_{checkout.digest}"], check=True)
    assert boot_id(machines["web"]) == before


def test_checkouts_do_not_meet(machines: dict[str, Machine], other: Checkout) -> None:
    """A second checkout has another network; its `clean` leaves no trace of it and ours alone."""
    ours = boot_id(machines["web"])
    theirs = other.up("web")
    assert theirs.address.rpartition(".")[0] != machines["web"].address.rpartition(".")[0]
    assert theirs.host_key != machines["web"].host_key
    assert other.traces()
    other.run("clean")
    assert other.traces() == []
    assert not (other.path / ".sandbox").exists()
    assert boot_id(machines["web"]) == ours
    machines["web"].ssh("timeout 30 apt-get update -qq")


def test_a_deleted_checkout_is_cleared_away(
    checkout: Checkout, machines: dict[str, Machine], other: Checkout
) -> None:
    """Machines and network of a checkout that was deleted are removed by the next `up` elsewhere."""
    other.up("web")
    kept = other.path.with_name("kept")
    shutil.move(other.path / "sandbox", kept)  # for the fixture's clean
    shutil.rmtree(other.path)
    checkout.run("kill", "web")
    assert checkout.up("web") == machines["web"]
    assert other.traces() == []
    shutil.copytree(kept, other.path / "sandbox")


def test_forwarding_is_restored_by_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """net.ipv4.ip_forward is on while a checkout needs it, and as before after the last one."""
    switch = tmp_path / "ip_forward"  # the computer's own is not for a test to switch off
    switch.write_text("0\n")
    monkeypatch.setattr(network, "_IP_FORWARD", switch)
    monkeypatch.setattr(registry, "_FILE", tmp_path / "registry.json")
    monkeypatch.setattr(registry, "_LOCK", tmp_path / "registry.lock")
    seen = []
    for owner in ("deadbee1", "deadbee2"):
        monkeypatch.setattr(paths, "THIS", owner)
        with registry.opened() as entries:
            network.ensure(entries, None)
        seen.append(switch.read_text())
    for owner in ("deadbee1", "deadbee2"):
        with registry.opened() as entries:
            assert json.loads((tmp_path / "registry.json").read_text())["ip_forward"] == "0"
            network.remove(entries, owner)
        seen.append(switch.read_text())
        assert not (Path("/sys/class/net") / f"fd-{owner}").exists()
    assert seen == ["1", "1", "1", "0"]
