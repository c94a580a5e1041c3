"""What App Engine can't do, and its section."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.appengine import plan
from components.appengine.section import Section
from components.settings import Settings
from unit import examples


def _settings(**app: Any) -> Settings:
    return examples.settings(examples.MINIMAL, app=app)


def test_a_disk_is_refused() -> None:
    """Files would be gone with the instance that wrote them, without a word."""
    (fault,) = plan.faults(_settings(persistent=["images"], python="3.13"))
    assert "app/persistent" in fault
    assert "DATABASE_URL" in fault


@pytest.mark.parametrize("python", ["3.10", "3.11"])
def test_a_python_that_is_not_there_is_refused(python: str) -> None:
    """The build would refuse it minutes later."""
    (fault,) = plan.faults(_settings(python=python))
    assert python in fault


def test_a_release_command_is_said_not_to_run() -> None:
    """One line, with the command, before anything is made."""
    (note,) = plan.notes(_settings(releaseCommand="flask db upgrade"), Section())
    assert "flask db upgrade" in note
    assert "\n" not in note


@pytest.mark.parametrize("location", ["us-central", "europe-west", "europe-west12", "asia-northeast1"])
def test_a_location_is_taken(location: str) -> None:
    """Two of them have no digit."""
    assert Section.model_validate({"location": location}).location == location


@pytest.mark.parametrize("location", ["us-central1", "europe-west1", "EU", ""])
def test_a_location_that_does_not_exist_is_refused(location: str) -> None:
    """Regions of other services: App Engine calls these two us-central and europe-west."""
    with pytest.raises(ValidationError):
        Section.model_validate({"location": location})


def test_bounds_that_cross_are_refused() -> None:
    """No number of instances would fit both."""
    with pytest.raises(ValidationError, match="maxInstances"):
        Section.model_validate({"minInstances": 5, "maxInstances": 2})
