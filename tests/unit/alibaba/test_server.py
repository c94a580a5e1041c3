"""An instance: its disk, its keys, its address, and what of it is held once it is there."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from unit import examples, recorder
from unit.alibaba import keys
from unit.alibaba.looked_up import IMAGE, TYPE, cloud

if TYPE_CHECKING:
    from unit.conftest import Deploy

PRIVATE = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n"


def deployed(deploy: Deploy, section: dict[str, Any] | None = None, **more: Any) -> recorder.Recording:
    """A machine of the minimal configuration with changes of its section."""
    config = examples.changed(examples.ECS, {"ecs": section or {}, **more})
    done = deploy(config, engine=cloud(), secret=("secrets", "ecs"))
    assert done.error is None
    return done


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """A machine of the minimal configuration."""
    return deployed(deploy)


@pytest.fixture(scope="module")
def elastic(deploy: Deploy) -> recorder.Recording:
    """A machine with an elastic address."""
    return deployed(deploy, {"publicAddress": "elastic", "bandwidthMegabits": 20})


@pytest.mark.covers("P12")
def test_the_disk_is_encrypted(made: recorder.Recording) -> None:
    """Of the kind and size that is configured."""
    disk = {key: value for key, value in made.one("Instance").inputs.items() if key.startswith("systemDisk")}
    assert disk == {"systemDiskCategory": "cloud_essd", "systemDiskSize": 40, "systemDiskEncrypted": True}


@pytest.mark.covers("P12")
def test_the_metadata_needs_a_token(made: recorder.Recording) -> None:
    """A request that an app was tricked into has none."""
    inputs = made.one("Instance").inputs
    assert (inputs["httpEndpoint"], inputs["httpTokens"]) == ("enabled", "required")


def test_there_is_no_password(made: recorder.Recording, elastic: recorder.Recording) -> None:
    """Neither of the machine nor of anything else."""
    for resource in [*made.resources, *elastic.resources]:
        assert not [key for key in resource.inputs if "password" in key.lower()], resource.name


def test_what_was_looked_up_is_what_is_made(made: recorder.Recording) -> None:
    """Image and type; paid by use."""
    inputs = made.one("Instance").inputs
    assert (inputs["imageId"], inputs["instanceType"]) == (IMAGE, TYPE)
    assert (inputs["instanceChargeType"], inputs["deletionProtection"]) == ("PostPaid", False)


@pytest.mark.parametrize(
    ("section", "held"),
    [
        ({}, {"imageId", "userData", "instanceType"}),
        ({"instanceType": TYPE}, {"imageId", "userData"}),
        ({"imageId": IMAGE}, {"imageId", "userData", "instanceType"}),
        ({"imageId": IMAGE, "instanceType": TYPE, "zoneId": "eu-central-1a"}, {"imageId", "userData"}),
    ],
    ids=["looked up", "type", "image", "all"],
)
def test_what_would_stop_the_machine_is_held(deploy: Deploy, section: dict[str, Any], held: set[str]) -> None:
    """Another image replaces its disk, other user data stop it for nothing; a type only if it was chosen."""
    assert set(deployed(deploy, section).one("Instance").ignore_changes) == held


def test_another_subnet_is_another_machine(made: recorder.Recording) -> None:
    """It can't move to another zone; its rules and key are there before it."""
    instance = made.one("Instance")
    assert instance.replace_on_changes == ("vswitchId",)
    assert instance.inputs["vswitchId"] == "switch-id"
    assert instance.inputs["securityGroups"] == ["group-id"]
    assert {"SecurityGroupRule::http", "SecurityGroupRule::ssh-203.0.113.7/32"} <= instance.waits_for


@pytest.mark.covers("P8")
def test_the_machine_gets_the_host_key_that_is_then_asked_for(made: recorder.Recording) -> None:
    """At its first boot, by cloud-init: both halves; the very first connection compares it."""
    text = base64.b64decode(made.one("Instance").inputs["userData"]).decode()
    assert text.startswith("#cloud-config\n")
    told = yaml.safe_load(text)["ssh_keys"]
    public = made["web-0-ready"].inputs["connection"]["hostKey"]
    assert told["ed25519_public"] == public == made.outputs["hostKey"]
    assert base64.b64decode(public.split()[1]).decode() == "public half of host-key"
    assert "private half of host-key" in told["ed25519_private"]
    assert made["host-key"].inputs["algorithm"] == "ED25519"


def test_no_private_half_is_shown(made: recorder.Recording) -> None:
    """Both stand where they have to, encrypted in the state; in no message."""
    seen = {
        (resource.name, key)
        for resource in made.resources
        for key, value in resource.inputs.items()
        if "private half" in str(value) or "private half" in _decoded(value)
    }
    assert {key for _, key in seen} == {"connection", "userData"}
    assert {(name, key) for name, key in seen if key not in made.one_of(name, key).secret} == set()
    assert "loginKey" in made.secret_outputs
    shown = {name: value for name, value in made.outputs.items() if name not in made.secret_outputs}
    assert "private half" not in str([shown, made.said, made.component_outputs])


def _decoded(value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode()
    except ValueError:
        return ""


def test_the_login_key_is_made_for_the_stack(made: recorder.Recording) -> None:
    """RSA, since the cloud takes no other; the machine gets its public half, the steps its private one."""
    assert made["login-key"].inputs == {"algorithm": "RSA", "rsaBits": 4096}
    public = made.one("EcsKeyPair").inputs["publicKey"]
    assert base64.b64decode(public.removeprefix("ssh-rsa ")).decode() == "public half of login-key"
    assert made["web-0-ready"].inputs["connection"]["privateKey"] == made.outputs["loginKey"]
    assert "private half of login-key" in made.outputs["loginKey"]


def test_a_key_pair_s_name_is_its_key_s(made: recorder.Recording, deploy: Deploy) -> None:
    """A new key under an old name would never be sent; a renamed app has the same key."""
    name, public = (made.one("EcsKeyPair").inputs[key] for key in ("keyPairName", "publicKey"))
    assert name == f"flask-deploy-dev-{hashlib.sha256(public.encode()).hexdigest()[:8]}"
    assert made.one("Instance").inputs["keyName"] == name
    other = deployed(deploy, {"publicKey": keys.RSA}).one("EcsKeyPair")
    assert other.inputs["keyPairName"] != name
    renamed = deployed(deploy, app={"name": "library"}).one("EcsKeyPair")
    assert renamed.inputs["keyPairName"] == name


@pytest.mark.parametrize(("section", "private"), [({}, None), ({"privateKey": PRIVATE}, PRIVATE)])
def test_a_key_of_one_s_own_is_taken(deploy: Deploy, section: dict[str, Any], private: str | None) -> None:
    """Then none is made nor told; without its private half the ssh-agent is asked."""
    done = deployed(deploy, {"publicKey": keys.RSA, **section})
    assert [key.name for key in done.all("PrivateKey")] == ["host-key"]
    assert done.one("EcsKeyPair").inputs["publicKey"] == keys.RSA
    assert done["web-0-ready"].inputs["connection"].get("privateKey") == private
    assert "loginKey" not in done.outputs
    assert private is None or "connection" in done["web-0-ready"].secret


def test_an_address_of_the_instance_s_own(made: recorder.Recording) -> None:
    """By default: no more parts than are needed."""
    inputs = made.one("Instance").inputs
    assert (inputs["internetMaxBandwidthOut"], inputs["internetChargeType"]) == (10, "PayByTraffic")
    assert made.all("EipAddress") == made.all("EipAssociation") == []
    assert made.outputs["address"] == "198.51.100.7"


def test_an_elastic_address_is_the_only_one(elastic: recorder.Recording) -> None:
    """The instance asks for none: it would have two, and pay for both."""
    assert not {"internetMaxBandwidthOut", "internetChargeType"} & set(elastic.one("Instance").inputs)
    address = elastic.one("EipAddress").inputs
    assert (address["bandwidth"], address["internetChargeType"], address["paymentType"]) == (
        *("20", "PayByTraffic", "PayAsYouGo"),
    )
    assert elastic.outputs["address"] == "198.51.100.9"
    assert elastic.outputs["url"] == "http://198.51.100.9"


def test_an_elastic_address_moves_to_a_new_machine(elastic: recorder.Recording) -> None:
    """It is taken from the old one first: while it belongs to that, the new one can't have it."""
    association = elastic.one("EipAssociation")
    assert association.delete_before_replace
    assert (association.inputs["allocationId"], association.inputs["instanceId"]) == (
        "web-0-address-id",
        "web-0-id",
    )
    assert not elastic.one("EipAddress").delete_before_replace
    assert "Instance::web-0" not in elastic.one("EipAddress").waits_for


@pytest.mark.parametrize("protected", [True, False])
def test_the_machine_may_be_protected(deploy: Deploy, protected: bool) -> None:  # noqa: FBT001
    """By the cloud, from being deleted by anybody; by nothing else, so that the setting is all there is."""
    instance = deployed(deploy, {"deletionProtection": protected}).one("Instance")
    assert instance.inputs["deletionProtection"] is protected
    assert not instance.protect
