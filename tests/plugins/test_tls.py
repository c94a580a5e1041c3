"""The emulated `tls` provider: keys that OpenSSH takes, secret, and never made anew by themselves."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cloud import Cloud, start
from .harness import Failed
from .wire import SIG

KEY = "tls:index/privateKey:PrivateKey"


@pytest.fixture(scope="module", name="tls")
def _tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = start("tls", tmp_path_factory.mktemp("tls"))
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("inputs", "kind"),
    [
        ({"algorithm": "ED25519"}, "ssh-ed25519"),
        ({"algorithm": "RSA", "rsaBits": 2048}, "ssh-rsa"),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, "ecdsa-sha2-nistp256"),
    ],
    ids=["ED25519", "RSA", "ECDSA"],
)
def test_openssh_takes_the_key(tls: Cloud, tmp_path: Path, inputs: dict[str, object], kind: str) -> None:
    """The private half is in OpenSSH's format, and its public half is the one that is told."""
    state = tls.make(KEY, inputs).state
    file = tmp_path / "key"
    file.touch(mode=0o600)
    file.write_text(state["privateKeyOpenssh"]["value"])
    done = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True)

    assert state["publicKeyOpenssh"].split()[0] == kind
    assert done.stdout.split()[:2] == state["publicKeyOpenssh"].split()


def test_private_halves_are_secret(tls: Cloud) -> None:
    """And nothing else is."""
    state = tls.make(KEY, {"algorithm": "ED25519"}).state
    secret = {name for name, value in state.items() if isinstance(value, dict) and SIG in value}
    assert secret == {"privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"}


def test_a_key_stays(tls: Cloud) -> None:
    """A refresh and an unchanged program leave it; another algorithm makes another key."""
    made = tls.make(KEY, {"algorithm": "ED25519"})
    before = dict(made.state)
    assert tls.refresh(made)
    assert made.state == before
    assert tls.diff(made, {"algorithm": "ED25519"}).changes == 1
    assert tls.diff(made, {"algorithm": "RSA"}).replaces == ["algorithm"]


def test_an_unknown_algorithm_is_refused(tls: Cloud) -> None:
    """Documented: registry of the tls provider, private_key, `algorithm`."""
    with pytest.raises(Failed, match='value must be one of: \\["RSA" "ECDSA" "ED25519"\\], got: "DSA"'):
        tls.make(KEY, {"algorithm": "DSA"})


def test_a_misspelt_argument_is_refused(tls: Cloud) -> None:
    """As the bridge does it."""
    (told,) = tls.check(KEY, {"algorithm": "RSA", "bits": 2048})
    assert told == "Invalid or unknown key. Examine values at 'it.bits'."
