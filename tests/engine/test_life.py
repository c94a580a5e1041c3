"""The life of a stack, by the pulumi CLI itself, on a real machine.

Each test goes on where the last one ended.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from deployment import SAMPLE, Deployment, make, said, take_down

from sandbox import check
from sandbox.paths import ROOT


@pytest.fixture(scope="module", name="life")
def _life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = make("life", tmp_path_factory.mktemp("life"), source=ROOT / "assets" / "app")
    deployment.configure(SAMPLE, {"webStack": "nginx-uwsgi"})
    deployment.stack.secret("flask-deploy:secrets.SECRET_KEY", 'canary\'of $the "day"')
    yield deployment
    take_down(deployment)


@pytest.fixture(scope="module", name="before")
def _before(life: Deployment) -> str:
    return life.script("tree-hash.sh")


def test_the_first_up_serves_the_app(life: Deployment, before: str) -> None:
    """After `pulumi up` a record that is written through the URL is read back."""
    assert before
    life.stack.up()
    outputs = life.stack.outputs()

    assert set(outputs) == {"url", "release", "target", "webStack"}
    assert "written and read back" in check.bookstore(outputs["url"], outputs["release"])


@pytest.mark.covers("P1", 27)
def test_the_second_up_changes_nothing_and_does_not_log_in(life: Deployment) -> None:
    """`up` without a change has 0 changes, and the machine's own journal counts no login."""
    logins = life.machine.journal_accepted()
    result = life.stack.up("--expect-no-changes")

    assert "unchanged" in said(result)
    assert life.machine.journal_accepted() == logins


def test_a_changed_app_is_served_for_at_most_three_logins(life: Deployment) -> None:
    """A changed line of the app arrives, costs at most three logins, and keeps the records."""
    records = check.ask(life.url + "/authors").json()["total"]
    old = life.stack.outputs()["release"]
    logins = life.machine.journal_accepted()
    life.edit("bookstore/status.py", '"links"', '"edition": "second", "links"')
    life.stack.up()

    assert life.get().json()["edition"] == "second"
    assert life.get().headers["x-release"] == life.stack.outputs()["release"] != old
    assert life.machine.journal_accepted() - logins <= 3
    assert check.ask(life.url + "/authors").json()["total"] == records > 0


def test_the_preview_shows_the_changed_line_of_a_rendered_file(life: Deployment) -> None:
    """`pulumi preview --diff` shows a changed setting as a line of its file, and no secret."""
    life.configure(SAMPLE, {"webStack": "nginx-uwsgi", "workers": 3})
    shown = said(life.stack.preview("--diff"))

    assert "processes = 3" in shown
    assert "processes = %(cores + 1)" in shown
    assert "canary" not in shown


def test_a_changed_machine_setting_is_a_release(life: Deployment) -> None:
    """Another worker count is a release of its own; nothing else but it and its check is run."""
    old = life.stack.outputs()["release"]
    result = said(life.stack.up())

    assert life.stack.outputs()["release"] != old
    assert "processes = 3" in life.machine.ssh("cat /srv/bookstore/current/uwsgi.ini").stdout
    assert "2 updated" in result


def test_another_web_stack_takes_over(life: Deployment) -> None:
    """From nginx and uWSGI to Apache and Gunicorn in place: same URL, same records."""
    records = check.ask(life.url + "/authors").json()["total"]
    life.configure(SAMPLE, {"webStack": "apache-gunicorn"})
    life.stack.up()

    assert life.get().headers["server"] == "Apache"
    assert check.ask(life.url + "/authors").json()["total"] == records


@pytest.mark.covers(60, "P2")
def test_a_rename_that_failed_can_be_taken_back(life: Deployment) -> None:
    """The app is still there under its old name, and nothing of the new one."""
    life.configure({**SAMPLE, "name": "library", "releaseCommand": "false"}, {"webStack": "apache-gunicorn"})
    failed = life.stack.up(check=False)
    life.configure(SAMPLE, {"webStack": "apache-gunicorn"})
    serving = life.get().headers["x-release"]
    life.stack.up()

    assert failed.returncode != 0
    assert life.get().headers["x-release"] == serving == life.stack.outputs()["release"]
    assert life.machine.ssh("ls /srv").stdout.split() == ["bookstore"]
    assert life.drift().returncode == 0
    life.stack.up("--expect-no-changes")


@pytest.mark.covers(60)
def test_another_name_moves_the_app(life: Deployment) -> None:
    """A new app name serves under it, and what had the old name is gone."""
    life.configure({**SAMPLE, "name": "library"}, {"webStack": "apache-gunicorn"})
    life.stack.up()

    assert "written and read back" in check.bookstore(life.url, life.stack.outputs()["release"])
    assert life.machine.ssh("ls /srv").stdout.split() == ["library"]
    assert life.machine.ssh("getent passwd bookstore", check=False).returncode == 2


@pytest.mark.covers("P1")
def test_a_fresh_clone_has_nothing_to_do(life: Deployment, tmp_path: Path) -> None:
    """The project in another folder, and a refresh before: 0 changes and no login all the same."""
    logins = life.machine.journal_accepted()
    scratch = life.stack.scratch
    ignored = shutil.ignore_patterns(".flask-deploy")
    root = Path(shutil.copytree(scratch.root, tmp_path / "clone", symlinks=True, ignore=ignored))
    clone = replace(life.stack, scratch=replace(scratch, root=root))
    clone.up("--refresh", "--expect-no-changes")

    assert life.machine.journal_accepted() == logins


@pytest.mark.covers("P13", 62)
def test_destroy_leaves_the_machine_as_it_was(life: Deployment, before: str) -> None:
    """After `destroy` /etc, /srv, /opt, packages, accounts and units are what they were; the data is kept."""
    life.stack.destroy()
    after = life.script("tree-hash.sh")

    assert set(before.splitlines()) ^ set(after.splitlines()) == set()
    assert "data" in life.machine.ssh("ls /var/lib/flask-deploy/library").stdout


def test_up_again_finds_the_kept_data(life: Deployment) -> None:
    """The data that `destroy` has kept is served again by the next `up`."""
    life.stack.up()

    assert check.ask(life.url + "/authors").json()["total"] > 0


def test_purge_data_leaves_nothing(life: Deployment, before: str) -> None:
    """With purgeData `destroy` takes the data, too; what an earlier name has left stays with that name."""
    life.configure({**SAMPLE, "name": "library"}, {"webStack": "apache-gunicorn", "purgeData": True})
    life.stack.up()
    life.stack.destroy()

    assert life.machine.ssh("ls /var/lib/flask-deploy").stdout.split() == ["bookstore"]
    assert set(before.splitlines()) ^ set(life.script("tree-hash.sh").splitlines()) == set()
