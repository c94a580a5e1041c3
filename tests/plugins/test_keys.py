"""Keys, host keys, passwords and agents. Expectations recorded from 1.2.1."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from .sshd import make_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .sshd import Sshd

NO_METHODS = "after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods"


class Keys(NamedTuple):
    """A connection's keys, made from the machine's own and a wrong one, and the outcome."""

    what: str
    given: Callable[[Sshd, str, str], dict[str, object]]
    said: str


KEYS = [
    Keys("an ed25519 host key", lambda m, _, __: {"hostKey": m.host_key()}, "hi"),
    Keys("an ecdsa host key", lambda m, _, __: {"hostKey": m.host_key("ecdsa")}, "hi"),
    Keys("a line of known_hosts", lambda m, _, __: {"hostKey": f"[127.0.0.1]:22 {m.host_key()}"}, "hi"),
    Keys("the first key of several counts", lambda m, _, p: {"hostKey": f"# c\n\n{m.host_key()}\n{p}"}, "hi"),
    Keys("no host key in the text", lambda *_: {"hostKey": "x", "dialErrorLimit": 9},
         "failed to parse host key: ssh: no key found"),
    Keys("an empty host key", lambda *_: {"hostKey": ""}, "failed to parse host key: ssh: no key found"),
    Keys("no private key in the text", lambda *_: {"privateKey": "x", "dialErrorLimit": 9},
         "ssh: no key found"),
    Keys("an empty private key", lambda *_: {"privateKey": ""}, "ssh: no key found"),
    Keys("a public key as private key", lambda _, __, p: {"privateKey": p}, "ssh: no key found"),
    Keys("a broken private key",
         lambda *_:
             {"privateKey": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"},
         "ssh: invalid openssh private key format"),
    Keys("a password for a key without one",
         lambda *_: {"privateKeyPassword": "x"},
         "ssh: key is not password protected"),
    Keys("a key without its last newline", lambda m, _, __: {"privateKey": m.key.strip()}, "hi"),
    Keys("a key with other ends of lines", lambda m, _, __: {"privateKey": m.key.replace("\n", "\r\n")},
         "hi"),
    Keys("nothing to log in with", lambda *_: {"privateKey": None},
         f"{NO_METHODS} [none], no supported methods remain"),
    Keys("another user", lambda *_: {"user": "nosuch"},
         f"{NO_METHODS} [none publickey], no supported methods remain"),
    Keys("a wrong password", lambda *_: {"privateKey": None, "password": "x"},
         "after 0 failed attempts: ssh: handshake failed: ssh: unexpected message type 51 (expected 60)"),
    Keys("a wrong key and a wrong password", lambda _, w, __: {"privateKey": w, "password": "x"},
         "after 0 failed attempts: ssh: handshake failed: ssh: unexpected message type 51 (expected 60)"),
    Keys("an empty host is this computer", lambda *_: {"host": ""}, "hi"),
    Keys("a port is cut to a whole number", lambda m, _, __: {"port": m.port + 0.9}, "hi"),
    Keys("no agent there, though there is a key", lambda *_: {"agentSocketPath": "/nope",
                                                              "dialErrorLimit": 9},
         "dial unix /nope: connect: no such file or directory"),
    Keys("an empty agent", lambda *_: {"agentSocketPath": ""}, "dial unix: missing address"),
]  # fmt: skip


@pytest.mark.parametrize("case", KEYS, ids=lambda case: case.what)
def test_keys(said: Callable[..., str], machine: Sshd, tmp_path: Path, case: Keys) -> None:
    """What can't be read fails at once, without a retry; what is refused names the ways tried."""
    wrong = make_key(tmp_path / "wrong")
    assert said(**case.given(machine, wrong, (tmp_path / "wrong.pub").read_text())) == case.said


def test_an_rsa_host_key_can_not_be_pinned(said: Callable[..., str], machine: Sshd) -> None:
    """Only the old ssh-rsa is offered for it, which today's servers refuse, though the key is right."""
    assert said(hostKey=machine.host_key("rsa")).startswith(
        "after 0 failed attempts: ssh: handshake failed: "
        "ssh: no common algorithm for host key; we offered: [ssh-rsa], peer offered: "
    )


@pytest.mark.parametrize(
    ("password", "outcome"),
    [
        ("right one", "hi"),
        ("wrong one", "x509: decryption password incorrect"),
        (None, "ssh: this private key is passphrase protected"),
    ],
)
def test_an_encrypted_key(
    said: Callable[..., str], start_machine: Callable[..., Sshd], tmp_path: Path, password: str, outcome: str
) -> None:
    """A key in an encrypted PEM file needs its password."""
    make_key(tmp_path / "key", "rsa")
    change = ["ssh-keygen", "-q", "-p", "-m", "PEM", "-P", "", "-N", "right one", "-f"]
    subprocess.run([*change, str(tmp_path / "key")], check=True, stdout=subprocess.DEVNULL)
    other = start_machine(f"AuthorizedKeysFile {tmp_path}/key.pub")
    key = (tmp_path / "key").read_text()
    assert said(port=other.port, privateKey=key, privateKeyPassword=password) == outcome


def test_an_agents_keys(said: Callable[..., str], machine: Sshd, tmp_path: Path) -> None:
    """An agent's key logs in, but not beside a private key: that way is tried once only."""
    path = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            time.sleep(0.05)
        subprocess.run(
            ["ssh-add", "-q", str(machine.folder / "user")], check=True, env={"SSH_AUTH_SOCK": str(path)}
        )
        assert said(privateKey=None, agentSocketPath=str(path)) == "hi"
        wrong = make_key(tmp_path / "wrong")
        assert said(privateKey=wrong, agentSocketPath=str(path)).startswith(f"{NO_METHODS} [none publickey]")
    finally:
        agent.terminate()
        agent.wait()
