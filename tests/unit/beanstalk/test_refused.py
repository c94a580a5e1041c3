"""What an app can't have on Elastic Beanstalk, and what has no effect there: told before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from components.beanstalk import source
from components.errors import ConfigError
from unit.apps import made
from unit.beanstalk.apps import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from components.app import App

GENERATED: Final = (
    *("flask_deploy.py", "flask_deploy.json", "gunicorn_app.conf.py", "flask_deploy_constraints.txt"),
    *(
        "flask_deploy_entry.py",
        "flask_deploy_entry.json",
        "flask_deploy_leader.sh",
        "flask_deploy_release.sh",
    ),
    ".ebextensions/90-flask-deploy.config",
)


def faults(loaded: App, changes: dict[str, Any] | None = None) -> list[str]:
    """What is said of an app instead; something has to be."""
    with pytest.raises(ConfigError) as caught:
        bundled(loaded, changes)
    return list(caught.value.faults)


@pytest.mark.parametrize("name", GENERATED)
def test_a_file_in_the_way_is_told(tmp_path: Path, name: str) -> None:
    """It would be overwritten in the copy, and the app miss it."""
    assert faults(made(tmp_path, {name: "x"})) == [
        f"{name}: is the name of a file that is generated for the deployment; rename yours"
    ]


def test_folders_that_outlive_a_release_are_refused(tmp_path: Path) -> None:
    """When they are named: each release has new instances, and new disks."""
    (told,) = faults(made(tmp_path), {"app": {"persistent": ["images"]}})
    assert told.startswith("app/persistent: an instance's disk is gone with the next release")
    assert bundled(made(tmp_path), {"app": {"persistent": []}}).notes == ()


def test_variables_are_within_the_service_s_limits(tmp_path: Path) -> None:
    """4,096 bytes in all, names of 128 letters: more would be refused when the environment is made."""
    loaded = made(tmp_path)
    spent = len("FLASK_APP=run:application") + len("FLASK_DEPLOY_ENVIRONMENT=0123456789ab") + len("A=")
    fits = "x" * (4096 - spent)
    assert bundled(loaded, {"app": {"environment": {"A": fits}}}).variables["A"] == fits
    (told,) = faults(loaded, {"app": {"environment": {"A": f"{fits}x"}}})
    assert told.startswith("app/environment: has 4097 bytes with what the deployment adds")
    assert "A" * 128 in bundled(loaded, {"app": {"environment": {"A" * 128: "x"}}}).variables
    (told,) = faults(loaded, {"app": {"environment": {"A" * 129: "x"}}})
    assert told.startswith("app/environment/AAAAAAAAAAAAAAAAAAAA…: has more than 128 letters")


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"app": {"environment": {"PORT": "80"}}}, "app/environment"), ({"secrets": {"PORT": "80"}}, "secrets")],
)
def test_the_port_is_the_platform_s(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    """The variable tells nginx where the app listens, and Gunicorn is told elsewhere."""
    (told,) = faults(made(tmp_path), changes)
    assert told.startswith(f"{place}/PORT: would send Elastic Beanstalk's nginx to another port")


@pytest.mark.covers(23)
def test_a_bundle_has_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's limit, before anything is uploaded."""
    loaded = made(tmp_path, {"large.bin": "x" * (1 << 20)})
    monkeypatch.setattr(source, "LIMIT_MEGABYTES", 1)
    assert faults(loaded) == ["app/path: is larger than a bundle's 1 MB; leave files out by .deployignore"]


@pytest.mark.parametrize(
    ("changes", "more", "note"),
    [
        ({"machine": {"threads": 4}}, {}, "machine: has no effect on Elastic Beanstalk"),
        ({}, {".python-version": "3.12\n"}, "app/python: .python-version says 3.12"),
        ({}, {"runtime.txt": "python-3.12.4\n"}, "app/python: runtime.txt says 3.12.4"),
        ({"app": {"environment": {"A": "x" * 257}}}, {}, "app/environment/A: has more than the 256 letters"),
        ({"app": {"environment": {"A": "b,a"}}}, {}, "app/environment: A: another order of what stands"),
        ({"app": {"environment": {"A": "a,a", "B": "x"}}}, {}, None),
        ({}, {".python-version": "3.13\n"}, None),
        ({}, {".python-version": "3.13.5\n"}, None),
    ],
)
def test_what_has_no_effect_is_said(
    tmp_path: Path, changes: dict[str, Any], more: dict[str, str], note: str | None
) -> None:
    """In a line of the run, and nothing else is."""
    notes = bundled(made(tmp_path, more), changes).notes
    assert len(notes) == (0 if note is None else 1)
    assert note is None or notes[0].startswith(note)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Of the configuration and of the app's files."""
    loaded = made(tmp_path, {"requirements.txt": "gunicorn==19.0.0\n", "flask_deploy.py": "x"})
    app = {"persistent": ["images"], "environment": {"A": "x" * 5000}}
    told = faults(loaded, {"app": app, "pinnedRelease": "3f9c0a71be52"})
    assert [fault.partition(":")[0] for fault in told] == [
        *("app/persistent", "pinnedRelease", "flask_deploy.py", "app/environment", "requirements"),
    ]
