"""What a machine has to take over from this computer to reach what this computer reaches."""

import configparser
import ipaddress
import json
import os
import re
import shutil
from pathlib import Path
from typing import Final

from sandbox.machines.errors import MachineError
from sandbox.machines.run import run

# program -> Debian package
_NEEDED: Final = {
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "setpriv": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
}
_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# systemd-resolved and NetworkManager put the real servers here when /etc/resolv.conf names a stub
_RESOLV: Final = (
    Path("/etc/resolv.conf"),
    Path("/run/systemd/resolve/resolv.conf"),
    Path("/run/NetworkManager/no-stub-resolv.conf"),
)
_PACKAGED: Final = Path("/usr/share/ca-certificates")
_PROXIES: Final = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
_PIP_FILES: Final = ["/etc/pip.conf", str(Path("~/.config/pip/pip.conf").expanduser())]
_PIP: Final = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")
_PROXY: Final = re.compile(r"Acquire::\w+::Proxy.* \"[^\"]+\";", re.IGNORECASE)
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n", re.DOTALL)


def require() -> None:
    """Refuse a computer on which machines can't be made.

    Raises:
        MachineError: not root, or a program is missing; says what to install.
    """
    if os.geteuid() != 0:
        raise MachineError("sandbox machines need root (namespaces, a bridge): run this with sudo")
    missing = {package for program, package in _NEEDED.items() if shutil.which(program) is None}
    if not _KEYRING.exists():
        missing.add("debian-archive-keyring")
    if missing:
        raise MachineError(
            f"sandbox machines need packages that are missing: apt install {' '.join(sorted(missing))}"
        )


def has_systemd() -> bool:
    """Whether systemd runs this computer: sd_booted(3)."""
    return Path("/run/systemd/system").is_dir()


def resolv_conf() -> str:
    """The content of resolv.conf for a machine: name servers that it can reach.

    Raises:
        MachineError: this computer only names servers on its own loopback.
    """
    for path in _RESOLV:
        lines = path.read_text().splitlines() if path.exists() else []
        servers = [line for line in lines if line.startswith("nameserver") and _outside(line)]
        if servers:
            kept = [line for line in lines if line.split(maxsplit=1)[:1] in (["search"], ["options"])]
            return "\n".join([*servers, *kept, ""])
    raise MachineError(
        "/etc/resolv.conf names only servers on this computer's loopback, which a machine can't "
        "reach: let it name the real server as well"
    )


def _outside(line: str) -> bool:
    try:
        return not ipaddress.IPv4Address(line.split()[1]).is_loopback
    except (IndexError, ValueError):  # IPv6 as well: machines have IPv4 only
        return False


def mtu() -> int:
    """The MTU towards the default route; a larger one inside would lose packets on the way."""
    routes = json.loads(run("ip", "-j", "-4", "route", "show", "default"))
    if not routes:
        return 1500
    link = json.loads(run("ip", "-j", "link", "show", "dev", routes[0]["dev"]))
    return min(1500, int(link[0]["mtu"]))


def own_certificates() -> tuple[str, ...]:
    """Authorities that this computer trusts in addition to those of its distribution."""
    bundle = Path(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt")
    if not bundle.is_file():
        return ()
    packaged = {
        match for path in _PACKAGED.rglob("*.crt") for match in _CERTIFICATE.findall(path.read_text())
    }
    found = dict.fromkeys(_CERTIFICATE.findall(bundle.read_text()))
    return tuple(match for match in found if match not in packaged)


def environment() -> dict[str, str]:
    """Variables for logins: proxies, and the bundle for programs that bring their own."""
    found: dict[str, str] = {}
    for name in _PROXIES:
        value = os.environ.get(name) or os.environ.get(name.upper())
        if value:
            found |= {name: value, name.upper(): value}
    if own_certificates():
        bundle = "/etc/ssl/certs/ca-certificates.crt"
        found |= {"SSL_CERT_FILE": bundle, "REQUESTS_CA_BUNDLE": bundle}
    return found


def apt_proxies() -> list[str]:
    """Lines of apt.conf that name proxies."""
    if shutil.which("apt-config") is None:
        return []
    lines = run("apt-config", "dump").splitlines()
    return [line for line in lines if _PROXY.match(line)]


def pip_conf() -> str:
    """A pip.conf with this computer's package index, or an empty text when it is pip's default."""
    parser = configparser.RawConfigParser(strict=False)
    parser.read(_PIP_FILES)
    found = {}
    for key in _PIP:
        value = os.environ.get(f"PIP_{key.replace('-', '_').upper()}") or parser.get(
            "global", key, fallback=""
        )
        if value:
            found[key] = " ".join(value.split())  # several indexes stand on lines of their own
    if "PIP_DEFAULT_TIMEOUT" in os.environ:
        found["timeout"] = os.environ["PIP_DEFAULT_TIMEOUT"]
    if own_certificates():
        found["cert"] = "/etc/ssl/certs/ca-certificates.crt"
    lines = [f"{key} = {value}\n" for key, value in found.items()]
    return "".join(["[global]\n", *lines]) if lines else ""
