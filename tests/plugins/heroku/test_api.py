"""The platform beside the provider: over HTTP, by hand, and when something was cut off."""

from __future__ import annotations

import io
import json
import socket
import tarfile
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from waiting import until

from plugins.heroku.cases import APP, BUILD, SOURCE, an_app, of, rows, shows, write
from plugins.heroku.conftest import KEY
from plugins.heroku.double import Double, Site
from sandbox.machines import MachineError, locks
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.cloud.workers import lock_file
from sandbox.plugins.heroku import commands, worker
from sandbox.plugins.heroku.api import apps, builds
from sandbox.plugins.heroku.api.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from plugins.cloud import Cloud


class Asleep(Double):
    """A host whose workers do not start: as if they were killed at once."""

    def wake(self, app_id: str) -> None:
        """Do nothing."""


@pytest.fixture
def asleep(tmp_path: Path) -> Platform:
    """A platform that takes orders, and does nothing about them."""
    account = Account(tmp_path / "account")
    return Platform(account, Asleep(account))


def ask(url: str, key: str, body: dict[str, Any] | None = None) -> str:
    """Ask an API over HTTP."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Authorization": f"Bearer {key}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - this computer's
        text: str = answer.read().decode()
        return text


def source() -> bytes:
    """The usual source's archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in SOURCE.items():
            entry = tarfile.TarInfo(f"src/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return buffer.getvalue()


def ordered(platform: Platform) -> tuple[str, str]:
    """An app and a build that was asked for."""
    app = apps.create(platform, {"name": "shop", "region": "us"})["id"]
    name = builds.new_source()
    builds.upload(platform, name, source())
    return app, builds.create(platform, app, source=name)["id"]


def test_a_log_over_http(starting: Callable[..., Cloud]) -> None:
    """An API on the loopback is served there: a program's own requests are answered, with the key."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    app = an_app(starting(HEROKU_API_URL=url))
    session = json.loads(ask(f"{url}/apps/{app.inputs['name']}/log-sessions", KEY, {"lines": 1}))
    assert ask(session["logplex_url"], "").startswith("heroku-shop-")
    for key, path, status in (("another", "apps/x", 401), (KEY, "apps/x", 404), (KEY, "no/such", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(f"{url}/{path}", key)
        assert refused.value.code == status
        refused.value.close()


def test_an_app_that_is_managed_elsewhere(cloud: Cloud) -> None:
    """heroku.app.get_app tells what the API tells."""
    made = an_app(cloud, configVars={"A": "1"}, buildpacks=["heroku/python"])
    found = cloud.call("heroku:app/getApp:getApp", {"name": made.inputs["name"]})
    assert (found["id"], found["webUrl"], found["configVars"]) == (made.id, made.state["webUrl"], {"A": "1"})


def test_a_machine_that_was_taken_away(cloud: Cloud) -> None:
    """An app without its machine is gone: a refresh tells."""
    made = an_app(cloud)
    (cloud.account.folder / "machines" / cloud.account.table("apps")[made.id]["machine"]).unlink()
    assert not cloud.refresh(made)
    assert made.id not in cloud.account.table("apps")


def test_no_work_without_a_machine(asleep: Platform) -> None:
    """What was taken away does not come back as an empty machine."""
    app, build = ordered(asleep)
    asleep.host.drop(asleep.account.table("apps")[app]["machine"])
    worker.work(asleep, app, Site)
    assert asleep.account.table("builds")[build]["status"] == "pending"


def test_a_worker_that_was_killed_has_a_successor(asleep: Platform) -> None:
    """Whoever asks for a pending build starts the work again."""
    app, build = ordered(asleep)
    assert builds.info(asleep, app, build)["status"] == "pending"
    awake = Platform(asleep.account, Double(asleep.account))
    until(lambda: builds.info(awake, app, build)["status"] == "succeeded")
    assert "Released v3" in builds.output(awake, build)
    assert list((asleep.account.folder / "sources").iterdir()) == []


def test_a_machine_that_does_not_start(asleep: Platform) -> None:
    """The build fails with the reason: nobody waits for it for ever."""

    def broken(name: str) -> Site:
        raise MachineError(f"{name} does not start")

    app, build = ordered(asleep)
    with pytest.raises(MachineError):  # of what comes after the build: nothing can be told to the machine
        worker.work(asleep, app, broken)
    assert builds.info(asleep, app, build)["status"] == "failed"
    assert "does not start" in builds.output(asleep, build)


def test_one_worker_for_each_app(asleep: Platform) -> None:
    """While one works, another leaves at once."""
    app, build = ordered(asleep)
    with locks.attempt(lock_file(asleep.account, app)) as mine:
        assert mine
        worker.work(asleep, app, Site)
        assert builds.info(asleep, app, build)["status"] == "pending"
    worker.work(asleep, app, Site)
    assert builds.info(asleep, app, build)["status"] == "succeeded"


def test_a_source_that_can_not_be_fetched(asleep: Platform) -> None:
    """The build fails, and its log says why."""
    app = apps.create(asleep, {"name": "shop", "region": "us"})["id"]
    build = builds.create(asleep, app, url="https://127.0.0.1:9/a.tgz")["id"]
    worker.work(asleep, app, Site)
    assert builds.info(asleep, app, build)["status"] == "failed"
    assert "Unable to fetch the source" in builds.output(asleep, build)


def test_a_checksum_that_does_not_fit(asleep: Platform) -> None:
    """The build fails before it begins."""
    app = apps.create(asleep, {"name": "shop", "region": "us"})["id"]
    name = builds.new_source()
    builds.upload(asleep, name, source())
    build = builds.create(asleep, app, source=name, checksum="SHA256:0")["id"]
    worker.work(asleep, app, Site)
    assert builds.info(asleep, app, build)["status"] == "failed"
    assert "Checksum mismatch" in builds.output(asleep, build)


def test_a_deletion_that_was_cut_off_is_finished(asleep: Platform) -> None:
    """A machine that a deleted app left is taken down with the next one that is made."""
    left = "heroku-old-abcdef"
    asleep.host.claim(left)
    asleep.account.put("leaving", left, {"app": "x"})
    apps.create(asleep, {"name": "shop", "region": "us"})
    assert not asleep.host.exists(left)
    assert asleep.account.table("leaving") == {}


def test_an_archive_is_built_as_it_is(cloud: Cloud, tmp_path: Path) -> None:
    """A path may be an archive; its checksum is the file's, and Heroku compares it."""
    path = tmp_path / "a.tgz"
    path.write_bytes(source())
    app = an_app(cloud)
    wanted = {"appId": app.id, "source": {"path": str(path), "version": "0123456789"}}
    made = cloud.make(BUILD, wanted)
    (build,) = rows(cloud, "builds", app.id)
    assert build["checksum"] == made.state["localChecksum"]
    assert rows(cloud, "releases", app.id)[-1]["description"] == "Deploy 01234567"


def test_commands(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apps, releases and a rollback by hand; what is not there is an error."""
    monkeypatch.setattr(commands, "MachineHost", Double)
    made = an_app(cloud)
    cloud.make(BUILD, {"appId": made.id, "source": {"path": str(write(tmp_path / "src"))}})
    name = made.inputs["name"]
    of(cloud).set_config_vars(made.id, {"A": "1"})
    account = ["--account", str(cloud.account.folder)]
    for command in (["apps"], ["releases", name], ["ps", name], ["logs", name], ["rollback", name, "v3"]):
        assert commands.main([*account, *command]) == 0
    said = capsys.readouterr().out
    assert f"{name:30} {made.state['webUrl']}" in said
    assert "v4    current" in said
    assert "v5: Rollback to v3" in said
    assert shows(cloud, made.id) == "succeeded"
    assert commands.main([*account, "restart", "nobodys"]) == 1
    assert "error: Couldn't find that app." in capsys.readouterr().err


def test_a_type_that_is_not_emulated(cloud: Cloud) -> None:
    """It is refused, not made up."""
    with pytest.raises(Exception, match="addon/addon:Addon' not found"):
        cloud.check("heroku:addon/addon:Addon", {"plan": "heroku-postgresql:essential-0"})
    assert cloud.check(APP, {"region": "us"}) == []
