"""Disks that are full, read-only or odd: the old release serves, and the message says which one it is."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down
from running import state

WEIGHT: Final = 2_000_000  # bytes of the app that no compression makes fewer
# Small disks of their own, as a machine with several partitions has them.
DISKS: Final = """\
mkdir -p /var/lib/flask-deploy
mount -t tmpfs -o size=400M,mode=755 srv /srv
mount -t tmpfs -o size=40M,mode=755 state /var/lib/flask-deploy
"""


@pytest.fixture(scope="module", name="deployed")
def _deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = make("disks", tmp_path_factory.mktemp("disks"))
    deployment.machine.ssh(DISKS)
    deployment.configure(SMALL)
    (deployment.app / "weight.bin").write_bytes(secrets.token_bytes(WEIGHT))
    deployment.stack.up()
    yield deployment
    take_down(deployment)


@contextmanager
def full(deployment: Deployment, place: str, room: int) -> Iterator[None]:
    """A disk with so many KiB left."""
    machine = deployment.machine
    left = int(machine.ssh(f"df -k --output=avail {place} | tail -n 1").stdout)
    machine.ssh(f"fallocate -l {(left - room) * 1024} {place}/filler")
    try:
        yield
    finally:
        machine.ssh(f"rm {place}/filler")


def changed(deployment: Deployment) -> None:
    """Have the next `up` send and unpack the app anew."""
    (deployment.app / "weight.bin").write_bytes(secrets.token_bytes(WEIGHT))


def refused(deployment: Deployment, serving: str) -> str:
    """Run `up`, which must fail soon and leave what serves; return what it said."""
    began = time.monotonic()
    result = deployment.stack.up(check=False)
    assert result.returncode != 0
    assert time.monotonic() - began < 120
    assert deployment.get().headers["x-release"] == serving
    assert not state(deployment).get("pending_operations")
    return said(result)


def heals(deployment: Deployment, serving: str) -> None:
    """With room again the next `up` goes through."""
    deployment.stack.up()
    release = deployment.stack.outputs()["release"]
    assert deployment.get().headers["x-release"] == release != serving


@pytest.mark.covers(43)
def test_no_room_for_the_upload(deployed: Deployment) -> None:
    """The provider says `Failure` and no more; the message says where to look."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    with full(deployed, "/var/lib/flask-deploy", 500):
        words = refused(deployed, serving)

    assert "it can't keep the file that is sent" in words
    assert "df -h /var/lib/flask-deploy" in words
    heals(deployed, serving)


@pytest.mark.covers(43)
def test_no_room_to_unpack(deployed: Deployment) -> None:
    """Nothing half-unpacked stays in the way."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    with full(deployed, "/srv", 500):
        words = refused(deployed, serving)
        assert deployed.machine.ssh("ls -d /srv/small/releases/.[!.]* 2>/dev/null", check=False).stdout == ""

    assert "No space left on device" in words
    heals(deployed, serving)


@pytest.mark.covers(43)
def test_no_room_to_install(deployed: Deployment) -> None:
    """Pip fails in many words; the cause is said in one line, and the half environment is gone."""
    serving = deployed.get().headers["x-release"]
    file = deployed.app / "requirements.txt"
    file.write_text("flask>=3,<4\nitsdangerous\n")
    with full(deployed, "/srv", 4000):
        words = refused(deployed, serving)

    assert "the disk is full" in words
    assert deployed.machine.ssh("find /srv/small/venvs -mindepth 1 -maxdepth 1 | wc -l").stdout == "1\n"
    heals(deployed, serving)


@pytest.mark.covers(43)
def test_a_disk_that_is_full_to_the_brim(deployed: Deployment) -> None:
    """How full it is and where stands in the message."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    with full(deployed, "/srv", 0):
        words = refused(deployed, serving)

    assert "the disk is full: 400M" in words
    assert "/srv (size, used, free, place)" in words
    assert "make room there, then run 'pulumi up' again" in words
    heals(deployed, serving)


@pytest.mark.covers(43)
def test_no_room_for_temporary_files(deployed: Deployment) -> None:
    """Without room in /tmp a step can't even begin."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    deployed.machine.ssh("mount -t tmpfs -o size=100k,mode=1777 tmp /tmp && fallocate -l 100k /tmp/filler")
    try:
        words = refused(deployed, serving)
    finally:
        deployed.machine.ssh("umount /tmp")

    assert "the disk is full: 100K" in words
    assert "/tmp (size, used, free, place)" in words
    heals(deployed, serving)


@pytest.mark.covers(43)
def test_no_room_for_logs(deployed: Deployment) -> None:
    """The web server and the app lose lines, and no request; a release goes live all the same."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    move = "cp -a /var/log/. /mnt/ && mount --bind /mnt /var/log && umount /mnt"
    deployed.machine.ssh(f"mount -t tmpfs -o size=200M logs /mnt && {move} && systemctl reload nginx")
    try:
        with full(deployed, "/var/log", 0):
            heals(deployed, serving)
            assert deployed.get().status == 200
    finally:
        deployed.machine.ssh("umount --lazy /var/log && systemctl reload nginx")


@pytest.mark.covers(44)
def test_no_inode_left(deployed: Deployment) -> None:
    """A disk with room for bytes, but for no file more."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    used = deployed.machine.ssh("df --output=iused /srv | tail -n 1").stdout.strip()
    deployed.machine.ssh(f"mount -o remount,nr_inodes={used} /srv")
    try:
        words = refused(deployed, serving)
    finally:
        deployed.machine.ssh("mount -o remount,nr_inodes=200000 /srv")

    assert f"the disk can't hold another file: all {used} inodes of /srv are in use" in words
    heals(deployed, serving)


@pytest.mark.covers(44)
def test_a_disk_that_is_read_only(deployed: Deployment) -> None:
    """As the kernel makes it after an error of the disk."""
    serving = deployed.get().headers["x-release"]
    changed(deployed)
    deployed.machine.ssh("mount -o remount,ro /srv")
    try:
        words = refused(deployed, serving)
    finally:
        deployed.machine.ssh("mount -o remount,rw /srv")

    assert "/srv can't be written to: it is mounted read-only" in words
    heals(deployed, serving)


@pytest.mark.covers(44)
def test_temporary_files_that_can_t_be_run(deployed: Deployment) -> None:
    """A /tmp without `exec`, as hardened machines have it, is enough; new packages are installed with it."""
    serving = deployed.get().headers["x-release"]
    (deployed.app / "requirements.txt").write_text("flask>=3,<4\nclick\n")
    deployed.machine.ssh("mount -t tmpfs -o noexec,nosuid,nodev,mode=1777 tmp /tmp")
    try:
        heals(deployed, serving)
    finally:
        deployed.machine.ssh("umount /tmp")
