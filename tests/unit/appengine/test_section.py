"""The section `appengine`: what may be configured, and what is refused before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from components.appengine.section import Section
from unit import examples, sections


def section(changes: dict[str, Any] | None = None) -> Section:
    """The minimal section with changes."""
    found = sections.read(examples.APPENGINE, changes)
    assert isinstance(found, Section)
    return found


def faults(changes: dict[str, Any]) -> list[str]:
    """What is said about the minimal section with changes."""
    return sections.faults(examples.APPENGINE, changes)


def test_nothing_has_to_be_configured() -> None:
    """The application that is there, of the smallest class, that costs nothing while nobody asks."""
    found = section()
    assert (found.create_application, found.location) == (False, None)
    assert (found.instance_class, found.min_instances, found.max_instances) == ("F1", 0, 4)
    assert found.ingress == "all"


@pytest.mark.parametrize("location", ["us-central", "europe-west", "europe-west12", "asia-northeast1"])
def test_a_location_is_taken(location: str) -> None:
    """Two of them have no digit."""
    assert section({"location": location}).location == location


@pytest.mark.parametrize("location", ["us-central1", "europe-west1", "EU", "", "europe-west3\n"])
def test_a_location_that_does_not_exist_is_refused(location: str) -> None:
    """Regions of other services: App Engine calls these two us-central and europe-west."""
    (told,) = faults({"location": location})
    assert told.startswith("appengine/location: should be a location of App Engine")


def test_an_application_is_made_where_it_is_said() -> None:
    """Never anywhere by default: it stays there for good."""
    (told,) = faults({"createApplication": True})
    assert told.startswith("appengine: should have a location with createApplication")
    assert told.endswith("for example location: europe-west")
    assert section({"createApplication": True, "location": "us-central"}).create_application


def test_bounds_that_cross_are_refused() -> None:
    """No number of instances would fit both."""
    (told,) = faults({"minInstances": 5, "maxInstances": 2})
    assert told.endswith("for example maxInstances: 5")
    assert section({"minInstances": 5, "maxInstances": 5}).max_instances == 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("instanceClass", "B1"),
        ("minInstances", -1),
        ("maxInstances", 0),
        ("maxInstances", "4"),
        ("ingress", "none"),
        ("createApplication", "yes"),
        ("instanceclass", "F1"),
    ],
)
def test_a_value_that_app_engine_does_not_take_is_told(key: str, value: object) -> None:
    """Before anything is made."""
    (told,) = faults({key: value})
    assert told.startswith(f"appengine/{key}: ")
