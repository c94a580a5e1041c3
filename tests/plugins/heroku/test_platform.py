"""The platform with a real machine: what is built, what runs, what a restart keeps. One app, one story."""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from waiting import until

from sandbox import machines
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.heroku.api import apps, builds, formation, releases
from sandbox.plugins.heroku.api.platform import Platform
from sandbox.plugins.heroku.machine_host import MachineHost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = """\
import json, os, pathlib
pathlib.Path("/app/booted").touch()

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/write":
        pathlib.Path("/app/written").touch()
    if path == "/static/a.txt":
        body = pathlib.Path("static/a.txt").read_bytes()
    else:
        body = json.dumps({
            "cwd": os.getcwd(),
            "env": dict(os.environ),
            "files": sorted(os.listdir("/app")),
            "headers": {k: v for k, v in environ.items() if k.startswith("HTTP_")},
            "uid": os.getuid(),
        }).encode()
    start_response("200 OK", [("X-Release", os.environ["MARK"]), ("Content-Length", str(len(body)))])
    return [body]
"""
SOURCE = {
    ".python-version": "3.13\n",
    "Procfile": "web: gunicorn app:application\n",
    "app.py": APP,
    "bin/post_compile": "#!/bin/sh\necho built with $BUILT > built.txt\n",
    "requirements.txt": "gunicorn==23.0.0\n",
    "static/a.txt": "hello\n",
}
ODD = "a 'b' \"c\" $D\n\\e"


@dataclass(frozen=True)
class Answer:
    """What the router answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def seen(self) -> Any:
        """What the app saw."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Shop:
    """The app under test."""

    platform: Platform
    id: str

    @property
    def row(self) -> dict[str, Any]:
        """What the API knows of it."""
        return apps.info(self.platform, self.id)

    def build(self, **files: str) -> dict[str, Any]:
        """Build the usual source with these files, and wait for the end."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, content in {**SOURCE, **files}.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content.encode())
                tar.addfile(entry, io.BytesIO(content.encode()))
        source = builds.new_source()
        builds.upload(self.platform, source, buffer.getvalue())
        made = builds.create(self.platform, self.id, source=source)
        while (made := builds.info(self.platform, self.id, made["id"]))["status"] == "pending":
            time.sleep(0.2)
        return {**made, "log": builds.output(self.platform, made["id"])}

    def get(self, path: str = "/", **headers: str) -> Answer:
        """Ask the router."""
        request = urllib.request.Request(f"http://{self.row['address']}{path}", headers=headers)
        try:
            reply = urllib.request.urlopen(request, timeout=100)  # noqa: S310 - the sandbox's
        except urllib.error.HTTPError as error:
            reply = error
        with reply:
            return Answer(reply.status, dict(reply.headers), reply.read().decode())

    def answer(self, right: Callable[[Answer], bool]) -> Answer:
        """The first right answer after what was asked for has been handed over to the machine.

        The machine takes it up in its own time: what served before may answer first.
        """
        until(lambda: self.row["generation"] == self.row["applied"])
        deadline = time.monotonic() + 60
        while not right(answer := self.get()):
            assert time.monotonic() < deadline, f"the last answer: {answer}"
            time.sleep(0.1)
        return answer

    def log(self) -> str:
        """The app's log."""
        return self.platform.host.logs(self.row["machine"])

    def says(self, text: str) -> None:
        """Wait until the app's log has a text: router and dynos write theirs beside their work."""
        until(lambda: text in self.log(), text)

    def release(self) -> dict[str, Any]:
        """The newest release."""
        return releases.all_of(self.platform, self.id)[0]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An app with one good release."""
    account = Account(tmp_path_factory.mktemp("heroku") / "account")
    platform = Platform(account, MachineHost(account))
    row = apps.create(platform, {"name": "platform-test", "region": "us", "stack": "heroku-24"})
    made = Shop(platform, row["id"])
    try:
        apps.set_buildpacks(platform, made.id, ["heroku/python"])
        releases.set_config_vars(
            platform, made.id, {"MARK": "one", "BUILT": "care", "ODD": "a 'b' \"c\" $D\n\\e"}
        )
        built = made.build()
        assert built["status"] == "succeeded", built["log"]
        yield made
    finally:
        apps.delete(platform, made.id)
    assert machines.find(row["machine"]) is None
    assert account.is_empty()


def test_it_serves(shop: Shop) -> None:
    """The dyno has the config vars, Heroku's own variables, the profile's, and the router's headers."""
    answer = shop.answer(lambda answer: answer.status == 200)
    assert (answer.headers["X-Release"], answer.headers["Via"]) == ("one", "1.1 heroku-router")
    env, headers = answer.seen["env"], answer.seen["headers"]
    assert env["ODD"] == ODD
    assert (env["DYNO"], env["HOME"], env["WEB_CONCURRENCY"], env["DYNO_RAM"]) == (
        "web.1",
        "/app",
        "2",
        "512",
    )
    assert (env["FORWARDED_ALLOW_IPS"], env["GUNICORN_CMD_ARGS"]) == ("*", "--access-logfile -")
    assert (env["PYTHONUNBUFFERED"], env["PYTHONPATH"]) == ("true", "/app")
    assert env["PATH"] == "/app/.heroku/python/bin:/usr/local/bin:/usr/bin:/bin"
    assert not {name for name in env if name.startswith(("SYSTEMD", "MEMORY", "INVOCATION"))}
    assert answer.seen["cwd"] == "/app"
    assert answer.seen["uid"] != 0
    assert (headers["HTTP_X_FORWARDED_PROTO"], headers["HTTP_X_FORWARDED_PORT"]) == ("http", "80")
    assert headers["HTTP_X_FORWARDED_FOR"]
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["HTTP_X_REQUEST_ID"])
    assert "built.txt" in answer.seen["files"]
    assert shop.get("/static/a.txt").text == "hello\n"
    assert shop.get("/", Host="nobody.example.com").status == 404
    shop.says('heroku[router]: at=info method=GET path="/static/a.txt"')


def test_the_disk_is_gone_after_a_restart(shop: Shop) -> None:
    """What a dyno writes is its own: https://devcenter.heroku.com/articles/dynos#ephemeral-filesystem."""
    shop.get("/write")
    assert "written" in shop.get().seen["files"]
    apps.restart(shop.platform, shop.id)
    shop.answer(lambda answer: answer.status == 200 and "written" not in answer.seen["files"])
    shop.says("heroku[web.1]: State changed from up to starting")
    shop.says("heroku[web.1]: Process exited with status 0")


def test_a_config_change_restarts(shop: Shop) -> None:
    """It makes a release, whose dynos have the new value."""
    before = shop.release()["version"]
    releases.set_config_vars(shop.platform, shop.id, {"MARK": "two"})
    assert shop.release()["version"] == before + 1
    shop.answer(lambda answer: answer.headers.get("X-Release") == "two")
    shop.says("app[api]: Set MARK config vars by user")


def test_a_failed_build_changes_nothing(shop: Shop) -> None:
    """The old release serves on; the log has pip's own words, in Heroku's colours."""
    before = shop.release()
    built = shop.build(**{"requirements.txt": "no-such-package-of-anyone==1\n"})
    assert built["status"] == "failed"
    assert "No matching distribution found for no-such-package-of-anyone==1" in built["log"]
    assert "\x1b[1;31m !     Error: Unable to install dependencies using pip." in built["log"]
    assert shop.release() == before
    assert shop.get().status == 200


def test_a_failed_hook_fails_the_build(shop: Shop) -> None:
    """bin/post_compile is run, executable or not, and counts."""
    built = shop.build(**{"bin/post_compile": "#!/bin/sh\necho so sorry\nexit 3\n"})
    assert built["status"] == "failed"
    assert "       so sorry" in built["log"]
    assert "Failed to run the bin/post_compile script" in built["log"]


def test_a_release_phase(shop: Shop) -> None:
    """One that fails leaves the old release running; one that succeeds has the config vars."""
    before = shop.get().headers["X-Release"]
    built = shop.build(Procfile=SOURCE["Procfile"] + "release: echo told && false\n")
    assert built["status"] == "succeeded"
    assert "Release command declared" in built["log"]
    until(lambda: shop.release()["status"] != "pending")
    failed = shop.release()
    assert (failed["status"], failed["current"], failed["output"]) == ("failed", False, "told\n")
    assert shop.answer(lambda answer: answer.status == 200).headers["X-Release"] == before
    until(lambda: re.search(r"app\[release\.\d+\]: told", shop.log()))
    shop.build(Procfile=SOURCE["Procfile"] + "release: echo $MARK in $PWD\n")
    until(lambda: shop.release()["status"] != "pending")
    assert (shop.release()["status"], shop.release()["output"]) == ("succeeded", "two in /app\n")
    assert "Restoring cache" in built["log"]


def test_a_crash_at_boot(shop: Shop) -> None:
    """The build is fine, the app is not: a plain page without X-Release, H10, and the reason in the log."""
    built = shop.build(**{"app.py": "raise RuntimeError('so it goes')\n"})
    assert built["status"] == "succeeded"
    crashed = 'heroku[router]: at=error code=H10 desc="App crashed"'
    until(lambda: shop.get() and crashed in shop.log())
    answer = shop.get()
    assert answer.status == 503
    assert "X-Release" not in answer.headers
    assert "Application error" in answer.text
    shop.says("app[web.1]: RuntimeError: so it goes")
    until(lambda: re.search(r"heroku\[web\.1\]: State changed from (starting|up) to crashed", shop.log()))


def test_a_rollback_heals(shop: Shop) -> None:
    """The last good release runs again, its config vars with it."""
    good = [row for row in releases.all_of(shop.platform, shop.id) if row["status"] == "succeeded"][1]
    made = releases.rollback(shop.platform, shop.id, good["version"])
    until(lambda: releases.info(shop.platform, shop.id, made["id"])["status"] != "pending")
    shop.answer(lambda answer: answer.headers.get("X-Release") == "two")


def test_a_boot_that_takes_too_long(shop: Shop) -> None:
    """R10: who does not listen on $PORT in time is killed. The limit is an app's own; here it is short."""
    shop.platform.account.change("apps", shop.id, boot_seconds=2)
    shop.build(Procfile="web: gunicorn --bind 127.0.0.1:$PORT app:application\n")  # a dyno's own loopback
    late = "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 2 seconds of launch"
    until(lambda: late in shop.log())
    until(lambda: shop.get().status == 503)
    shop.says("heroku[web.1]: Process exited with status 137")


def test_no_dynos(shop: Shop) -> None:
    """With none there is H14; one more, and it serves again."""
    shop.platform.account.change("apps", shop.id, boot_seconds=60)
    formation.update(shop.platform, shop.id, "web", {"quantity": 0})
    none = 'at=error code=H14 desc="No web processes running"'
    assert shop.answer(lambda _: none in shop.log()).status == 503
    shop.build(**{".python-version": "3.11\n"})
    formation.update(shop.platform, shop.id, "web", {"quantity": 2, "size": "standard-2x"})
    answer = shop.answer(lambda answer: answer.status == 200)
    assert (answer.seen["env"]["WEB_CONCURRENCY"], answer.seen["env"]["DYNO_RAM"]) == ("4", "1024")
    until(lambda: {shop.get().seen["env"]["DYNO"] for _ in range(5)} == {"web.1", "web.2"})


def test_another_python(shop: Shop) -> None:
    """The stack is of the suite whose Python is nearest, and the log says so."""
    last = [row for row in shop.platform.account.table("builds").values() if row["status"] == "succeeded"]
    output = builds.output(shop.platform, max(last, key=lambda row: row["number"])["id"])
    assert "Installing Python 3.11.16" in output
    assert "Sandbox: the Python of Debian bookworm, 3.11." in output
    assert "- The Python version has changed from 3.13.15 to 3.11.16" in output


def test_a_machine_that_was_switched_off(shop: Shop) -> None:
    """What is wanted is on its disk: it serves again by itself, with fresh dynos."""
    machine = machines.find(shop.row["machine"])
    assert machine is not None
    machines.reboot(machine)
    until(lambda: _reachable(shop))
    assert shop.get().status == 200


def _reachable(shop: Shop) -> bool:
    try:
        return shop.get().status == 200
    except OSError:
        return False
