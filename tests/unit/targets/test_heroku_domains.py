"""Host names of one's own at Heroku, and their certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from unit import examples

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy


def deployed(deploy: Deploy, section: dict[str, Any]) -> recorder.Recording:
    """What the minimal configuration with a section makes."""
    done = deploy(examples.changed(examples.HEROKU, {"heroku": section}))
    assert done.error is None
    return done


@pytest.mark.parametrize(
    ("section", "acm"),
    [
        ({}, None),
        ({"size": "eco"}, None),
        ({"domains": ["shop.example.com"]}, True),
        ({"domains": ["shop.example.com"], "size": "eco"}, None),
    ],
    ids=["no domain", "eco", "domain", "eco with a domain"],
)
def test_certificates_are_asked_for_where_heroku_makes_them(
    deploy: Deploy, section: dict[str, Any], acm: object
) -> None:
    """For domains, but on eco; never taken away, since Heroku switches them on by itself."""
    assert deployed(deploy, section).one("App").inputs.get("acm") is acm


def test_each_domain_is_a_resource(deploy: Deploy) -> None:
    """A certificate of one's own stays on it."""
    done = deployed(deploy, {"domains": ["shop.example.com", "www.example.com"]})
    domains = {part.name: part for part in done.all("Domain")}
    assert {name: part.inputs["hostname"] for name, part in domains.items()} == {
        "domain-shop.example.com": "shop.example.com",
        "domain-www.example.com": "www.example.com",
    }
    assert {part.ignore_changes for part in domains.values()} == {("sniEndpointId",)}


def test_a_domain_that_is_named_twice_is_one(deploy: Deploy) -> None:
    """Two resources of one name would end the run."""
    done = deployed(deploy, {"domains": ["shop.example.com", "Shop.example.com"]})
    assert [part.name for part in done.all("Domain")] == ["domain-shop.example.com"]
