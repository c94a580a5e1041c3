"""A security group as a cloud has it: rules outside of the guest, in a table of this computer's own.

The packets are seen on the bridge, so the rules hold for this computer, for whatever comes through it, and
for the bridge's other machines alike. The kernel's connection tracking for bridges (nf_conntrack_bridge) is
missing from many kernels. The table keeps its sessions itself, in a set whose entries expire: that works with
every nftables.

Facts: what no rule lets in is dropped without an answer; groups are stateful, and an idle session is
remembered for up to 910 seconds, also after its rule has gone
(https://help.aliyun.com/en/ecs/user-guide/security-group-rules).
"""

import ipaddress
import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from sandbox.machines import guest, paths
from sandbox.machines.run import run, succeeds

Protocol = Literal["tcp", "udp", "icmp", "gre", "all"]

EVERYWHERE: Final = "0.0.0.0/0"
_NUMBERS: Final = {"icmp": 1, "gre": 47}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Let something pass, or not. `ports` are the first and the last one, of tcp and udp."""

    protocol: Protocol = "all"
    ports: tuple[int, int] = (1, 65535)
    peer: str = EVERYWHERE  # the other side: an IPv4 network, or an address with /32
    accept: bool = True

    def __post_init__(self) -> None:
        """Refuse what would become another rule than was meant. Raises ValueError."""
        ipaddress.IPv4Network(self.peer)
        if not 0 <= self.ports[0] <= self.ports[1] <= 65535:
            raise ValueError(f"{self.ports} is no range of ports")

    def text(self, *, inwards: bool) -> str:
        """The rule in nft's language; `known` is the chain that remembers the session."""
        match = f"ip {'saddr' if inwards else 'daddr'} {self.peer}"
        if self.protocol in _NUMBERS:
            match += f" ip protocol {_NUMBERS[self.protocol]}"
        elif self.protocol != "all":
            match += f" {self.protocol} dport {self.ports[0]}-{self.ports[1]}"
        return f"{match} {_verdict(inwards) if self.accept else 'drop'}"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a machine may be reached on, and what it may reach. The first rule that fits decides.

    What no rule fits is kept out on the way in, and let out on the way out.
    """

    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()

    @classmethod
    def read(cls, value: dict[str, Any]) -> "Rules":
        """The rules that `plain` has written."""
        return cls(**{way: tuple(map(_read_rule, rules)) for way, rules in value.items()})

    def plain(self) -> dict[str, Any]:
        """The rules as JSON has them."""
        value: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return value


def _read_rule(value: dict[str, Any]) -> Rule:
    return Rule(**value | {"ports": tuple(value["ports"])})


def apply(name: str, address: str, rules: Rules) -> None:
    """Put `rules` in force for the machine, in one transaction; its sessions go on."""
    table = f"bridge {_table(name)}"
    run("nft", "-f", "-", stdin=_frame(table) + f"flush table {table}\n" + _filled(table, address, rules))


def stands(name: str) -> bool:
    """Whether the machine's table exists: a restarted firewall flushes everybody's."""
    return succeeds("nft", "list", "table", "bridge", _table(name))


def remove(name: str) -> None:
    """Remove the machine's table; nothing to do when there is none."""
    succeeds("nft", "delete", "table", "bridge", _table(name))


def remove_all(owner: str) -> None:
    """Remove the tables of all machines of a checkout."""
    for entry in json.loads(run("nft", "--json", "list", "tables", "bridge"))["nftables"]:
        if entry.get("table", {}).get("name", "").startswith(_table("", owner)):
            succeeds("nft", "delete", "table", "bridge", entry["table"]["name"])


def _table(name: str, owner: str = paths.THIS) -> str:
    return f"fd_{owner}_{name}"


def _verdict(inwards: bool) -> str:  # noqa: FBT001 - the way, not a switch
    return f"goto {'came' if inwards else 'went'}"


def _frame(table: str) -> str:
    """The table without rules. To add what is there already changes nothing."""
    return f"""
table {table} {{
  set sessions {{
    type ipv4_addr . inet_proto . inet_service . inet_service
    flags dynamic,timeout; timeout 910s; size 65535;
  }}
  chain came {{ }}
  chain went {{ }}
  chain ingress {{ type filter hook postrouting priority filter; policy accept; }}
  chain egress {{ type filter hook prerouting priority filter; policy accept; }}
}}
"""


def _filled(table: str, address: str, rules: Rules) -> str:
    """The rules: what belongs to a session first, then the group's.

    They hold for the hardware address, so for whatever else the guest calls itself as well. A packet's
    further fragments have no ports: without the first one they come to nothing.
    """
    mac = guest.mac(address)
    theirs, ours = (
        "ip saddr . ip protocol . th sport . th dport",
        "ip daddr . ip protocol . th dport . th sport",
    )
    ingress = "\n    ".join(rule.text(inwards=True) for rule in rules.ingress)
    egress = "\n    ".join(rule.text(inwards=False) for rule in rules.egress)
    return f"""
table {table} {{
  chain came {{
    ip protocol {{ tcp, udp }} update @sessions {{ {theirs} }}
    accept
  }}
  chain went {{
    ip protocol {{ tcp, udp }} update @sessions {{ {ours} }}
    accept
  }}
  chain ingress {{
    ether daddr != {mac} accept
    ether type arp accept
    ip frag-off & 0x1fff != 0 accept
    {theirs} @sessions goto came
    icmp type {{ echo-reply, destination-unreachable, time-exceeded, parameter-problem }} accept
    {ingress}
    drop
  }}
  chain egress {{
    ether saddr != {mac} accept
    ether type arp accept
    ip frag-off & 0x1fff != 0 accept
    {ours} @sessions goto went
    icmp type {{ echo-reply, destination-unreachable, time-exceeded, parameter-problem }} accept
    {egress}
    goto went
  }}
}}
"""
