"""A checkout's bridge, its way out (masquerade), and the way through a firewall of the host."""

import hashlib
import shutil
from pathlib import Path
from typing import Final

from sandbox.machines import host, paths
from sandbox.machines.registry import Network, Registry
from sandbox.machines.run import run, succeeds

_IP_FORWARD: Final = Path("/proc/sys/net/ipv4/ip_forward")


def ensure(registry: Registry, wanted: str | None) -> Network:
    """Make this checkout's network, or whatever is missing of it."""
    if registry.ip_forward is None:
        registry.ip_forward = _IP_FORWARD.read_text().strip()
    network = registry.network(paths.THIS) or registry.claim(paths.THIS, paths.CHECKOUT, wanted)
    _bridge(network)
    _rules(network)
    _through_firewall(network)
    if _IP_FORWARD.read_text().strip() != "1":
        _IP_FORWARD.write_text("1")
    return network


def stands(owner: str) -> bool:
    """Whether the rules still exist: a restarted firewall flushes everybody's."""
    return succeeds("nft", "list", "table", "ip", _table(owner))


def remove(registry: Registry, owner: str) -> None:
    """Remove all that `ensure` made for `owner`; with the last one, restore forwarding."""
    network = registry.network(owner)
    if network is None:
        return
    for rule in _firewall_rules(network) if shutil.which("iptables") else []:
        while succeeds("iptables", "--wait", "--delete", "FORWARD", *rule):
            pass
    succeeds("nft", "delete", "table", "ip", _table(network.owner))
    succeeds("ip", "link", "delete", network.bridge)
    if len(registry.checkouts()) == 1 and registry.ip_forward == "0":
        _IP_FORWARD.write_text("0")
    registry.release(owner)


def _bridge(network: Network) -> None:
    if not (Path("/sys/class/net") / network.bridge).exists():
        # An address of its own: else the bridge takes a port's, and it changes with the machines,
        # which their ARP tables notice only after a while.
        tail = hashlib.sha256(network.owner.encode()).digest()
        address = ":".join(["02", *(f"{byte:02x}" for byte in tail[:5])])
        run("ip", "link", "add", network.bridge, "address", address, "type", "bridge")
    run("ip", "address", "replace", f"{network.gateway}/24", "dev", network.bridge)
    run("ip", "link", "set", network.bridge, "mtu", str(host.mtu()), "up")


def _rules(network: Network) -> None:
    """Replace the checkout's own table: one transaction."""
    table = _table(network.owner)
    run(
        *("nft", "-f", "-"),
        stdin=f"""
table ip {table}
delete table ip {table}
table ip {table} {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {network.subnet}.0/24 oifname != "{network.bridge}" masquerade
  }}
}}
""",
    )


def _through_firewall(network: Network) -> None:
    """Let the bridge through where Docker or ufw drop what is forwarded.

    An `accept` in a table of ours can't overrule their `drop`: it has to stand in their chain.
    """
    if shutil.which("iptables") is None:
        return
    if "-P FORWARD DROP" not in run("iptables", "--wait", "--list-rules", "FORWARD"):
        return
    for rule in _firewall_rules(network):
        if not succeeds("iptables", "--wait", "--check", "FORWARD", *rule):
            run("iptables", "--wait", "--insert", "FORWARD", *rule)


def _firewall_rules(network: Network) -> list[list[str]]:
    return [[side, network.bridge, "--jump", "ACCEPT"] for side in ("-i", "-o")]


def _table(owner: str) -> str:
    return f"fd_{owner}"
