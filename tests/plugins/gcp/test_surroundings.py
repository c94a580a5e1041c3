"""Names and trust of a rehearsal: variables of its environment, and nothing else of this computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.plugins.gcp import authority, surroundings
from sandbox.say import SandboxError


@pytest.mark.parametrize("given", ["", "own.pem"])
def test_a_plugin_s_own_process_leaves_the_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """Machines are made with the authorities that this computer trusts, not with the sandbox's."""
    own = tmp_path / "own.pem"
    own.write_text("an authority\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / given) if given else "")
    told = surroundings.variables(tmp_path / "account")
    bundle = Path(told["SSL_CERT_FILE"]).read_text()
    assert bundle.endswith((tmp_path / "account/tls/authority.pem").read_text())
    assert bundle.startswith("an authority" if given else authority.SYSTEM.read_text()[:100])
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    surroundings.leave(tmp_path / "account")
    assert os.environ.get("SSL_CERT_FILE", "") == (str(own) if given else "")
    assert not {"LD_PRELOAD", "NSS_WRAPPER_HOSTS"} & os.environ.keys()


def test_an_authority_is_made_once(tmp_path: Path) -> None:
    """Another one would make every certificate of a machine bad."""
    first = authority.ensure(tmp_path).read_text()

    assert authority.ensure(tmp_path).read_text() == first
    assert (tmp_path / "tls/authority.key").stat().st_mode & 0o077 == 0


def test_names_are_written_where_the_library_reads_them(tmp_path: Path) -> None:
    """Like /etc/hosts."""
    told = surroundings.variables(tmp_path)
    assert Path(told["NSS_WRAPPER_HOSTS"]).read_text() == ""
    surroundings.name(tmp_path, {"b.example": "192.0.2.2", "a.example": "192.0.2.1"})

    assert Path(told["NSS_WRAPPER_HOSTS"]).read_text() == "192.0.2.1 a.example\n192.0.2.2 b.example\n"


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the loader would say so beside every process, and no name would be found."""
    monkeypatch.setattr(surroundings, "_LIBRARIES", tmp_path)
    with pytest.raises(SandboxError, match="apt-get install libnss-wrapper"):
        surroundings.variables(tmp_path / "account")
