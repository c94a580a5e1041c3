"""The section `ecs`: what may be configured, and what is refused before anything is made."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from components import notions, settings
from components.alibaba.section import Section
from components.errors import ConfigError
from unit import examples, recorder, sections
from unit.alibaba import keys

KEY: Final = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n"


def section(changes: dict[str, Any] | None = None, *secret: str) -> Section:
    """The minimal section with changes."""
    found = sections.read(examples.ECS, changes, *secret)
    assert isinstance(found, Section)
    return found


def faults(changes: dict[str, Any], *secret: str) -> list[str]:
    """What is said about the minimal section with changes."""
    return sections.faults(examples.ECS, changes, *secret)


def test_little_has_to_be_configured() -> None:
    """Who may log in; all else has a default."""
    assert section().ssh_from == ["203.0.113.7/32"]


def test_who_may_log_in_has_to_be_said() -> None:
    """Nobody is left out of their own machine, and nobody is let in by default."""
    config = {key: value for key, value in examples.ECS.items() if key in ("target", "app")}
    with pytest.raises(ConfigError) as caught:
        recorder.as_stack(recorder.STACK, lambda: settings.read(config))
    assert caught.value.faults == ('ecs/sshFrom: is required, for example ["203.0.113.7/32"]',)


@pytest.mark.parametrize(
    "value", [[], "203.0.113.7/32", None, [""], ["203.0.113.7/32", "0.0.0.0/0"]], ids=str
)
def test_who_may_log_in_is_somebody(value: object) -> None:
    """An empty list would lock all out; one open network among others opens all."""
    (told,) = faults({"sshFrom": value})
    assert told.startswith("ecs/sshFrom")
    assert "203.0.113.7/32" in told


@pytest.mark.covers(15)
@pytest.mark.parametrize(
    "value", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/7", "::/0", "2001:db8::/32", "::", "all"]
)
def test_nobody_lets_the_whole_internet_log_in(value: str) -> None:
    """Nor a half of it, nor IPv6, for which there are no rules."""
    (told,) = faults({"sshFrom": [value]})
    assert told.startswith("ecs/sshFrom/0: should be the address or network that you log in from")


NUMBERS = st.integers(0, 255)
ADDRESSES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).map(lambda parts: ".".join(map(str, parts)))
NETWORKS = st.one_of(
    ADDRESSES,
    st.builds("{}/{}".format, ADDRESSES, st.integers(0, 34)),
    st.builds(
        lambda address, bits: str(ipaddress.IPv4Network(f"{address}/{bits}", strict=False)),
        ADDRESSES,
        st.integers(0, 32),
    ),
    st.ip_addresses(v=6).map(str),
    st.from_regex(r"[0-9./:a-f]{0,20}"),
)


def judged(value: str) -> ipaddress.IPv4Network | None:
    """The network, if it is one of IPv4 that may log in."""
    try:
        network = ipaddress.ip_network(value, strict=True)
    except ValueError:
        return None
    return network if isinstance(network, ipaddress.IPv4Network) and network.prefixlen >= 8 else None


@pytest.mark.covers(15)
@hypothesis_settings(max_examples=200, deadline=None)
@given(NETWORKS)
@example("10.0.0.0/8")
@example("10.0.0.0/7")
@example("10.1.0.0/8")
@example("203.0.113.7")
def test_exactly_the_networks_of_8_bits_and_more_are_taken(value: str) -> None:
    """Those of IPv4, without bits behind the prefix; an address is a network of itself."""
    try:
        taken = TypeAdapter(notions.AdminNetwork).validate_python(value)
    except ValidationError:
        taken = None
    wanted = judged(value)
    assert taken == (None if wanted is None else str(wanted))


@pytest.mark.parametrize("value", ["10.0.0.0/8", "172.16.0.0/16", "192.168.0.0/20", "10.20.0.0/20"])
def test_the_private_network_may_be_ordinary(value: str) -> None:
    """A part of RFC 1918, as a VPC may have it."""
    assert section({"network": value}).network == value


@pytest.mark.parametrize(
    "value",
    ["192.168.4.0/24", "10.0.0.0/7", "172.32.0.0/16", "203.0.113.0/24", "10.0.0.1/8", "fd00::/8", "x"],
)
def test_what_is_no_private_network_is_refused(value: str) -> None:
    """Machines in it could not reach the real owners of the addresses; too small a one has no subnet."""
    (told,) = faults({"network": value})
    assert told.startswith("ecs/network: should be a private network of 8 to 20 bits")


def test_a_public_key_is_kept_without_its_comment() -> None:
    """As ~/.ssh/id_rsa.pub has it."""
    assert section({"publicKey": f"{keys.rsa(comment=' me@home')}\n"}).public_key == keys.RSA


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (keys.ed25519(), "should be one public RSA key"),
        (keys.rsa(1024), "should have at least 2048 bits"),
        (keys.RSA[:-40], "this one is damaged"),
        ("ssh-rsa", "should be one public RSA key"),
        (f"{keys.RSA}\n{keys.RSA}", "should be one public RSA key"),
        (KEY, "should be one public RSA key"),
    ],
    ids=["ed25519", "too short", "damaged", "half", "two", "private"],
)
def test_a_public_key_is_one_that_the_cloud_takes(value: str, says: str) -> None:
    """RSA only; the private half, put there by mistake, is not repeated."""
    (told,) = faults({"publicKey": value})
    assert told.startswith("ecs/publicKey: should ")
    assert says in told
    assert "TUlJ" not in told


@pytest.mark.parametrize(
    "given", [{"privateKey": KEY}, {"privateKeyFile": "~/.ssh/id_rsa"}], ids=["text", "file"]
)
def test_a_private_key_has_its_public_half_beside_it(given: dict[str, str]) -> None:
    """Otherwise it would be made in vain, since the machine gets another one."""
    assert faults(given, "ecs") == [
        "ecs: should have 'publicKey' beside the private one, for example: ssh-rsa AAAAB3NzaC1…"
    ]
    assert section({**given, "publicKey": keys.RSA}, "ecs").public_key == keys.RSA


@pytest.mark.covers(14)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("instanceType", "e-c1m2.large"),
        ("instanceType", "ecs.x; reboot"),
        ("zoneId", "Frankfurt"),
        ("imageId", "ubuntu 24"),
        ("system", "debian-12"),
        ("diskCategory", "cloud"),
        ("diskGigabytes", 10),
        ("cpu", 0),
        ("memoryGigabytes", 0),
        ("bandwidthMegabits", 0),
        ("bandwidthMegabits", 200),
        ("publicAddress", "none"),
        ("password", "x"),
    ],
)
def test_a_value_that_the_cloud_does_not_take_is_told(key: str, value: object) -> None:
    """Before anything is made; and there is no password."""
    (told,) = faults({key: value})
    assert told.startswith(f"ecs/{key}: ")
