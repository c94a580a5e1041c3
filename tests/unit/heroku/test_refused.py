"""What can't have its effect on Heroku: refused with the reason, or warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.errors import ConfigError
from components.heroku.source import PYTHONS
from unit.apps import made
from unit.heroku.apps import staged

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = "app/wsgi: is FLASK_APP alone, since the app's own Procfile says what starts"
SEARCHED = {"app": {"wsgi": None}}
UNNAMED = (
    "Procfile does not start gunicorn with gunicorn.conf.py, so answers don't name their release: "
    "only that something answers is checked"
)


def fault(root: Path, changes: dict[str, Any]) -> str:
    """What is said of the app in the examples with a configuration."""
    with pytest.raises(ConfigError) as caught:
        staged(made(root), changes)
    (told,) = caught.value.faults
    return told


def notes(root: Path, changes: dict[str, Any], files: dict[str, str] | None = None) -> tuple[str, ...]:
    """What is warned of."""
    return staged(made(root, files), changes).notes


def test_a_disk_that_outlives_a_restart_is_refused(tmp_path: Path) -> None:
    """Records would be lost once a day; what to do instead is said."""
    told = fault(tmp_path, {"app": {"persistent": ["images", "data"]}})
    assert told.startswith(
        "app/persistent: Heroku has no disk that outlives a restart; keep records in a database"
    )


@pytest.mark.parametrize("changes", [{}, {"app": {"persistent": []}}], ids=["default", "none"])
def test_nobody_who_asked_for_none_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    """The default is no wish of the user's."""
    assert notes(tmp_path, changes) == ()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"app": {"environment": {"PORT": "8000"}}}, "app/environment/PORT"),
        ({"secrets": {"PORT": "8000"}}, "secrets/PORT"),
    ],
    ids=["plain", "secret"],
)
def test_the_port_is_heroku_s(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    """The router would ask another one than the app listens on."""
    assert fault(tmp_path, changes) == (
        f"{place}: is set by Heroku for each dyno, and its router asks that port; take another name, "
        "for example APP_PORT"
    )


def test_an_entry_beside_a_procfile_is_warned_of(tmp_path: Path) -> None:
    """The Procfile is what starts; without one, or without a configured entry, there is nothing to say."""
    own = {"Procfile": "web: gunicorn run:application\n"}
    assert notes(tmp_path / "both", {}, own) == (ENTRY,)
    assert notes(tmp_path / "procfile", SEARCHED, own) == ()
    assert notes(tmp_path / "entry", {}) == ()


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.15", "3.1"])
def test_a_python_that_heroku_has_not_is_refused(tmp_path: Path, version: str) -> None:
    """The build would fail minutes later."""
    assert fault(tmp_path, {"app": {"python": version}}) == (
        f'app/python: Heroku has 3.10, 3.11, 3.12, 3.13, 3.14, not {version}; for example "3.13"'
    )


@pytest.mark.parametrize("version", PYTHONS)
def test_heroku_s_pythons_are_taken(tmp_path: Path, version: str) -> None:
    """And asked for."""
    found = staged(made(tmp_path), {"app": {"python": version}})
    assert found.bundle.read(".python-version") == f"{version}\n".encode()


def test_what_is_for_machines_is_warned_of(tmp_path: Path) -> None:
    """It stays in the configuration, since the same stack's file may be copied for a machine."""
    told = "machine: has no effect on Heroku, which has a web server of its own"
    assert notes(tmp_path, {"machine": {"webStack": "apache-gunicorn"}}) == (told,)
    assert notes(tmp_path, {"machine": {}}) == ()


def test_answers_that_name_no_release_are_warned_of(tmp_path: Path) -> None:
    """And what else is lost with the wrapper; where there is nothing to lose, nothing is said of it."""
    files = {"Procfile": "web: waitress-serve --port=$PORT run:application\n"}
    assert notes(tmp_path / "one", SEARCHED, files) == (
        UNNAMED,
        "app/static: has no effect, since Procfile does not start gunicorn with gunicorn.conf.py",
    )
    assert notes(tmp_path / "two", SEARCHED, {**files, "images/default.png": ""}) == (UNNAMED,)
