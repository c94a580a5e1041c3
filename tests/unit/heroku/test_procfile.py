"""The Procfile: what Heroku runs of an app."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from components.errors import ConfigError
from components.heroku import procfile
from unit.apps import made

if TYPE_CHECKING:
    from pathlib import Path

FACTORY = "from flask import Flask\n\ndef create_app():\n    return Flask(__name__)\n"
UPGRADE = "flask --app run db upgrade"


def text(root: Path, own: str = "", command: str = "") -> str:
    """The Procfile of the app in the examples, with one of its own."""
    return procfile.make(made(root, {"Procfile": own}), command).text


def fault(root: Path, own: str, command: str = "") -> str:
    """What is said instead."""
    with pytest.raises(ConfigError) as caught:
        text(root, own, command)
    (told,) = caught.value.faults
    return told


def test_the_web_process_is_gunicorn_with_the_app(tmp_path: Path) -> None:
    """To the letter what one would write by hand."""
    assert text(tmp_path) == "web: gunicorn run:application\n"


def test_the_release_command_is_heroku_s_own(tmp_path: Path) -> None:
    """It runs once for each release, before that serves; what fails is not released."""
    assert text(tmp_path, command=UPGRADE) == f"web: gunicorn run:application\nrelease: {UPGRADE}\n"


def test_a_factory_is_one_word(tmp_path: Path) -> None:
    """A shell would take its brackets for its own."""
    made_procfile = procfile.make(made(tmp_path, {"run.py": FACTORY}, "run:create_app()"), "")
    assert made_procfile.text == "web: gunicorn 'run:create_app()'\n"
    assert shlex.split(made_procfile.processes["web"]) == ["gunicorn", "run:create_app()"]


def test_an_app_s_own_processes_are_kept(tmp_path: Path) -> None:
    """All of them as they are, the configured release command beside them."""
    own = "# ours\nweb: gunicorn --threads 4 run:application\nworker: python jobs\n\nclock :  python tick  \n"
    assert text(tmp_path, own, UPGRADE) == (
        "web: gunicorn --threads 4 run:application\nworker: python jobs\nclock: python tick\n"
        f"release: {UPGRADE}\n"
    )


def test_an_app_s_own_release_process_is_kept(tmp_path: Path) -> None:
    """Where none is configured."""
    own = "web: gunicorn run:application\r\nrelease: ./upgrade.sh\r\n"
    assert text(tmp_path, own) == own.replace("\r", "")


def test_without_a_web_process_nothing_would_serve(tmp_path: Path) -> None:
    """The app would be there, and answer nothing."""
    assert fault(tmp_path, "worker: python -m jobs\n") == (
        "Procfile: has no web process; add one, for example: web: gunicorn run:application"
    )


def test_there_is_one_release_command(tmp_path: Path) -> None:
    """Of two, one would silently be dropped."""
    own = "web: gunicorn run:application\nrelease: ./upgrade.sh\n"
    assert fault(tmp_path, own, UPGRADE) == (
        "Procfile: has a release process, and app/releaseCommand is another; remove one of them"
    )


def test_a_release_command_of_several_lines_is_a_file(tmp_path: Path) -> None:
    """A Procfile has one line for each process; it stops at the first command that fails, as on a machine."""
    command = "\nflask --app run db upgrade\nflask --app run seed || true\n"
    found = procfile.make(made(tmp_path), command)
    assert found.processes["release"] == "sh -eu flask_deploy_release.sh"
    assert found.files == {
        "flask_deploy_release.sh": b"flask --app run db upgrade\nflask --app run seed || true\n"
    }


def test_a_release_command_of_one_line_needs_no_file(tmp_path: Path) -> None:
    """Space around it is no second line."""
    found = procfile.make(made(tmp_path), f"  {UPGRADE}\n")
    assert (found.processes["release"], found.files) == (UPGRADE, {})


@pytest.mark.parametrize(
    ("web", "wrapped"),
    [
        ("gunicorn run:application", True),
        ("exec gunicorn --workers 3 run:application", True),
        ("newrelic-admin run-program gunicorn run:application", True),
        ("bin/gunicorn run:application", True),
        ("gunicorn -c other.py run:application", False),
        ("gunicorn --config=other.py run:application", False),
        ("gunicorn --config other.py run:application", False),
        ("gunicorn -cother.py run:application", False),
        ("cd src && gunicorn run:application", False),
        ("waitress-serve --port=$PORT run:application", False),
        ("python run.py", False),
        ("flask run --host 0.0.0.0 --port $PORT", False),
        ("gunicornish run:application", False),
    ],
)
def test_whether_answers_name_their_release_is_known(tmp_path: Path, web: str, wrapped: bool) -> None:  # noqa: FBT001
    """They do where Gunicorn finds gunicorn.conf.py, in the folder that it is started in."""
    assert procfile.make(made(tmp_path, {"Procfile": f"web: {web}\n"}), "").wrapped is wrapped


def test_what_we_make_is_wrapped(tmp_path: Path) -> None:
    """By default each answer names its release."""
    assert procfile.make(made(tmp_path), "").wrapped
