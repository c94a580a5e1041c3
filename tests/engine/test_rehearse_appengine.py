"""Target appengine by the pulumi CLI, against the emulated Google Cloud: an app is a machine.

Each test goes on where the last one ended.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deployment import said
from rehearsal import Rehearsed, author, changed, make
from visitor import Visitor

from sandbox import check
from sandbox.paths import ROOT
from sandbox.plugins.gcp import commands, document
from sandbox.plugins.gcp.apps import Apps

PROJECT = "bookstore-rehearsal"
# What a release that is only code changes.
RELEASE = {
    "attempt": "replaced",
    "code": "replaced",
    "version": "replaced",
    "probe-version": "updated",
    "traffic": "replaced",
    "probe": "updated",
}


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    rehearsed = make("appengine", tmp_path_factory.mktemp("appengine"))
    yield rehearsed
    rehearsed.stack.destroy(check=False)
    Apps(rehearsed.account).drop(PROJECT)
    rehearsed.stack.scratch.remove()


def versions(shop: Rehearsed) -> dict[str, Any]:
    """The versions that the account has."""
    return document.versions(document.present(shop.account), PROJECT, "default")


def restart(shop: Rehearsed) -> None:
    """End all instances: each request from now on needs a new one, which reads its secrets when it starts."""
    assert commands.main(["--account", str(shop.account.folder), "restart"]) == 0


def test_the_first_up_serves_the_app(shop: Rehearsed) -> None:
    """From an empty project: APIs, application, version, traffic; it answers, static files too."""
    shop.stack.preview()
    shop.stack.up()

    assert "written and read back" in shop.checked()
    assert shop.stack.outputs()["url"] == f"https://{PROJECT}.ew.r.appspot.com"


def test_a_record_outlives_a_restart_of_the_instance(shop: Rehearsed) -> None:
    """It is in the database; the next request starts another instance."""
    record = author(shop.url, "Restart")
    restart(shop)

    assert check.until_answers(f"{shop.url}/authors/{record['id']}").json() == record


@pytest.mark.covers("P1")
def test_the_second_up_changes_nothing(shop: Rehearsed) -> None:
    """Nothing is asked of Google, so nothing can differ."""
    shop.stack.up("--expect-no-changes")


def test_a_fresh_clone_has_nothing_to_do(shop: Rehearsed, tmp_path: Path) -> None:
    """The project in another folder, where nothing is staged yet, and a refresh before."""
    shop.clone(tmp_path).up("--refresh", "--expect-no-changes")


@pytest.mark.covers("P3")
def test_a_changed_app_is_served_without_a_gap(shop: Rehearsed) -> None:
    """A new object and version, the traffic, the probes; nobody who asks meanwhile meets a failure."""
    before = shop.stack.outputs()
    shop.edit("bookstore/status.py", '"links"', '"edition": "second", "links"')
    with Visitor(f"{shop.url}/authors", patience=30) as visitor:
        result = shop.stack.up()
    after = shop.stack.outputs()

    assert changed(result) == RELEASE
    assert shop.get().json()["edition"] == "second"
    assert set(visitor.statuses) == {200}
    releases = [release for _, release in visitor.answers]
    assert set(releases) == {before["release"], after["release"]}
    assert releases == sorted(releases, key=[before["release"], after["release"]].index)
    assert set(versions(shop)) == {before["version"], after["version"]}


@pytest.mark.covers("P4")
def test_a_pin_goes_back_to_a_kept_version(shop: Rehearsed) -> None:
    """By traffic alone, once it has answered; each run says that it is pinned."""
    first, second = sorted(versions(shop), key=lambda each: each == shop.stack.outputs()["version"])
    shop.pin("r0123456789ab-0a1b2c")
    result = shop.stack.up(check=False)
    assert result.returncode != 0
    assert "gcloud app versions list --service default" in said(result)
    assert shop.get().json()["edition"] == "second"

    shop.pin(first)
    with Visitor(f"{shop.url}/authors", patience=30) as visitor:
        result = shop.stack.up()
    assert changed(result)["traffic"] == "replaced"
    assert f"pinned to release {first}" in said(result)
    assert "edition" not in shop.get().json()
    assert set(visitor.statuses) == {200}
    assert "written and read back" in shop.checked()
    assert f"pinned to release {first}" in said(shop.stack.up("--expect-no-changes"))
    assert set(versions(shop)) == {first, second}


def test_without_the_pin_it_goes_forward_again(shop: Rehearsed) -> None:
    """A new version of today's app; the others are still there."""
    kept = set(versions(shop))
    shop.pin("")
    shop.stack.up()

    assert shop.get().json()["edition"] == "second"
    assert set(versions(shop)) == {*kept, shop.stack.outputs()["version"]}
    assert len(versions(shop)) == 3


@pytest.mark.covers("P2")
def test_a_crash_at_start_gets_no_traffic(shop: Rehearsed) -> None:
    """Google takes a version that writes where no disk is, and so crashes; the probe finds out.

    What served goes on; mended, the new one serves.
    """
    before = shop.stack.outputs()["release"]
    crash = "\nopen('written', 'w').close()\n"
    shop.edit("run.py", "application = create_app()\n", f"application = create_app()\n{crash}")
    with Visitor(f"{shop.url}/authors", patience=30) as visitor:
        result = shop.stack.up(check=False)
    shop.edit("run.py", crash, "\n# mended\n")

    assert result.returncode != 0
    assert set(visitor.answers) == {(200, before)}
    assert "OSError: [Errno 30] Read-only file system: 'written'" in said(result)
    assert "the app writes beside its code, and only /tmp can be written to" in said(result)
    shop.stack.up()
    assert "written and read back" in shop.checked()


@pytest.mark.covers(60)
def test_a_rename_whose_build_fails_takes_nothing_away(shop: Rehearsed) -> None:
    """A requirement that does not exist: explained. What serves can start again, by its account and secrets.

    Putting name and requirement back is enough.
    """
    old = (shop.app / "requirements.txt").read_text()
    (shop.app / "requirements.txt").write_text("flask==99.9\n")
    shop.stack.config({"flask-deploy:app": {"name": "novel"}})
    result = shop.stack.up(check=False)
    (shop.app / "requirements.txt").write_text(old)

    assert result.returncode != 0
    assert "No matching distribution found for flask==99.9" in said(result)
    assert "what served before still serves" in said(result)
    restart(shop)
    assert "written and read back" in shop.checked()

    shop.stack.config({"flask-deploy:app": {"name": "bookstore"}})
    with Visitor(f"{shop.url}/authors", patience=30) as visitor:
        shop.stack.up()
    assert set(visitor.statuses) == {200}
    assert "written and read back" in shop.checked()


@pytest.mark.covers(87, "P16")
def test_traffic_that_could_not_be_moved_is_moved_by_the_next_up(shop: Rehearsed) -> None:
    """The provider would remember it as done; a split is made anew for each release, so it is repeated."""
    shop.edit("bookstore/status.py", '"edition": "second"', '"edition": "third"')
    shop.account.plant_fault("gcp:appengine/engineSplitTraffic:EngineSplitTraffic", "*", "failed", times=1)
    result = shop.stack.up(check=False)

    assert result.returncode != 0
    assert shop.get().json()["edition"] == "second"
    shop.stack.up()
    assert shop.get().json()["edition"] == "third"


def test_a_changed_secret_is_a_release(shop: Rehearsed) -> None:
    """The value stands encrypted in the state and nowhere in what is printed; a changed one arrives.

    A version that is gone back to reads its own.
    """
    shop.edit("bookstore/status.py", '"links"', '"moon": __import__("os").environ["MOON"], "links"')
    shop.stack.secret("flask-deploy:secrets.MOON", "canary-of-a-secret")
    shop.stack.up()
    state = shop.stack.scratch.pulumi("stack", "export", "--stack", shop.stack.name).stdout
    assert shop.get().json()["moon"] == "canary-of-a-secret"
    assert "canary-of-a-secret" not in state
    assert "canary-of-a-secret" not in said(shop.stack.preview("--diff", "--refresh"))
    first = shop.stack.outputs()["version"]

    shop.stack.secret("flask-deploy:secrets.MOON", "another")
    shop.stack.up()
    assert shop.get().json()["moon"] == "another"

    shop.pin(first)
    shop.stack.up()
    assert shop.get().json()["moon"] == "canary-of-a-secret"
    shop.pin("")


def test_a_stranger_s_app_is_served(shop: Rehearsed) -> None:
    """A package in a src layout, of which nothing is known but its folder; no account comes or goes."""
    accounts = document.present(shop.account)["accounts"].keys()
    shop.stack.config({"flask-deploy:app": None})
    app = {"name": "stranger", "path": str(ROOT / "tests" / "apps" / "src_layout")}
    shop.stack.config({"flask-deploy:app": {**app, "environment": {"WORK_ENV": "PROD"}}})
    shop.stack.up()

    assert shop.get().body == b"shop PROD"
    assert document.present(shop.account)["accounts"].keys() == accounts


@pytest.mark.covers("P13", 94)
def test_destroy_leaves_only_what_it_said(shop: Rehearsed) -> None:
    """The application, its versions and the APIs stay, and destroy says so; the rest is gone."""
    url = shop.url
    words = said(shop.stack.destroy())
    tables = document.present(shop.account)

    assert "application" in words
    assert "versions" in words
    assert tables["applications"].keys() == {PROJECT}
    assert versions(shop)
    assert not [name for name in tables["buckets"] if not name.endswith(".appspot.com")]
    assert not [email for email in tables["accounts"] if email.endswith(".iam.gserviceaccount.com")]
    assert check.ask(url).status == 200


@pytest.mark.covers(93)
def test_a_second_life_adopts_the_application(shop: Rehearsed) -> None:
    """There is one in the project: to make it is refused and explained, to adopt it works."""
    result = shop.stack.up(check=False)
    assert result.returncode != 0
    assert "createApplication" in said(result)

    shop.stack.config({"flask-deploy:appengine": {"createApplication": False}})
    shop.stack.up()
    assert shop.get().body == b"shop PROD"
