"""Target beanstalk by the pulumi CLI, against the emulated AWS: an instance is a machine of the sandbox.

Each test goes on where the last one ended.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deployment import said
from rehearsal import Rehearsed, author, changed, make

from sandbox import check, machines
from sandbox.paths import ROOT
from sandbox.say import SandboxError


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    rehearsed = make("beanstalk", tmp_path_factory.mktemp("beanstalk"))
    yield rehearsed
    rehearsed.stack.destroy(check=False)
    rehearsed.stack.scratch.remove()


def instance(shop: Rehearsed) -> str:
    """The machine that serves."""
    (row,) = shop.account.table("environments").values()
    (name,) = row["instances"]
    return str(name)


# What a release changes, and nothing else.
NEW_VERSION = {
    **dict.fromkeys(("deployment", "bundle", "version"), "replaced"),
    **dict.fromkeys(("environment", "probe"), "updated"),
}


@contextmanager
def asked(url: str) -> Iterator[list[int]]:
    """Ask a URL all the time; the status of each answer, 0 for none."""
    seen: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.2):
            try:
                seen.append(check.ask(url, seconds=5).status)
            except SandboxError:
                seen.append(0)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield seen
    finally:
        done.set()
        asking.join()


def labels(shop: Rehearsed) -> list[str]:
    """The application versions that there are, the oldest first."""
    rows = sorted(shop.account.table("versions").values(), key=lambda row: float(row["created"]))
    return [row["label"] for row in rows]


def test_the_first_up_serves_the_app(shop: Rehearsed) -> None:
    """From an empty account: the environment, with the release command run; it answers, static files too."""
    shop.stack.preview()
    shop.stack.up()

    assert "written and read back" in shop.checked()


def test_a_record_outlives_a_restart_of_the_instance(shop: Rehearsed) -> None:
    """It is in the database; the app and the proxy come back by themselves."""
    record = author(shop.url, "Restart")
    found = machines.find(instance(shop))
    assert found is not None
    machines.reboot(found)

    assert check.until_answers(f"{shop.url}/authors/{record['id']}").json() == record


def test_the_second_up_changes_nothing(shop: Rehearsed, tmp_path: Path) -> None:
    """Nor one from another folder, where the bundle is not there yet, with a refresh before."""
    shop.stack.up("--expect-no-changes")
    shop.clone(tmp_path).up("--refresh", "--expect-no-changes")


def test_the_old_version_serves_until_the_new_one_answers(shop: Rehearsed) -> None:
    """A changed app is a new version on a new instance, and only what must change does."""
    shop.edit("bookstore/status.py", '"links"', '"edition": "second", "links"')
    before = instance(shop)
    with asked(f"{shop.url}/") as seen:
        result = shop.stack.up()

    assert changed(result) == NEW_VERSION
    assert shop.get().json()["edition"] == "second"
    assert instance(shop) != before
    assert len(labels(shop)) == 2
    assert len(seen) > 20
    assert set(seen) == {200}


def test_a_changed_variable_is_a_release_too(shop: Rehearsed) -> None:
    """A version of its own on an instance of its own, so that it can be rolled back."""
    before = instance(shop)
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "hello"}}})

    assert changed(shop.stack.up()) == NEW_VERSION
    assert instance(shop) != before
    assert "written and read back" in shop.checked()


def test_what_the_provider_only_remembers_as_done_is_found_out(shop: Rehearsed) -> None:
    """An update that AWS refused once: the next run is not green, and says what heals; that does."""
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "good evening"}}})
    shop.account.plant_fault("aws:elasticbeanstalk/environment:Environment", "update", "failed")
    shop.stack.config({"flask-deploy:app": {"health": {"timeout": 5}}})
    assert shop.stack.up(check=False).returncode != 0

    result = shop.stack.up("--refresh")
    assert changed(result) == {"environment": "updated", "probe": "updated"}
    assert "written and read back" in shop.checked()


def test_a_crash_at_start_is_no_green_up(shop: Rehearsed) -> None:
    """Beanstalk rolls back: what served serves on, the run fails and says why; going back heals."""
    before = instance(shop)
    shop.edit("run.py", "application = create_app()", "application = create_app()\nimport no_such_module")
    result = shop.stack.up(check=False)
    shop.edit("run.py", "\nimport no_such_module", "")

    assert result.returncode != 0
    assert "the app ended while it was starting; what served before still serves" in said(result)
    assert instance(shop) == before
    assert shop.get().status == 200
    shop.stack.up()
    assert "written and read back" in shop.checked()
    # A, B, and B again, since what is kept of the last good one is not taken for it: docs/adr/0012.
    assert len(set(labels(shop))) == 4


def test_a_stranger_s_app_is_served(shop: Rehearsed) -> None:
    """A factory in a package, of which nothing is known but its folder."""
    shop.stack.config({"flask-deploy:app": None})
    app = {"name": "stranger", "path": str(ROOT / "tests" / "apps" / "factory"), "python": "3.13"}
    shop.stack.config({"flask-deploy:app": app})
    words = said(shop.stack.up())

    assert "notes:create_app()" in words
    assert shop.get().json() == []


def test_destroy_empties_the_account(shop: Rehearsed) -> None:
    """Kept versions and their bundles too: they go with application and bucket."""
    url, last = shop.url, instance(shop)
    shop.stack.destroy()

    assert shop.account.is_empty()
    assert machines.find(last) is None
    with pytest.raises(SandboxError):
        check.ask(url, seconds=3)
