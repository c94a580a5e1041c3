"""The part of a stack's configuration that belongs to a cloud's own provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from components import cloud_account
from unit import recorder

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain(config: Mapping[str, str], *secret: str) -> list[str]:
    """What is said of a configuration's keys."""
    return recorder.as_stack(
        "dev", lambda: cloud_account.plain_secrets("cloud", ("id", "key")), config=config, secret=secret
    )


def missing(config: Mapping[str, str]) -> list[str]:
    """What is said when a region is looked for."""
    return recorder.as_stack(
        "dev",
        lambda: cloud_account.missing("cloud", ("region", "profile"), ("CLOUD_REGION",), "eu-1"),
        config=config,
    )


@pytest.mark.covers(7)
def test_a_secret_in_plain_is_a_fault_of_its_own_key() -> None:
    """One for each, with the command that encrypts it; the value stands in none."""
    faults = plain({"cloud:id": "c4n4ry", "cloud:key": "c4n4ry", "cloud:other": "x"})
    assert [fault.partition(": ")[0] for fault in faults] == ["cloud:id", "cloud:key"]
    assert faults[1].endswith("then: pulumi config set --secret cloud:key")
    assert "c4n4ry" not in str(faults)


def test_what_is_encrypted_or_not_there_is_no_fault() -> None:
    """Nor another provider's key of that name."""
    assert plain({"cloud:key": "x"}, "cloud:key") == []
    assert plain({}) == plain({"cloud:key": ""}) == plain({"cloudy:key": "x"}) == []


def test_what_is_missing_is_told_with_an_example() -> None:
    """The first key is the one to set."""
    assert missing({"cloudy:region": "x"}) == [
        "cloud:region: is required, for example: pulumi config set cloud:region eu-1"
    ]


@pytest.mark.parametrize("key", ["region", "profile"])
def test_any_key_will_do(key: str) -> None:
    """In the stack's own configuration."""
    assert missing({f"cloud:{key}": "eu-2"}) == []


def test_so_will_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is something in it."""
    monkeypatch.setenv("CLOUD_REGION", "eu-2")
    assert missing({}) == []
    monkeypatch.setenv("CLOUD_REGION", "")
    assert len(missing({})) == 1
