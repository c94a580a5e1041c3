"""Target beanstalk by the pulumi CLI, against the emulated AWS: an instance is a machine of the sandbox.

Each test goes on where the last one ended.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import said
from rehearsal import Rehearsed, author, changed, make
from visitor import Visitor

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


def running(shop: Rehearsed) -> str:
    """The version that the service says is deployed."""
    (row,) = shop.account.table("environments").values()
    return str(row["version"])


def secrets(shop: Rehearsed) -> set[str]:
    """All values that Secrets Manager holds."""
    rows = shop.account.table("secrets").values()
    return {value for row in rows for value in row["versions"].values()}


# What a release changes, and nothing else.
NEW_VERSION = {
    **dict.fromkeys(("deployment", "bundle", "version"), "replaced"),
    **dict.fromkeys(("environment", "probe"), "updated"),
}


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


@pytest.mark.covers("P1")
def test_the_second_up_changes_nothing(shop: Rehearsed, tmp_path: Path) -> None:
    """Nor one from another folder, where no bundle is yet, with a refresh, after AWS published a platform."""
    shop.stack.up("--expect-no-changes")
    newer = "64bit Amazon Linux 2023 v4.10.0 running Python 3.13"
    shop.account.put("solutionStacks", newer, {})
    shop.clone(tmp_path).up("--refresh", "--expect-no-changes")
    shop.account.drop("solutionStacks", newer)


@pytest.mark.covers("P3")
def test_the_old_version_serves_until_the_new_one_answers(shop: Rehearsed) -> None:
    """A changed app is a new version on a new instance, and only what must change does."""
    shop.edit("bookstore/status.py", '"links"', '"edition": "second", "links"')
    before = instance(shop)
    with Visitor(f"{shop.url}/", pause=0.2) as visitor:
        result = shop.stack.up()

    assert changed(result) == NEW_VERSION
    assert shop.get().json()["edition"] == "second"
    assert instance(shop) != before
    assert len(labels(shop)) == 2
    assert len(visitor.answers) > 20
    # The address moves from one instance to the other: a request in flight at that very moment is lost.
    # Behind a balancer none is: tests/plugins/aws/test_environment.py.
    assert [status for status in visitor.statuses if status != 200][1:] == []


def test_a_pin_goes_back_to_a_kept_version(shop: Rehearsed) -> None:
    """With today's variables, and only when it answers; each run says that it is pinned."""
    first, second = labels(shop)
    shop.pin("v-0123456789ab-0a1b2c")
    result = shop.stack.up(check=False)
    assert result.returncode != 0
    assert "aws elasticbeanstalk describe-application-versions" in said(result)
    assert (running(shop), shop.get().json()["edition"]) == (second, "second")

    shop.pin(first)
    result = shop.stack.up()
    assert changed(result)["environment"] == "updated"
    assert f"pinned to release {first}" in said(result)
    assert (running(shop), "edition" in shop.get().json()) == (first, False)
    assert "written and read back" in shop.checked()
    assert f"pinned to release {first}" in said(shop.stack.up("--expect-no-changes"))
    assert labels(shop) == [first, second]


def test_without_the_pin_it_goes_forward_again(shop: Rehearsed) -> None:
    """A new version of today's app; the others are still there."""
    kept = labels(shop)
    shop.pin("")
    shop.stack.up()

    assert shop.get().json()["edition"] == "second"
    assert labels(shop)[:2] == kept
    assert labels(shop)[2:] == [running(shop)]


def test_another_balancer_is_said_to_be_a_replacement(shop: Rehearsed) -> None:
    """In the preview, before anything is gone."""
    shop.stack.config({"flask-deploy:beanstalk": {"loadBalancer": "application"}})
    words = said(shop.stack.preview())
    shop.stack.config({"flask-deploy:beanstalk": {"loadBalancer": "single"}})

    assert re.search(r"environment +replace", words)


def test_a_changed_variable_is_a_release_too(shop: Rehearsed) -> None:
    """A version of its own on an instance of its own, so that it can be rolled back; a secret likewise."""
    before = instance(shop)
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "hello"}}})
    shop.stack.secret("flask-deploy:secrets.TOKEN", "first")

    shop.stack.up()
    assert instance(shop) != before
    assert "written and read back" in shop.checked()
    assert "first" in secrets(shop)


@pytest.mark.covers(87, "P16")
def test_what_the_provider_only_remembers_as_done_is_healed_by_a_refresh(shop: Rehearsed) -> None:
    """An update that AWS refused once: the run fails, and says what heals; that does."""
    shop.stack.config({"flask-deploy:app": {"environment": {"GREETING": "good evening"}}})
    shop.account.plant_fault("aws:elasticbeanstalk/environment:Environment", "update", "failed")
    failed = shop.stack.up(check=False)

    assert failed.returncode != 0
    assert "pulumi up --refresh" in said(failed)
    assert changed(shop.stack.up("--refresh"))["environment"] == "updated"
    assert "written and read back" in shop.checked()


@pytest.mark.covers(60, 89, "P2")
def test_what_fails_leaves_what_serves(shop: Rehearsed) -> None:
    """A crash at start, with a new secret and another name for the app: the run fails and says why.

    What serves has what it needs, also when its instance starts again; no name of it has changed.
    """
    before, version, url = instance(shop), running(shop), shop.url
    shop.edit("run.py", "application = create_app()", "application = create_app()\nimport no_such_module")
    shop.stack.secret("flask-deploy:secrets.TOKEN", "second")
    shop.stack.config({"flask-deploy:app": {"name": "novel"}})
    result = shop.stack.up(check=False)
    shop.edit("run.py", "\nimport no_such_module", "")

    assert result.returncode != 0
    assert "ModuleNotFoundError: No module named 'no_such_module'" in said(result)
    assert "add it to the app's requirements" in said(result)
    assert "the app ended while it was starting" in said(result)
    assert "what served before still serves" in said(result)
    assert "app.name: bookstore was here first" in said(result)
    assert (instance(shop), running(shop), shop.url) == (before, version, url)
    assert {"first", "second"} <= secrets(shop)
    found = machines.find(before)
    assert found is not None
    machines.reboot(found)
    assert check.until_answers(f"{url}/authors").status == 200


@pytest.mark.covers(60)
def test_the_name_can_be_taken_back(shop: Rehearsed) -> None:
    """One run does it: a version that serves, and what was drawn for the other name goes when that does."""
    shop.stack.config({"flask-deploy:app": {"name": "bookstore"}})
    result = shop.stack.up()

    assert "was here first" not in said(result)
    assert "written and read back" in shop.checked()
    assert {"first", "second"} & secrets(shop) == {"second"}
    assert len(shop.account.table("secrets")) == 2


def test_a_failing_release_command_too_and_a_run_with_a_refresh_heals(shop: Rehearsed) -> None:
    """It runs before the app starts.

    Without the refresh the new secret would not arrive: the provider sends what differs from the release that
    failed, and Elastic Beanstalk has gone back behind that.
    """
    before = instance(shop)
    shop.stack.secret("flask-deploy:secrets.TOKEN", "third")
    shop.stack.config({"flask-deploy:app": {"releaseCommand": "flask --app run no-such-command"}})
    result = shop.stack.up(check=False)

    assert result.returncode != 0
    assert "No such command 'no-such-command'" in said(result)
    assert "app.releaseCommand" in said(result)
    assert instance(shop) == before
    assert shop.get().status == 200
    shop.stack.config({"flask-deploy:app": {"releaseCommand": "flask --app run db upgrade"}})
    shop.stack.up("--refresh")
    assert "written and read back" in shop.checked()
    assert {"second", "third"} & secrets(shop) == {"third"}


def test_a_stranger_s_app_is_served(shop: Rehearsed) -> None:
    """A factory in a package, of which nothing is known but its folder."""
    shop.stack.config({"flask-deploy:app": None})
    app = {"name": "stranger", "path": str(ROOT / "tests" / "apps" / "factory"), "python": "3.13"}
    shop.stack.config({"flask-deploy:app": app})
    words = said(shop.stack.up())

    assert "notes:create_app()" in words
    assert shop.get().json() == []


@pytest.mark.covers("P13")
def test_destroy_leaves_what_it_said(shop: Rehearsed) -> None:
    """Kept versions and bundles go with application and bucket; Elastic Beanstalk's own bucket stays."""
    url, last = shop.url, instance(shop)
    words = said(shop.stack.destroy())

    own = shop.account.table("buckets")
    assert f"{next(iter(own))} stays" in words
    assert list(own) == ["elasticbeanstalk-eu-central-1-123456789012"]
    shop.account.drop("buckets", next(iter(own)))
    assert shop.account.is_empty()
    assert machines.find(last) is None
    with pytest.raises(SandboxError):
        check.ask(url, seconds=3)
