"""What Heroku refuses, through the provider, in its words; each names where the rule is documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from waiting import until

from plugins.harness import Failed
from plugins.heroku.cases import (
    APP,
    ASSOCIATION,
    BUILD,
    DOMAIN,
    FORMATION,
    RELEASE,
    an_app,
    config_vars,
    rows,
    shows,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.cloud import Cloud

NOBODY = "01234567-89ab-cdef-0123-456789abcdef"


def refused(cloud: Cloud, token: str, inputs: dict[str, Any]) -> str:
    """Why a resource can't be made."""
    with pytest.raises(Failed) as problem:
        cloud.make(token, inputs, name="refused")
    return problem.value.text


@pytest.mark.covers(92)
@pytest.mark.parametrize(
    ("inputs", "sign"),
    [
        ({"region": "mars"}, "Couldn't find that region."),
        ({"stack": "heroku-18"}, "Stack heroku-18 is not available."),
        ({"organization": {"name": "nobodys"}}, "Couldn't find that team."),
    ],
)
def test_app(inputs: dict[str, Any], sign: str, cloud: Cloud) -> None:
    """Regions and stacks are lists: https://devcenter.heroku.com/articles/regions and …/stack."""
    assert sign in refused(cloud, APP, {"name": "no-such", "region": "us", **inputs})


def test_config_vars(cloud: Cloud) -> None:
    """All of an app's together hold 64 KB: https://devcenter.heroku.com/articles/config-vars#limits."""
    made = an_app(cloud, configVars={"A": "x" * (65 << 10)})
    assert "64KB" in made.reasons[0]
    assert config_vars(cloud, made.id) == {}


@pytest.mark.parametrize(
    ("wanted", "sign"),
    [
        ({"quantity": 2, "size": "basic"}, "Cannot update to more than 1 Basic size dynos per process type."),
        ({"quantity": 1, "size": "eco"}, "You need to subscribe to Eco dynos"),
        ({"quantity": 1, "size": "huge"}, "No such size as huge. Available dyno sizes are Eco, Basic,"),
        ({"quantity": 101, "size": "standard-1x"}, "more than 100"),
        ({"quantity": 1, "size": "basic", "type": "clock"}, "Couldn't find that process type (clock)."),
    ],
)
def test_formation(wanted: dict[str, Any], sign: str, cloud: Cloud, tmp_path: Path) -> None:
    """Sizes, and how many of each: https://devcenter.heroku.com/articles/dyno-sizes, …/eco-dyno-hours."""
    app = an_app(cloud)
    cloud.make(BUILD, {"appId": app.id, "source": {"path": str(write(tmp_path / "src"))}})
    assert sign in refused(cloud, FORMATION, {"appId": app.id, "type": "web", **wanted})


def test_mixed_sizes(cloud: Cloud, tmp_path: Path) -> None:
    """Eco and Basic run beside no other kind: https://devcenter.heroku.com/articles/dyno-sizes."""
    app = an_app(cloud)
    source = write(tmp_path / "src", Procfile="web: a\nworker: b\n")
    cloud.make(BUILD, {"appId": app.id, "source": {"path": str(source)}})
    text = refused(
        cloud, FORMATION, {"appId": app.id, "type": "worker", "quantity": 1, "size": "standard-1x"}
    )
    assert "Cannot use the following dyno types in the same app: Basic, Standard-1X" in text


def test_domain(cloud: Cloud) -> None:
    """A hostname is one app's: https://devcenter.heroku.com/articles/custom-domains."""
    first, second = an_app(cloud), an_app(cloud)
    host = f"{first.inputs['name']}.example.com"
    cloud.make(DOMAIN, {"appId": first.id, "hostname": host})
    taken = refused(cloud, DOMAIN, {"appId": second.id, "hostname": host})
    assert f"{host} is currently in use by another app." in taken
    again = refused(cloud, DOMAIN, {"appId": first.id, "hostname": host})
    assert "Domain already added to this app." in again
    assert "is not a valid domain name" in refused(cloud, DOMAIN, {"appId": first.id, "hostname": "a b"})


@pytest.mark.parametrize(
    ("source", "sign"),
    [
        ({}, "Build requires either source.path or source.url"),
        (
            {"path": "{path}", "checksum": "SHA256:0"},
            "source.checksum should be empty when source.path is set",
        ),
        ({"path": "{path}/nothing"}, "Error stating build source path"),
    ],
)
def test_build(source: dict[str, str], sign: str, cloud: Cloud, tmp_path: Path) -> None:
    """The source's arguments: resource_heroku_build.go of terraform-provider-heroku 5.2.10."""
    folder = write(tmp_path / "src")
    given = {name: value.format(path=folder) for name, value in source.items()}
    assert sign in refused(cloud, BUILD, {"appId": an_app(cloud).id, "source": given})


def test_an_address_has_to_be_secure(cloud: Cloud) -> None:
    """A source's address, in the preview: validateSourceUrl in resource_heroku_build.go."""
    faults = cloud.check(BUILD, {"appId": NOBODY, "source": {"url": "http://example.com/a.tgz"}})
    assert ["must be a secure URL, start with `https://`" in fault for fault in faults] == [True]


def test_release(cloud: Cloud, tmp_path: Path) -> None:
    """Only a slug of the app's own: https://devcenter.heroku.com/articles/platform-api-reference#release."""
    app = an_app(cloud)
    assert "Couldn't find that slug." in refused(cloud, RELEASE, {"appId": app.id, "slugId": NOBODY})
    source = write(tmp_path / "src")
    built = cloud.make(BUILD, {"appId": app.id, "source": {"path": str(source)}})
    made = cloud.make(RELEASE, {"appId": app.id, "slugId": built.state["slugId"]})
    assert rows(cloud, "releases", app.id)[-1]["id"] == made.id
    cloud.change(made, {**made.inputs, "description": "another"})
    assert "you cannot update an existing release's description" in made.reasons[0]


def test_a_release_whose_phase_fails(cloud: Cloud, tmp_path: Path) -> None:
    """A release whose command fails is not: https://devcenter.heroku.com/articles/release-phase.

    What was to be changed with it is as before, although the provider takes it for done.
    """
    app = an_app(cloud, configVars={"NEEDED": "1"})
    source = write(tmp_path / "src", Procfile="web: a\nrelease: NEEDED\n")
    built = cloud.make(BUILD, {"appId": app.id, "source": {"path": str(source)}})
    until(lambda: shows(cloud, app.id) == "succeeded")
    cloud.change(app, {**app.inputs, "configVars": {}})
    assert "Error waiting for new release" in app.reasons[0]
    assert "unexpected state 'failed', wanted target 'succeeded'" in app.reasons[0]
    assert config_vars(cloud, app.id) == {"NEEDED": "1"}
    made = cloud.make(RELEASE, {"appId": app.id, "slugId": built.state["slugId"]})
    assert rows(cloud, "releases", app.id)[-1]["id"] == made.id


def test_association(cloud: Cloud) -> None:
    """A key is in one of the maps: resource_heroku_app_config_association.go."""
    app = an_app(cloud)
    wanted = {"appId": app.id, "vars": {"A": "1"}, "sensitiveVars": {"A": "2"}}
    assert "[ERROR] Detected duplicate config vars: [A]" in refused(cloud, ASSOCIATION, wanted)
    made = cloud.make(ASSOCIATION, {"appId": app.id, "vars": {"A": "1"}, "sensitiveVars": {"B": "2"}})
    assert config_vars(cloud, app.id) == {"A": "1", "B": "2"}
    cloud.unmake(made)
    assert config_vars(cloud, app.id) == {}


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("refused", "You do not have access to this resource."),
        ("failed", "Internal server error."),
        ("landed", "EOF"),
    ],
)
def test_faults(kind: str, sign: str, cloud: Cloud) -> None:
    """A fault can be planted for one route; what landed is there although the answer got lost."""
    cloud.account.plant_fault("POST apps", "request", kind)
    name = f"fault-{kind}"
    assert sign in refused(cloud, APP, {"name": name, "region": "us"})
    there = [row for row in cloud.account.table("apps").values() if row["name"] == name]
    assert bool(there) is (kind == "landed")


@pytest.mark.covers(86)
def test_too_many_requests(cloud: Cloud) -> None:
    """18: the provider waits and tries again, and says nothing."""
    cloud.account.plant_fault("POST apps", "request", "throttled")
    assert an_app(cloud).reasons == []


def test_everything_goes_with_an_app(cloud: Cloud, tmp_path: Path) -> None:
    """An account is empty when its apps are deleted, and their machines are gone."""
    for row in cloud.account.table("apps").values():
        app = cloud.make(APP, {"name": f"{row['name'][:20]}-x", "region": "us"})
        cloud.make(BUILD, {"appId": app.id, "source": {"path": str(write(tmp_path / "src"))}})
        cloud.make(DOMAIN, {"appId": app.id, "hostname": f"{app.id}.example.com"})
        cloud.unmake(app)
        assert app.id not in str(cloud.account.table("builds"))
        assert app.id not in str(cloud.account.table("domains"))
        assert cloud.account.table("leaving") == {}
        break
