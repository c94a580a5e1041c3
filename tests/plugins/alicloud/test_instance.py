"""An instance is a machine: born with its user data, behind its rules, on a disk that an image may replace.

Each test goes on where the last one ended.
"""

from __future__ import annotations

import base64
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from components.machine.cloud_init import user_data
from plugins.cloud import Made, start
from sandbox import machines
from sandbox.machines import instances

from .conftest import ADDRESS, ASSOCIATION, CREDENTIALS, INSTANCE, PAIR, RULE, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Keys:
    """A login key and a host key, and ssh with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, kind in (("login", "rsa"), ("host", "ed25519")):
            command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)

    def public(self, name: str) -> str:
        """The public half, without a comment."""
        return " ".join((self.folder / f"{name}.pub").read_text().split()[:2])

    def user_data(self) -> str:
        """User data that hands the host key in."""
        return user_data(self.public("host"), (self.folder / "host").read_text())

    def ssh(self, address: str, command: str) -> str:
        """Run a command as root; the host key has to be the one that was handed in."""
        (self.folder / "known_hosts").write_text(f"{address} {self.public('host')}\n")
        options = [
            f"-oUserKnownHostsFile={self.folder / 'known_hosts'}",
            f"-oIdentityFile={self.folder / 'login'}",
            *("-oIdentitiesOnly=yes", "-oStrictHostKeyChecking=yes", "-oBatchMode=yes", "-oConnectTimeout=5"),
        ]
        ssh = ["ssh", "-F", "/dev/null", *options, f"root@{address}", command]
        deadline = time.monotonic() + 60
        while True:
            done = subprocess.run(ssh, capture_output=True, text=True, check=False)
            if done.returncode == 0 or time.monotonic() > deadline:
                assert done.returncode == 0, done.stderr
                return done.stdout
            time.sleep(0.5)


class Shop:
    """An instance of its own account, and what it was made from."""

    def __init__(self, site: Site, keys: Keys) -> None:
        self.site, self.keys, self.cloud = site, keys, site.cloud
        pair = self.cloud.make(PAIR, {"keyPairName": "deploy", "publicKey": keys.public("login")})
        self.ssh_rule = self.cloud.make(RULE, site.rule(portRange="22/22", cidrIp=f"{machines.gateway()}/32"))
        self.inputs: dict[str, Any] = site.instance(
            keyName=pair.id, userData=keys.user_data(), internetMaxBandwidthOut=5
        )
        self.made: Made = self.cloud.make(INSTANCE, self.inputs)

    @property
    def address(self) -> str:
        """Its public address."""
        return str(self.made.state["publicIp"])

    def change(self, **more: Any) -> None:
        """Update it in place."""
        self.inputs |= more
        assert self.cloud.diff(self.made, self.inputs).replaces == []
        self.cloud.change(self.made, self.inputs)
        assert self.made.reasons == []


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("instance")
    cloud = start("alicloud", folder, CREDENTIALS)
    shop = Shop(Site(cloud), Keys(folder))
    yield shop
    for identity in cloud.account.tables().get("instances", {}):
        machines.down(identity)
    cloud.stop()


def opens(address: str, port: int) -> bool:
    """Whether a connection is taken."""
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def test_it_boots_with_its_user_data(shop: Shop) -> None:
    """cloud-init ends well, and the host key is the one that was handed in: ssh knows no other."""
    assert "status: done" in shop.keys.ssh(shop.address, "cloud-init status --wait")


def test_only_the_ports_of_its_rules_are_open(shop: Shop) -> None:
    """Port 80 from the moment that its rule is there, until it is gone."""
    shop.keys.ssh(shop.address, "systemd-run --quiet python3 -m http.server 80; sleep 1")
    assert not opens(shop.address, 80)
    rule = shop.cloud.make(RULE, shop.site.rule())
    assert opens(shop.address, 80)
    shop.cloud.unmake(rule)
    assert not opens(shop.address, 80)


def test_other_user_data_stops_it_and_is_not_run(shop: Shop) -> None:
    """1.6 #4: the same disk, and cloud-init does not run it again."""
    shop.keys.ssh(shop.address, "touch /root/kept")
    text = b"#cloud-config\nruncmd: ['touch /root/run-again']\n"
    shop.change(userData=base64.b64encode(text).decode())
    assert shop.keys.ssh(shop.address, "cloud-init status --wait >/dev/null; ls /root").split() == ["kept"]


def test_another_image_replaces_the_disk(shop: Shop) -> None:
    """1.6 #3: in place, all data gone, the same id and address."""
    address = shop.address
    shop.change(userData=shop.keys.user_data(), imageId="ubuntu_22_04_x64_20G_alibase_20260615.vhd")
    assert shop.address == address
    seen = shop.keys.ssh(address, "cat /etc/debian_version; ls /root").split()
    assert seen[0].startswith("12")
    assert seen[1:] == []


def test_an_elastic_address_and_a_bandwidth_of_its_own_exclude_each_other(shop: Shop) -> None:
    """1.6 #9."""
    address = shop.cloud.make(ADDRESS, {"addressName": "web", "internetChargeType": "PayByTraffic"})
    inputs = {"allocationId": address.id, "instanceId": shop.made.id}
    with pytest.raises(Exception, match="InstanceHasBandWidth"):
        shop.cloud.make(ASSOCIATION, inputs)
    shop.change(internetMaxBandwidthOut=0)
    assert shop.made.state["publicIp"] == ""
    association = shop.cloud.make(ASSOCIATION, inputs)
    assert shop.keys.ssh(address.state["ipAddress"], "echo hello") == "hello\n"
    shop.cloud.unmake(association)
    assert not opens(address.state["ipAddress"], 22)
    shop.cloud.unmake(address)


def test_what_is_protected_stays(shop: Shop) -> None:
    """ECS API, DeleteInstance: DeletionProtection."""
    shop.change(deletionProtection=True)
    with pytest.raises(Exception, match=r"DeletionProtection|deletion protection"):
        shop.cloud.unmake(shop.made)
    shop.change(deletionProtection=False)


def test_what_was_deleted_behind_its_back_is_gone(shop: Shop) -> None:
    """For a refresh, and for what it stood in the way of."""
    machines.down(shop.made.id)
    assert not shop.cloud.refresh(shop.made)
    assert instances.find(shop.made.id) is None
    shop.cloud.unmake(shop.ssh_rule)
    shop.cloud.unmake(shop.site.group)
    shop.cloud.unmake(shop.site.switch)
    shop.cloud.unmake(shop.site.network)
