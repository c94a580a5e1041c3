"""Target heroku by the pulumi CLI, against the emulated Heroku: a dyno is a unit on a real machine.

Each test goes on where the last one ended.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import said
from rehearsal import Rehearsed, author, changed, make

from sandbox import check
from sandbox.paths import ROOT
from sandbox.plugins.heroku import commands
from sandbox.say import SandboxError


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    rehearsed = make("heroku", tmp_path_factory.mktemp("heroku"))
    yield rehearsed
    rehearsed.stack.destroy(check=False)
    rehearsed.stack.scratch.remove()


def test_the_first_up_serves_the_app(shop: Rehearsed) -> None:
    """From an empty account: app, variables, build, release command, dyno; it answers, static files too."""
    shop.stack.preview()
    shop.stack.up()

    assert "written and read back" in shop.checked()


def test_a_record_outlives_a_restart_of_the_dyno(shop: Rehearsed) -> None:
    """It is in the database; the dyno's own disk is gone."""
    record = author(shop.url, "Restart")
    name = shop.stack.outputs()["appName"]
    assert commands.main(["--account", str(shop.account.folder), "restart", name]) == 0

    assert check.until_answers(f"{shop.url}/authors/{record['id']}").json() == record


def test_the_second_up_changes_nothing(shop: Rehearsed) -> None:
    """Nor with a refresh before."""
    shop.stack.up("--expect-no-changes")
    shop.stack.up("--refresh", "--expect-no-changes")


def test_a_fresh_clone_has_nothing_to_do(shop: Rehearsed, tmp_path: Path) -> None:
    """The project in another folder, where the staged source is not there yet, and a refresh before."""
    shop.clone(tmp_path).up("--refresh", "--expect-no-changes")


def test_a_changed_app_changes_only_what_must_change(shop: Rehearsed) -> None:
    """A new build, and the probe that asks for it."""
    shop.edit("bookstore/status.py", '"links"', '"edition": "second", "links"')
    result = shop.stack.up()

    assert changed(result) == {"build": "replaced", "probe": "updated"}
    assert shop.get().json()["edition"] == "second"


def test_a_pin_goes_back_to_a_kept_slug(shop: Rehearsed) -> None:
    """Without a build, with today's variables; each run says that it is pinned, and removing it builds."""
    first = shop.stack.outputs()["rollback"]
    shop.edit("bookstore/status.py", '"edition": "second"', '"edition": "third"')
    shop.stack.up()
    slugs = set(shop.account.table("slugs"))
    shop.pin("0123456789ab-01234567-89ab-4cde-8f01-23456789abcd")
    result = shop.stack.up(check=False)
    assert result.returncode != 0
    assert "the app has no such slug" in said(result)
    assert shop.get().json()["edition"] == "third"

    shop.pin(first)
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "again"}}})
    result = shop.stack.up()
    assert changed(result)["release"] == "created"
    assert f"pinned to release {first}" in said(result)
    assert shop.get().json()["edition"] == "second"
    assert "written and read back" in shop.checked()
    result = shop.stack.up("--refresh", "--expect-no-changes")
    assert f"pinned to release {first}" in said(result)

    shop.pin("")
    assert changed(shop.stack.up())["build"] == "created"
    assert shop.get().json()["edition"] == "third"
    assert slugs < set(shop.account.table("slugs"))


def test_a_changed_variable_builds_nothing(shop: Rehearsed) -> None:
    """The app restarts with it, and the probe sees that it has arrived."""
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "hello"}}})
    result = shop.stack.up()

    assert changed(result) == {"app": "updated", "probe": "updated"}
    assert "written and read back" in shop.checked()


@pytest.mark.covers(87, "P16")
def test_what_the_provider_only_remembers_as_done_is_found_out(shop: Rehearsed) -> None:
    """Variables that Heroku refused once: the next run is not green, and says what heals; that does."""
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "good evening"}}})
    shop.account.plant_fault("heroku:app/app:App", "update", "failed")
    assert shop.stack.up(check=False).returncode != 0
    again = shop.stack.up(check=False)

    assert again.returncode != 0
    assert "pulumi up --refresh" in said(again)
    shop.stack.up("--refresh")
    assert "written and read back" in shop.checked()


@pytest.mark.covers("P16")
def test_a_crash_at_start_is_no_green_up(shop: Rehearsed) -> None:
    """Heroku serves what it built even if it crashes: the run fails, and shows the app's own last words."""
    crash = "\nimport os\n\nassert 'web' not in os.environ['DYNO'], 'canary of a crash'\n"
    shop.edit("run.py", "application = create_app()\n", f"application = create_app()\n{crash}")
    result = shop.stack.up(check=False)
    shop.edit("run.py", crash, "")

    assert result.returncode != 0
    assert "canary of a crash" in said(result)
    assert "the app ended while it was starting" in said(result)
    shop.stack.up()
    assert "written and read back" in shop.checked()


@pytest.mark.covers(60, 91)
def test_a_build_that_fails_leaves_the_old_one_serving(shop: Rehearsed) -> None:
    """A requirement that does not exist, in a run that renames the app: explained, and it is the same app.

    Putting name and requirement back is enough.
    """
    (app,) = shop.account.table("apps")
    shop.stack.config({"flask-deploy:app": {"name": "novel"}})
    old = (shop.app / "requirements.txt").read_text()
    (shop.app / "requirements.txt").write_text("flask==99.9\n")
    result = shop.stack.up(check=False)
    (shop.app / "requirements.txt").write_text(old)

    assert result.returncode != 0
    assert "a requirement does not exist" in said(result)
    assert shop.get().status == 200
    assert shop.account.table("apps")[app]["name"].startswith("novel-")
    shop.stack.config({"flask-deploy:app": {"name": "bookstore"}})
    shop.stack.up()
    assert "written and read back" in shop.checked()
    assert shop.account.table("apps")[app]["name"].startswith("bookstore-")


@pytest.mark.covers("P7")
def test_secrets_are_in_no_state_and_no_word(shop: Rehearsed) -> None:
    """The database's password stands encrypted in the state, and nowhere in what is printed."""
    password = (
        shop.stack.scratch.pulumi(
            "config", "get", "--path", "flask-deploy:secrets.DATABASE_URL", "--stack", shop.stack.name
        )
        .stdout.split(":")[2]
        .partition("@")[0]
    )
    state = shop.stack.scratch.pulumi("stack", "export", "--stack", shop.stack.name).stdout

    assert len(password) > 20
    assert password not in state
    assert password not in said(shop.stack.preview("--diff", "--refresh"))


def test_a_stranger_s_app_is_served(shop: Rehearsed) -> None:
    """A factory in a package, of which nothing is known but its folder."""
    shop.stack.config({"flask-deploy:app": None})
    app = {"name": "stranger", "path": str(ROOT / "tests" / "apps" / "factory")}
    shop.stack.config({"flask-deploy:app": app})
    words = said(shop.stack.up())

    assert "notes:create_app()" in words
    assert shop.get().json() == []


def test_destroy_empties_the_account(shop: Rehearsed) -> None:
    """App and machine are gone."""
    url = shop.url
    shop.stack.destroy()

    assert shop.account.is_empty()
    with pytest.raises(SandboxError):
        check.ask(url, seconds=3)
