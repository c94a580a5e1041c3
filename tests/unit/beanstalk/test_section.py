"""The section `beanstalk`: what may be configured, and what is refused before anything is made."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.beanstalk.section import Section
from unit import examples, sections
from unit.beanstalk.stacks import PUBLIC_KEY, STACK

NETWORK = {"vpcId": "vpc-0a1b", "subnets": ["subnet-0a", "subnet-1b"]}


def section(changes: dict[str, Any] | None = None) -> Section:
    """The minimal section with changes."""
    found = sections.read(examples.BEANSTALK, changes)
    assert isinstance(found, Section)
    return found


def faults(changes: dict[str, Any]) -> list[str]:
    """What is said about the minimal section with changes."""
    return sections.faults(examples.BEANSTALK, changes)


def test_nothing_has_to_be_configured() -> None:
    """One small instance without a balancer, that nobody can log in to."""
    found = section()
    assert (found.load_balancer, found.min_instances, found.max_instances) == ("single", 1, 1)
    assert (found.instance_type, found.architecture, found.managed_updates) == ("t3.micro", "x86_64", "minor")
    assert (found.public_key, found.ssh_from, found.session_manager) == (None, None, False)


def test_everything_may_be_configured() -> None:
    """At once, as docs/targets/beanstalk.md has it."""
    changes = {
        "environmentName": "bookstore-prod",
        "cnamePrefix": "bookstore-3f9c",
        "loadBalancer": "application",
        "minInstances": 2,
        "maxInstances": 4,
        "instanceType": "t4g.small",
        "diskGigabytes": 20,
        "processes": 2,
        "threads": 8,
        "solutionStack": STACK,
        "publicKey": PUBLIC_KEY,
        "sshFrom": "203.0.113.7/32",
        "sessionManager": True,
        "logDays": 30,
        "keptVersions": 20,
        **NETWORK,
        "balancerSubnets": ["subnet-2c", "subnet-3d"],
        "readyMinutes": 45,
    }
    assert section(changes).model_dump(by_alias=True, include=set(Section.model_fields)) == {
        **changes,
        "managedUpdates": "minor",
        "updateWindow": "Tue:09:00",
    }


def judged(name: str, most: int) -> bool:
    """Whether it is a name of that service: API_CreateEnvironment, EnvironmentName and CNAMEPrefix."""
    letters = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    return 4 <= len(name) <= most and set(name) <= letters | {"-"} and name[0] != "-" and name[-1] != "-"


NAMES = st.one_of(
    st.text("azAZ09-_. \né", min_size=1, max_size=66), st.from_regex(r"[a-zA-Z0-9][a-z0-9-]{0,64}\n?")
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(NAMES)
@example("abcd\n")
@example("x" * 40)
@example("x" * 41)
@example("abc-")
def test_exactly_the_service_s_environment_names_are_taken(name: str) -> None:
    """4 to 40 letters, digits or dashes, no dash first or last."""
    if judged(name, 40):
        assert section({"environmentName": name}).environment_name == name
    else:
        (told,) = faults({"environmentName": name})
        assert told.startswith("beanstalk/environmentName: should be 4 to 40 letters, digits or dashes")


@hypothesis_settings(max_examples=150, deadline=None)
@given(NAMES)
@example("x" * 63)
@example("x" * 64)
def test_a_first_part_of_a_url_is_in_lower_case(name: str) -> None:
    """4 to 63 letters, digits or dashes; upper case would be answered in lower, and replace the site."""
    if judged(name, 63) and name == name.lower():
        assert section({"cnamePrefix": name}).cname_prefix == name
    else:
        (told,) = faults({"cnamePrefix": name})
        assert told.startswith("beanstalk/cnamePrefix: should be 4 to 63 lower-case letters")


@pytest.mark.parametrize(
    ("kind", "architecture"),
    [
        *(
            ("t3.micro", "x86_64"),
            ("t3a.micro", "x86_64"),
            ("m7i-flex.large", "x86_64"),
            ("g4dn.xlarge", "x86_64"),
        ),
        *(("t4g.micro", "arm64"), ("c7gn.large", "arm64"), ("m8gd.medium", "arm64"), ("x2gd.large", "arm64")),
    ],
)
def test_an_instance_s_architecture_is_known_by_its_name(kind: str, architecture: str) -> None:
    """Graviton has a g behind its generation: the platform's image has to fit."""
    assert section({"instanceType": kind}).architecture == architecture


@pytest.mark.parametrize(
    "changes", [{"minInstances": 2, "maxInstances": 2}, {"maxInstances": 2}, {"minInstances": 2}]
)
def test_several_instances_have_a_balancer(changes: dict[str, Any]) -> None:
    """What to do instead is said."""
    (told,) = faults(changes)
    assert told.startswith("beanstalk: should have loadBalancer: application (or network) for more than one")
    both = {"minInstances": 1, "maxInstances": 2, "loadBalancer": "network", **changes}
    assert section(both).balanced


def test_bounds_are_in_order() -> None:
    """The most is not below the least."""
    (told,) = faults({"loadBalancer": "application", "minInstances": 3, "maxInstances": 2})
    assert told.startswith("beanstalk: should have maxInstances of at least minInstances")


@pytest.mark.covers(15)
@given(st.ip_addresses(v=4), st.integers(0, 32))
@hypothesis_settings(max_examples=100, deadline=None)
@example(ipaddress.IPv4Address(0), 0)
@example(ipaddress.IPv4Address(0), 7)
@example(ipaddress.IPv4Address(0), 8)
def test_ssh_is_never_for_everybody(address: ipaddress.IPv4Address, bits: int) -> None:
    """A network of fewer than eight bits is refused, whatever it is; all others are for one place."""
    network = ipaddress.IPv4Network((address, bits), strict=False)
    changes = {"publicKey": PUBLIC_KEY, "sshFrom": str(network)}
    if bits >= 8:
        assert section(changes).ssh_from == str(network)
    else:
        (told,) = faults(changes)
        assert told.startswith("beanstalk/sshFrom: should be the address or network that you log in from")


@pytest.mark.parametrize("changes", [{"publicKey": PUBLIC_KEY}, {"sshFrom": "203.0.113.7/32"}])
def test_a_key_and_a_place_come_together(changes: dict[str, str]) -> None:
    """With a key alone Beanstalk would open port 22 to everybody."""
    (told,) = faults(changes)
    assert told.startswith("beanstalk: should have 'publicKey' and 'sshFrom' together")


@pytest.mark.parametrize("comment", ["", " me@example.com", " two words"])
@pytest.mark.parametrize("key", [PUBLIC_KEY, f"ssh-rsa AAAAB3NzaC1yc2E{'A' * 350}=="])
def test_a_public_key_may_have_a_comment(key: str, comment: str) -> None:
    """As ssh-keygen writes it; EC2 takes RSA and ed25519."""
    found = section({"publicKey": key + comment, "sshFrom": "203.0.113.7/32"})
    assert found.public_key == key + comment


@pytest.mark.parametrize(
    "key",
    [
        *("", "ssh-ed25519 AAAA", f"{PUBLIC_KEY}\n{PUBLIC_KEY}", "-----BEGIN OPENSSH PRIVATE KEY-----"),
        *(f"ecdsa-sha2-nistp256 {'A' * 140}", PUBLIC_KEY.replace(" ", "  "), "~/.ssh/id_ed25519.pub"),
    ],
)
def test_what_is_no_public_key_is_refused(key: str) -> None:
    """Cut off, of another kind, private, or a path."""
    (told,) = faults({"publicKey": key, "sshFrom": "203.0.113.7/32"})
    assert told.startswith("beanstalk/publicKey: should be a public key, ed25519 or RSA")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"vpcId": "vpc-0a"}, "should have 'vpcId' and 'subnets' together"),
        ({"subnets": ["subnet-0a"]}, "should have 'vpcId' and 'subnets' together"),
        (
            {"balancerSubnets": ["subnet-0a", "subnet-1b"], "loadBalancer": "application"},
            "should have 'vpcId' beside 'balancerSubnets'",
        ),
        ({**NETWORK, "balancerSubnets": ["subnet-0a"]}, "should have loadBalancer: application"),
        (
            {"vpcId": "vpc-0a", "subnets": ["subnet-0a"], "loadBalancer": "application"},
            "should have subnets in two zones for an application balancer",
        ),
        (
            {**NETWORK, "balancerSubnets": ["subnet-0a", "subnet-0a"], "loadBalancer": "application"},
            "should have subnets in two zones for an application balancer",
        ),
    ],
)
def test_a_network_of_one_s_own_is_complete(changes: dict[str, Any], told: str) -> None:
    """VPC and subnets, and where a balancer needs two zones, two."""
    (found,) = faults(changes)
    assert found.startswith(f"beanstalk: {told}")
    assert section({**NETWORK, "loadBalancer": "application"}).vpc_id == "vpc-0a1b"


def test_a_held_platform_is_not_updated_by_aws() -> None:
    """An update would take it away from the name that is held."""
    (told,) = faults({"solutionStack": STACK, "managedUpdates": "patch"})
    assert told.startswith("beanstalk: should have 'solutionStack' or 'managedUpdates'")
    assert section({"solutionStack": STACK, "managedUpdates": "off"}).solution_stack == STACK


@pytest.mark.parametrize(
    "stack",
    [
        *("", "Python 3.13", f"{STACK} ", f" {STACK}", STACK.replace("2023", "2"), "v4.9.0"),
        *(STACK.replace("Python 3.13", "Node.js 22"), STACK.replace("v4.9.0", "v4")),
    ],
)
def test_only_a_platform_with_python_is_taken(stack: str) -> None:
    """Of Amazon Linux 2023: others know no secrets by reference."""
    (told,) = faults({"solutionStack": stack})
    assert told.startswith("beanstalk/solutionStack: should be a platform with Python on Amazon Linux 2023")


@pytest.mark.covers(14)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("loadBalancer", "classic"), ("loadBalancer", ""), ("minInstances", 0), ("maxInstances", 101)),
        *(("instanceType", "micro"), ("instanceType", "t3.micro,t3.small"), ("instanceType", ["t3.micro"])),
        *(("diskGigabytes", 9), ("processes", 0), ("threads", 129), ("managedUpdates", "major")),
        *(("updateWindow", "Tue 09:00"), ("updateWindow", "tue:09:00"), ("updateWindow", "Tue:24:00")),
        *(
            ("logDays", 2),
            ("keptVersions", 1),
            ("readyMinutes", 4),
            ("vpcId", "0a"),
            ("sessionManager", "yes"),
        ),
        *(("instancetype", "t3.micro"), ("sshFrom", "203.0.113.7/33")),
    ],
)
def test_a_value_that_aws_does_not_take_is_told(key: str, value: object) -> None:
    """Before anything is made."""
    assert any(told.startswith(f"beanstalk/{key}: ") for told in faults({key: value}))


def test_each_key_has_an_example_that_is_taken() -> None:
    """docs/config.md shows it; together with what belongs to it."""
    beside: dict[str, dict[str, Any]] = {
        "publicKey": {"sshFrom": "203.0.113.7/32"},
        "sshFrom": {"publicKey": PUBLIC_KEY},
        "minInstances": {"loadBalancer": "application", "maxInstances": 4},
        "maxInstances": {"loadBalancer": "application"},
        "vpcId": {"subnets": ["subnet-0a"]},
        "subnets": {"vpcId": "vpc-0a"},
        "balancerSubnets": {**NETWORK, "loadBalancer": "application"},
    }
    for field in Section.model_fields.values():
        key, (value,) = str(field.alias), field.examples or [None]
        if not re.search("…", str(value)):
            section({key: value, **beside.get(key, {})})
