"""What makes a copied tree one particular machine, and what it must know at each start."""

import os
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from sandbox.machines import host, trees
from sandbox.machines.run import run
from sandbox.machines.seed import Seed

USER = "admin"


def make_keys(folder: Path) -> "subprocess.Popen[bytes]":
    """Start making a login key, and host keys of every kind that a real machine has."""
    (folder / "keys/etc/ssh").mkdir(parents=True)
    run(
        "ssh-keygen",
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        "sandbox",
        "-f",
        str(folder / "id_ed25519"),
    )
    # The three kinds take a third of a second: the tree is copied meanwhile.
    return subprocess.Popen(["ssh-keygen", "-A", "-f", str(folder / "keys")], stdout=subprocess.DEVNULL)


def personalise(folder: Path, name: str) -> None:
    """Give the new machine in `folder` its identity: keys, machine id, logins."""
    tree = folder / "tree"
    trees.write(tree / "etc/machine-id", f"{uuid.uuid4().hex}\n", 0o444)
    trees.write(tree / "etc/hostname", f"{name}\n")
    trees.write(tree / "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost\n")
    for key in (folder / "keys/etc/ssh").iterdir():
        key.rename(tree / "etc/ssh" / key.name)
    (folder / "keys/etc/ssh").rmdir()
    (folder / "keys/etc").rmdir()
    (folder / "keys").rmdir()
    public = (folder / "id_ed25519.pub").read_text()
    for home in (tree / "root", tree / "home" / USER):
        owner = home.stat()
        (home / ".ssh").mkdir(mode=0o700, exist_ok=True)
        trees.write(home / ".ssh/authorized_keys", public, 0o600)
        for path in (home / ".ssh", home / ".ssh/authorized_keys"):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    _reach_registries(tree)


def bear(folder: Path, seed: Seed) -> None:
    """Give the new machine in `folder` what a cloud gives one: cloud-init does the rest in the guest."""
    tree = folder / "tree"
    trees.write(tree / "etc/machine-id", f"{uuid.uuid4().hex}\n", 0o444)
    seed.write(tree)
    _reach_registries(tree)


def _reach_registries(tree: Path) -> None:
    """Reach package indexes by the way this computer does; nothing where that is the plain one."""
    environment = host.environment()
    if environment:
        lines = [f'{name}="{value}"\n' for name, value in environment.items()]
        trees.write(tree / "etc/environment", "".join(lines))
        kept = f'Defaults env_keep += "{" ".join(environment)}"\n'
        trees.write(tree / "etc/sudoers.d/80-host-environment", kept, 0o440)
    if proxies := host.apt_proxies():
        trees.write(tree / "etc/apt/apt.conf.d/80-host-proxy", "\n".join([*proxies, ""]))
    if pip := host.pip_conf():
        trees.write(tree / "etc/pip.conf", pip)


def host_key(folder: Path) -> str:
    """The machine's ed25519 host key: type and key, without the comment."""
    line = (folder / "tree/etc/ssh/ssh_host_ed25519_key.pub").read_text()
    return " ".join(line.split()[:2])


def prepare_start(folder: Path, *, addresses: Sequence[str], gateway: str) -> None:
    """Write what may have changed since the machine ran last: its network and name servers."""
    write_network(folder, addresses=addresses, gateway=gateway)
    trees.write(folder / "tree/etc/resolv.conf", host.resolv_conf())


def write_network(folder: Path, *, addresses: Sequence[str], gateway: str) -> None:
    """Write the machine's addresses; the first one is its own, from which it speaks."""
    own, *others = addresses
    further = "".join(f"Address={other}/32\n" for other in others)
    # Sorts before systemd's own 80-container-host0.network, which would ask for DHCP.
    trees.write(
        folder / "tree/etc/systemd/network/10-host0.network",
        f"[Match]\nName=host0\n\n[Link]\nMTUBytes={host.mtu()}\nMACAddress={mac(own)}\n\n"
        f"[Network]\nAddress={own}/24\n{further}Gateway={gateway}\n"
        "LinkLocalAddressing=no\nIPv6AcceptRA=no\n",
    )


def mac(address: str) -> str:
    """A hardware address for an address: the next machine that gets it is found where the last one was.

    Otherwise neighbours go on asking the one that is gone, for as long as their ARP tables remember it.
    """
    return ":".join(["02", "fd", *(f"{int(part):02x}" for part in address.split("."))])
