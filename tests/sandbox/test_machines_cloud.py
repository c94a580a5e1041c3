"""Machines of a cloud are born by cloud-init, and reachable on what their security group lets in."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest
from checkouts import Checkout

from sandbox.machines import firewall, key_pair
from sandbox.machines.firewall import EVERYWHERE, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="machines need root")

SSH = Rule(protocol="tcp", ports=(22, 22))
WEB = Rule(protocol="tcp", ports=(80, 81))
# Serves until the machine ends: echoes on two TCP ports and one UDP port.
ECHO = """
import socket, threading
def serve(port):
    with socket.create_server(("", port)) as server:
        while True:
            threading.Thread(target=answer, args=server.accept()).start()
def answer(peer, _):
    while data := peer.recv(99):
        peer.send(data)
for port in (80, 8000):
    threading.Thread(target=serve, args=(port,)).start()
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("", 53))
while True:
    udp.sendto(*udp.recvfrom(99))
"""
ASK_UDP = """
import socket
asking = socket.socket(type=socket.SOCK_DGRAM)
asking.settimeout(2)
asking.sendto(b"sent", ("{}", 53))
print(asking.recv(99).decode())
"""


@dataclass(frozen=True)
class Keys:
    """A key pair as files."""

    private: Path

    @classmethod
    def make(cls, folder: Path, kind: str) -> Keys:
        """Make one; RSA as clouds want it for logins."""
        path = folder / f"{kind}-{len(list(folder.iterdir()))}"
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", path], check=True)
        return cls(path)

    @property
    def public(self) -> str:
        """The line of the public key."""
        return self.private.with_name(f"{self.private.name}.pub").read_text().strip()


@dataclass(frozen=True)
class Born:
    """An instance of a test."""

    checkout: Checkout
    name: str
    login: Keys
    host_key: Keys | None  # handed in with the user data

    def call(self, code: str) -> Any:
        """Run code in a process of its own, as a provider is one; `one` is the instance's name."""
        return call(self.checkout, f"one = {self.name!r}\n{code}")

    @cached_property
    def address(self) -> str:
        """Its address; it never changes."""
        return str(self.call("result = instances.find(one).address"))

    def seed(self, *, key: Keys | None = None) -> str:
        """The code of its seed, with user data that leaves a trace of each run."""
        value: dict[str, Any] = {"runcmd": ["echo ran >>/root/ran"]}
        if self.host_key is not None:
            private, public = self.host_key.private.read_text(), self.host_key.public
            value["ssh_keys"] = {"ed25519_private": private, "ed25519_public": public}
        data = f"#cloud-config\n{json.dumps(value)}".encode()
        keys = ((key or self.login).public,)
        return f"Seed(instance_id=one, hostname='shop', public_keys={keys!r}, user_data={data!r})"

    def serve(self) -> None:
        """Let it answer echoes, after each start as well."""
        self.says(f"cat >/root/echo.py <<'END'\n{ECHO}END")
        unit = "[Service]\nExecStart=python3 /root/echo.py\n[Install]\nWantedBy=multi-user.target"
        self.says(f"echo '{unit}' >/etc/systemd/system/echo.service")
        self.says("systemctl enable --quiet --now echo && until ss -ltn | grep -q :8000; do sleep 0.05; done")

    def protect(self, *rules: Rule) -> None:
        """Replace its rules."""
        value = Rules(ingress=rules).plain()
        self.call(f"instances.protect(one, Rules.read({value!r})); result = None")

    def ssh(self, command: str, *, key: Keys | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command as root. Its host key is pinned where it was handed in."""
        login = (key or self.login).private
        known = login.with_name(f"{self.name}.known")
        if self.host_key is not None:
            known.write_text(f"{self.name} {self.host_key.public}\n")
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "5",
            "HostKeyAlias": self.name,
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
            "StrictHostKeyChecking": "no" if self.host_key is None else "yes",
            "UserKnownHostsFile": "/dev/null" if self.host_key is None else str(known),
        }
        given = [f"-o{key}={value}" for key, value in options.items()]
        return subprocess.run(
            ["ssh", "-F", "/dev/null", "-i", login, *given, f"root@{self.address}", command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def says(self, command: str, *, key: Keys | None = None) -> str:
        """What a command prints, once the machine lets us in."""
        deadline = time.monotonic() + 30
        while (done := self.ssh(command, key=key)).returncode == 255 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def call(checkout: Checkout, code: str) -> Any:
    """Run code with a checkout's own package; the value of its `result`."""
    text = (
        "import json\nfrom sandbox.machines import *\n"
        "from sandbox.machines import firewall, instances, lifecycle, network, registry\n"
        f"from sandbox.machines.firewall import Rules\nfrom sandbox.machines.seed import Seed\n{code}\n"
        "print(json.dumps(result, default=str))"
    )
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, cwd=checkout.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reaches(address: str, port: int) -> bool:
    """Whether this computer gets a connection; a refusal is an answer, and no wall that is silent."""
    try:
        with socket.create_connection((address, port), timeout=0.5):
            return True
    except TimeoutError:
        return False


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout for this file; its `clean` leaves nothing, the firewalls of machines included."""
    made = Checkout.make(tmp_path_factory.mktemp("one") / "flask-deploy")
    yield made
    made.run("clean")
    assert made.traces() == []


@pytest.fixture(scope="module")
def born(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Born]:
    """A Debian 12 whose host key is handed in, and a Debian 13 that makes its own; both serve echoes."""
    keys = tmp_path_factory.mktemp("keys")
    login, host_key = Keys.make(keys, "rsa"), Keys.make(keys, "ed25519")
    made = {"bookworm": Born(checkout, "web", login, host_key), "trixie": Born(checkout, "db", login, None)}
    rules = Rules(ingress=(SSH,)).plain()

    def launch(suite: str) -> None:
        one = made[suite]
        given = f"suite={suite!r}, seed={one.seed()}, rules=Rules.read({rules!r})"
        at = f"at = instances.launch(one, {given}); result = [at.running, lifecycle.find(one) is None]"
        assert one.call(at) == [True, True], "an instance runs long before its sshd listens"
        one.serve()

    with ThreadPoolExecutor() as pool:
        list(pool.map(launch, made))
    return made


@pytest.fixture
def web(born: dict[str, Born]) -> Iterator[Born]:
    """The machine with the known host key, reachable over SSH; the rules of a test end with it."""
    yield born["bookworm"]
    born["bookworm"].protect(SSH)


@pytest.fixture
def db(born: dict[str, Born]) -> Iterator[Born]:
    """The other one."""
    yield born["trixie"]
    born["trixie"].protect(SSH)


def test_cloud_init_takes_its_course(born: dict[str, Born]) -> None:
    """On both systems cloud-init ends well, has run the user data and set the name."""
    for one in born.values():
        assert one.says("cloud-init status --wait").endswith("status: done")
        assert one.says("hostname; cat /root/ran; systemctl is-system-running") == "shop\nran\nrunning"


def test_logins_and_host_keys_are_the_instances_own(born: dict[str, Born]) -> None:
    """The guest has the key pair's login and the host keys of the user data, and none of the sandbox's."""
    web, db = born["bookworm"], born["trixie"]
    assert web.host_key is not None
    assert web.says("cat /etc/ssh/ssh_host_*.pub") == web.host_key.public
    made = set(db.says("cut -d' ' -f1 /etc/ssh/ssh_host_*.pub").splitlines())
    assert made == {"ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"}
    for one in born.values():
        assert one.says("cat /root/.ssh/authorized_keys") == one.login.public
        assert one.says("ls /home; sshd -T | grep -x 'passwordauthentication no'").split()[-1] == "no"
        folder = one.checkout.path / f".sandbox/machines/{one.name}"
        assert not list(folder.glob("id_*"))


def test_the_console_needs_no_login(checkout: Checkout, web: Born) -> None:
    """By hand an instance is entered as on a cloud's console, whoever may log in to it."""
    assert checkout.run("ssh", web.name, "echo", "$HOME").strip() == "/root"
    assert web.name in checkout.run("status")
    web.protect()
    assert web.call("result = lifecycle.find(one).ssh('hostname').stdout") == "shop\n"


def test_a_new_key_pair_counts_after_a_reboot(web: Born, tmp_path: Path) -> None:
    """Another key pair replaces the former at the next boot, and not before; other keys stay."""
    new, stranger = Keys.make(tmp_path, "rsa"), Keys.make(tmp_path, "ed25519")
    web.says(f"echo '{stranger.public}' >>/root/.ssh/authorized_keys")
    web.call(f"instances.reseed(one, {web.seed(key=new)}); result = None")
    assert web.ssh("true", key=new).returncode == 255
    web.call("instances.reboot(one); result = None")
    assert web.says("true", key=new) == ""
    assert web.ssh("true").returncode == 255
    assert web.ssh("true", key=stranger).returncode == 0
    web.call(f"instances.reseed(one, {web.seed()}); instances.reboot(one); result = None")


def test_changed_user_data_is_not_run(web: Born) -> None:
    """User data that comes later is there after the next boot; what runs once per instance has run."""
    changed = web.seed().replace("echo ran", "echo again")
    web.call(f"instances.reseed(one, {changed}); instances.reboot(one); result = None")
    web.says("cloud-init status --wait")
    assert web.says("cat /root/ran") == "ran"
    assert "echo again" in web.says("cloud-init query userdata")


def test_a_replaced_disk_is_another_machine(db: Born) -> None:
    """With another image, address and name stay; files and host keys go, and user data runs again."""
    db.says("cloud-init status --wait; echo kept >/root/kept")
    before = db.address, db.says("cat /etc/ssh/ssh_host_ed25519_key.pub")
    db.call(f"instances.replace_disk(one, suite='bookworm', seed={db.seed()}); result = None")
    assert db.call("result = instances.find(one).running") is False
    db.call("instances.start(one); result = None")
    assert db.says("cat /root/kept 2>&1 || true").endswith("No such file or directory")
    assert "bookworm" in db.says("cloud-init status --wait >&2; cat /root/ran /etc/os-release")
    assert db.address == before[0]
    assert db.says("cat /etc/ssh/ssh_host_ed25519_key.pub") != before[1]
    db.serve()


def test_only_the_rules_let_in(web: Born, db: Born) -> None:
    """What a rule names is reached from this computer and from the neighbour alike, and no other port."""
    web.protect(SSH, WEB)
    assert reaches(web.address, 80)
    assert not reaches(web.address, 8000)
    for port, answer in ((80, "in"), (8000, "out")):
        probe = f"timeout 0.5 bash -c '</dev/tcp/{web.address}/{port}' && echo in || echo out"
        assert db.says(probe) == answer


def test_a_source_is_a_limit(web: Born, db: Born) -> None:
    """A rule for one address lets nobody else in; the first rule that fits decides."""
    web.protect(SSH, Rule(protocol="tcp", ports=(80, 80), peer=f"{db.address}/32"))
    assert not reaches(web.address, 80)
    assert db.says(f"timeout 0.5 bash -c '</dev/tcp/{web.address}/80' && echo in") == "in"
    web.protect(SSH, Rule(peer=f"{db.address}/32", accept=False), Rule())
    assert reaches(web.address, 8000)
    assert db.says(f"timeout 0.5 bash -c '</dev/tcp/{web.address}/80' || echo out") == "out"


def test_no_rule_lets_nothing_in(web: Born, db: Born) -> None:
    """Without rules every port is silent, and what the guest asks is still answered, UDP as well."""
    db.protect(SSH, Rule(protocol="udp", ports=(53, 53)))
    web.says(f"cat >/root/ask.py <<'END'\n{ASK_UDP.format(db.address)}END")
    web.says("systemd-run --quiet sh -c 'sleep 1; python3 /root/ask.py >/root/answer'")
    web.protect()
    assert not any(reaches(web.address, port) for port in (22, 80))
    time.sleep(1.2)
    web.protect(SSH)
    assert web.says("cat /root/answer") == "sent"


def test_sessions_outlive_their_rule(web: Born) -> None:
    """A connection that stands goes on when its rule is taken away: groups are stateful."""
    web.protect(SSH, WEB)
    with socket.create_connection((web.address, 80), timeout=2) as standing:
        standing.send(b"one")
        assert standing.recv(99) == b"one"
        web.protect(SSH)
        assert not reaches(web.address, 80)
        standing.send(b"two")
        assert standing.recv(99) == b"two"


def test_rules_on_the_way_out(web: Born, db: Born) -> None:
    """A rule may keep the guest from reaching something; who may come in gets answers all the same."""
    db.protect(SSH, WEB)
    out = Rules(ingress=(SSH,), egress=(Rule(protocol="tcp", ports=(80, 80), accept=False),)).plain()
    web.call(f"instances.protect(one, Rules.read({out!r})); result = None")
    assert web.says(f"timeout 0.5 bash -c '</dev/tcp/{db.address}/80' || echo out") == "out"


def test_rules_hold_over_a_restart_and_a_flush(web: Born) -> None:
    """The firewall stands before the guest boots, and comes back after this computer's was flushed."""
    table = f"fd_{web.checkout.digest}_{web.name}"
    for again in ("instances.start(one)", "lifecycle.up(one)"):
        subprocess.run(["nft", "delete", "table", "bridge", table], check=True)
        web.call(f"instances.stop(one) if 'start' in {again!r} else None; {again}; result = None")
        web.says("true")
        listed = subprocess.run(["nft", "list", "table", "bridge", table], check=True, capture_output=True)
        assert b"tcp dport 22" in listed.stdout


def test_an_elastic_address_moves(web: Born, db: Born) -> None:
    """A further address leads to the machine that has it, over a restart too, and moves to another."""
    number = web.call("from sandbox.machines import addresses; result = addresses.reserve()")
    address = web.address.rpartition(".")[0] + f".{number}"
    for one in (web, db):
        one.protect(SSH, WEB)
        one.call(f"instances.assign(one, {number}); result = None")
        assert reaches(address, 80)
        if one == web:
            one.call("instances.assign(one, None); result = None")
    assert address not in web.says("ip -o address show")
    db.call("instances.reboot(one); result = None")
    assert address in db.says("ip -o address show dev host0")
    assert reaches(address, 80)
    db.call("instances.assign(one, None); result = None")
    web.call(f"from sandbox.machines import addresses; result = addresses.release({number})")


def test_firewalls_go_with_their_machine_and_their_checkout(
    checkout: Checkout, born: dict[str, Born], tmp_path: Path
) -> None:
    """`down` takes the machine's firewall along; those of a deleted checkout go with the next start."""
    other = Checkout.make(tmp_path / "two")
    call(other, "gateway(); firewall.apply('gone', '10.213.0.9', Rules()); result = None")
    assert [trace for trace in other.traces() if trace.endswith("_gone")]
    other.path.rename(tmp_path / "moved")
    call(checkout, "result = gateway()")
    assert other.traces() == []
    name = born.pop("trixie").name
    assert [trace for trace in checkout.traces() if trace.endswith(f"_{name}")]
    checkout.run("down", name)
    assert not [trace for trace in checkout.traces() if trace.endswith(f"_{name}")]


def test_the_metadata_keys_alone_are_exchanged(tmp_path: Path) -> None:
    """In the guest, a boot adds the keys of the metadata and takes away those of the last boot only."""
    seed = tmp_path / "var/lib/cloud/seed/nocloud/meta-data"
    seed.parent.mkdir(parents=True)
    (tmp_path / "root").mkdir()
    keys = tmp_path / "root/.ssh/authorized_keys"
    for wanted, then in ((["a"], ["a"]), (["a"], ["mine", "a"]), (["b"], ["mine", "b"]), ([], ["mine"])):
        seed.write_text(json.dumps({"public-keys": wanted}))
        key_pair.main(tmp_path)
        if "mine" in then and "mine" not in keys.read_text():
            keys.write_text(f"mine\n{keys.read_text()}")
            key_pair.main(tmp_path)
        assert keys.read_text().split() == then
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "wrong", [{"peer": "10.0.0.1/8"}, {"peer": "::/0"}, {"ports": (9, 1)}, {"ports": (0, 65536)}]
)
def test_a_rule_that_nft_would_read_otherwise_is_refused(wrong: dict[str, Any]) -> None:
    """A network with host bits, another address family and a range that is none are no rules."""
    with pytest.raises(ValueError, match=r"\S"):
        Rule(**wrong)


def test_rules_are_kept_as_they_are() -> None:
    """What is written down of rules is read as the same rules."""
    rules = Rules(ingress=(SSH, Rule(peer="10.0.0.0/8", accept=False)), egress=(Rule(protocol="icmp"),))
    assert Rules.read(json.loads(json.dumps(rules.plain()))) == rules
    assert firewall.EVERYWHERE == EVERYWHERE == Rule().peer
