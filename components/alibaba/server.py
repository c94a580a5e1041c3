"""An instance: its keys, its disk, its address."""

import hashlib
import re
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls
from pulumi_alicloud import ecs

from components.alibaba.choice import Choice
from components.alibaba.network import Place
from components.alibaba.parts import Common
from components.alibaba.section import Section
from components.machine.cloud_init import user_data


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The login key, as the cloud has it and as whoever logs in needs it; the machine's own host key."""

    pair: ecs.EcsKeyPair
    private: pulumi.Output[str] | None  # None: the ssh-agent has it
    host: pulumi.Output[str]  # type and key
    user_data: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Server:
    """An instance, where it answers, and what has to be there before it does."""

    instance: ecs.Instance
    address: pulumi.Output[str]
    reachable: pulumi.Resource


def make_keys(section: Section, login_key: str | None, common: Common) -> Keys:
    """Make the keys of all machines; `login_key` is the private half of the section's public key."""
    private: pulumi.Output[str] | None = None
    if section.public_key:
        public = pulumi.Output.from_input(section.public_key)
        private = pulumi.Output.secret(login_key) if login_key is not None else None
    else:  # RSA: the cloud takes no other type
        made = tls.PrivateKey("login-key", algorithm="RSA", rsa_bits=4096, opts=common.opts())
        public = made.public_key_openssh.apply(_bare)
        private = pulumi.Output.secret(made.private_key_openssh)
    pair = ecs.EcsKeyPair(
        "key-pair",
        # A new key under an old name is remembered as done, and never sent.
        key_pair_name=public.apply(lambda key: f"{_plain(common.label)}-{_digest(key)}"),
        public_key=public,
        tags=common.tags,
        opts=common.opts(),
    )
    host = tls.PrivateKey("host-key", algorithm="ED25519", opts=common.opts())
    public_host = host.public_key_openssh.apply(_bare)
    private_host: pulumi.Output[str] = pulumi.Output.secret(host.private_key_openssh)
    both = pulumi.Output.all(public_host, private_host)
    data: pulumi.Output[str] = both.apply(lambda halves: user_data(*halves))
    return Keys(pair=pair, private=private, host=public_host, user_data=data)


def make(  # noqa: PLR0913  what an instance is made of
    name: str, *, section: Section, choice: Choice, place: Place, keys: Keys, common: Common
) -> Server:
    """Make one instance.

    Its image and user data are held: to change the one replaces the disk, to change the other stops
    the machine for nothing. So is a type that was looked up.
    """
    direct = section.public_address == "instance"
    held = ["image_id", "user_data", *([] if section.instance_type else ["instance_type"])]
    instance = ecs.Instance(
        name,
        instance_name=f"{common.label}-{name}",
        image_id=choice.image_id,
        instance_type=choice.instance_type,
        vswitch_id=place.switch.id,
        security_groups=[place.group.id],
        key_name=keys.pair.key_pair_name,
        user_data=keys.user_data,
        http_endpoint="enabled",
        http_tokens="required",
        system_disk_category=section.disk_category,
        system_disk_size=section.disk_gigabytes,
        system_disk_encrypted=True,
        security_enhancement_strategy="Active",
        instance_charge_type="PostPaid",
        # With an elastic address the cloud tells that one's bandwidth here: naming another never settles.
        internet_charge_type="PayByTraffic" if direct else None,
        internet_max_bandwidth_out=section.bandwidth_megabits if direct else None,
        deletion_protection=section.deletion_protection,
        tags=common.tags,
        opts=common.opts(depends_on=place.rules, ignore_changes=held, replace_on_changes=["vswitchId"]),
    )
    if direct:
        return Server(instance=instance, address=instance.public_ip, reachable=instance)
    address = ecs.EipAddress(
        f"{name}-address",
        address_name=f"{common.label}-{name}",
        bandwidth=str(section.bandwidth_megabits),
        internet_charge_type="PayByTraffic",
        payment_type="PayAsYouGo",
        tags=common.tags,
        opts=common.opts(),
    )
    association = ecs.EipAssociation(
        f"{name}-address",
        allocation_id=address.id,
        instance_id=instance.id,
        # The provider would wait minutes for an address that the old machine still has.
        opts=common.opts(delete_before_replace=True),
    )
    return Server(instance=instance, address=address.ip_address, reachable=association)


def _bare(public_key: str) -> str:
    """Return type and key, without the comment and the end of the line."""
    return " ".join(public_key.split()[:2])


def _plain(label: str) -> str:
    """Return the label as the name of a key pair may be: without dots."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", label)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
