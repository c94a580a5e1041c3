"""What machines take over from this computer, asked without making one."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest

from sandbox.machines import MachineError, host, registry

if TYPE_CHECKING:
    from pathlib import Path

CERTIFICATE = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


def resolv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *texts: str) -> None:
    """Let the computer have these files of name servers."""
    paths = [tmp_path / str(number) for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    monkeypatch.setattr(host, "_RESOLV", (tmp_path / "missing", *paths))


def test_a_stub_resolver_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With systemd-resolved, machines get the real server, not the stub on the host's loopback."""
    stub = "nameserver 127.0.0.53\noptions edns0\n"
    real = "nameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch example.org\n"
    resolv(monkeypatch, tmp_path, stub, real)
    assert host.resolv_conf() == "nameserver 192.0.2.53\nsearch example.org\n"


def test_only_a_stub_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without name servers is not made; the error says why."""
    resolv(monkeypatch, tmp_path, "nameserver 127.0.0.1\n", "nameserver ::1\n")
    with pytest.raises(MachineError, match="loopback"):
        host.resolv_conf()


def test_only_own_certificates_are_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Authorities of the distribution are in the machine already; the others are handed on."""
    monkeypatch.setattr(host, "_PACKAGED", tmp_path / "packaged")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bundle"))
    (tmp_path / "packaged").mkdir()
    (tmp_path / "packaged/known.crt").write_text(CERTIFICATE.format("KNOWN"))
    both = CERTIFICATE.format("KNOWN") + CERTIFICATE.format("OWN") * 2
    (tmp_path / "bundle").write_text(both)
    assert host.own_certificates() == (CERTIFICATE.format("OWN"),)


def test_settings_for_registries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Proxies and pip's index come from the environment, pip's other settings from its files."""
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://a.example/\ntimeout = 5\n")
    monkeypatch.setattr(host, "_PIP_FILES", [str(tmp_path / "pip.conf")])
    monkeypatch.setattr(host, "own_certificates", tuple)
    for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://b.example/")
    monkeypatch.delenv("PIP_DEFAULT_TIMEOUT", raising=False)
    assert host.pip_conf() == "[global]\nindex-url = https://b.example/\ntimeout = 5\n"
    assert host.environment() == {}
    monkeypatch.setenv("HTTPS_PROXY", "http://p.example:1")
    proxy = "http://p.example:1"
    assert host.environment() == {"https_proxy": proxy, "HTTPS_PROXY": proxy}


@pytest.mark.parametrize(
    ("routes", "taken", "wanted", "subnet"),
    [
        ([], set(), None, "10.213.5"),
        ([], set(), "10.213.9", "10.213.9"),
        ([], {"10.213.9"}, "10.213.9", "10.213.5"),
        (["10.213.5.0/24"], {"10.213.6"}, None, "10.213.7"),
        (["10.213.5.128/25"], set(), None, "10.213.6"),
        (["10.0.0.0/8"], set(), None, "10.213.5"),
        (["10.0.0.0/8", "10.213.5.9/32"], set(), None, "10.213.6"),
    ],
)
def test_subnets_are_free(
    monkeypatch: pytest.MonkeyPatch,
    routes: list[str],
    taken: set[str],
    wanted: str | None,
    subnet: str,
) -> None:
    """A checkout gets the /24 it had, or one that no route and no other checkout uses."""
    networks = [ipaddress.IPv4Network(route) for route in routes]
    monkeypatch.setattr(registry, "_routes", lambda: networks)
    assert registry._choose("00000005", taken, wanted) == subnet


def test_a_full_range_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the whole range is in use, the error names it."""
    monkeypatch.setattr(registry, "_routes", lambda: [ipaddress.IPv4Network("10.213.0.0/16")])
    with pytest.raises(MachineError, match=r"10\.213\.0\.0/16"):
        registry._choose("00000005", set(), None)
