"""What App Engine can't do of the configuration."""

from typing import Any

import pytest

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


def test_a_python_that_nobody_has_chosen_is_the_nearest() -> None:
    """The default is older than App Engine's oldest: an app that says nothing runs all the same."""
    settings = _settings()
    assert [*plan.faults(settings)] == []
    assert plan.python(settings) == "3.12"
    (note,) = plan.notes(settings, Section())
    assert note.startswith("app/python: App Engine has no 3.11, so 3.12 is taken")


def test_a_chosen_python_is_taken() -> None:
    """Without a word."""
    settings = _settings(python="3.14")
    assert plan.python(settings) == "3.14"
    assert [*plan.notes(settings, Section())] == []


def test_a_release_command_is_said_not_to_run() -> None:
    """One line, with the command, before anything is made."""
    (note,) = plan.notes(_settings(python="3.13", releaseCommand="flask db upgrade"), Section())
    assert "flask db upgrade" in note
    assert "\n" not in note


def test_a_release_command_of_several_lines_is_one_line() -> None:
    """So that it can be read in the diagnostics."""
    (note,) = plan.notes(_settings(python="3.13", releaseCommand="flask db upgrade\nflask seed\n"), Section())
    assert note.endswith("flask db upgrade flask seed")


@pytest.mark.parametrize(("machine", "notes"), [({}, 0), ({"threads": 2}, 1)])
def test_the_machine_s_keys_are_said_to_have_no_effect(machine: dict[str, Any], notes: int) -> None:
    """Only when one is set: a stack's configuration always has the section."""
    settings = examples.settings(examples.APPENGINE, machine=machine)
    assert len([*plan.notes(settings, Section())]) == notes


def test_what_works_has_neither_fault_nor_note() -> None:
    """A run of an ordinary app is quiet."""
    settings = examples.settings(examples.APPENGINE)
    assert [*plan.faults(settings), *plan.notes(settings, Section())] == []
