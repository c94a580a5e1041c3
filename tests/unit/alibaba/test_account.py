"""What target ecs has to be told about the account before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.errors import ConfigError
from components.targets import ecs
from unit import examples
from unit.alibaba import keys
from unit.alibaba.looked_up import cloud

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy

REGION = "alicloud:region: is required, for example: pulumi config set alicloud:region eu-central-1"


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ecs.REGION_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def deployed(deploy: Deploy, changes: dict[str, Any], *secret: str) -> tuple[recorder.Recording, list[Any]]:
    """What the minimal configuration with changes does, and what the cloud was asked meanwhile."""
    config = {key: value for key, value in examples.changed(examples.ECS, changes).items() if value != ""}
    engine = cloud()
    return deploy(config, secret=("secrets", *secret), engine=engine), engine.asked


def test_the_region_has_to_be_said(deploy: Deploy) -> None:
    """Before the cloud is asked for anything: it could only say so in other words."""
    done, asked = deployed(deploy, {"alicloud:region": ""})
    assert isinstance(done.error, ConfigError)
    assert done.error.faults == (REGION,)
    assert (done.resources, asked) == ([], [])


@pytest.mark.parametrize("variable", ecs.REGION_VARIABLES)
def test_the_region_may_come_from_the_environment(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """As the provider takes it, or from a profile that has one."""
    monkeypatch.setenv(variable, "eu-central-1")
    assert deployed(deploy, {"alicloud:region": ""})[0].error is None


@pytest.mark.parametrize("key", ecs.REGION_KEYS)
def test_the_region_may_come_from_the_stack(deploy: Deploy, key: str) -> None:
    """By itself, or by a profile."""
    assert deployed(deploy, {"alicloud:region": "", f"alicloud:{key}": "x"})[0].error is None


@pytest.mark.parametrize("key", ["accessKey", "secretKey", "securityToken"])
def test_a_credential_in_plain_is_refused(deploy: Deploy, key: str) -> None:
    """The stack's file is committed; an encrypted one is fine. It is not repeated."""
    done, _ = deployed(deploy, {f"alicloud:{key}": "c4n4ry"})
    assert isinstance(done.error, ConfigError)
    (told,) = done.error.faults
    assert told == (
        f"alicloud:{key}: should be encrypted, but can be read in the stack's file; "
        f"change it where it came from, then: pulumi config set --secret alicloud:{key}"
    )
    assert deployed(deploy, {f"alicloud:{key}": "c4n4ry"}, f"alicloud:{key}")[0].error is None


def test_all_faults_come_at_once(deploy: Deploy) -> None:
    """Nobody likes to run three times for three of them."""
    changes = {
        "alicloud:region": "",
        "alicloud:secretKey": "c4n4ry",
        "ecs": {"publicKey": keys.RSA, "privateKeyFile": "gone"},
    }
    done, asked = deployed(deploy, changes)
    assert isinstance(done.error, ConfigError)
    assert [fault.split(": ")[0] for fault in done.error.faults] == [
        *("alicloud:secretKey", "alicloud:region", "ecs/privateKeyFile"),
    ]
    assert (done.resources, asked) == ([], [])
