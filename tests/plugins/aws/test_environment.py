"""An environment is machines: two instances behind a balancer, and what their platform does with a bundle.

Each test goes on where the last one ended.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from visitor import Visitor

from sandbox import check, machines
from sandbox.say import SandboxError

from .conftest import (
    EB,
    ENVIRONMENT,
    OBJECT,
    OF_ENVIRONMENT,
    ROLE_POLICY,
    SECRET,
    SECRET_VERSION,
    VARIABLES,
    VERSION,
    Options,
    Site,
    plugin,
    policy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plugins.cloud import Made

APP = """\
import json
import os
import socket


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {name: os.environ.get(name, "") for name in ("GREETING", "KEY", "EDITION")}
    seen |= {"host": socket.gethostname(), "scheme": environ.get("HTTP_X_FORWARDED_PROTO", "")}
    return [json.dumps(seen).encode()]
"""
TRACE = "#!/bin/sh\necho {} >>/var/log/trace\n"
EXTENSION = """\
commands:
  first: {command: "echo commands >>/var/log/trace"}
container_commands:
  02_leader: {command: "echo leader $GREETING >>/var/log/trace", leader_only: true}
  01_all: {command: "test -f application.py && echo container >>/var/log/trace"}
  03_never: {command: "echo never >>/var/log/trace", test: "false"}
"""
FILES = {
    "application.py": APP,
    "pictures/a.txt": "a picture",
    ".ebextensions/01.config": EXTENSION,
    **{
        f".platform/hooks/{kind}/01.sh": TRACE.format(kind)
        for kind in ("prebuild", "predeploy", "postdeploy")
    },
}
OPTIONS: Options = {
    (OF_ENVIRONMENT, "EnvironmentType"): "LoadBalanced",
    (OF_ENVIRONMENT, "LoadBalancerType"): "application",
    ("aws:autoscaling:asg", "MinSize"): "2",
    (f"{EB}:container:python", "NumProcesses"): "2",
    (f"{EB}:container:python", "WSGIPath"): "application",
    (f"{EB}:environment:proxy:staticfiles", "/avatar"): "pictures",
    (f"{EB}:command", "DeploymentPolicy"): "Immutable",
    (VARIABLES, "GREETING"): 'a "quoted" $word',
}


def bundle(files: dict[str, str]) -> bytes:
    """A zip archive; what looks like a script is executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if text.startswith("#!") else 0o644) << 16
            archive.writestr(info, text)
    return buffer.getvalue()


class Shop:
    """An environment of its own account."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self.cloud, self.folder = site, site.cloud, folder
        secret = self.cloud.make(SECRET, {"name": "shop/KEY"})
        self.cloud.make(SECRET_VERSION, {"secretId": secret.id, "secretString": "from the vault"})
        read = policy("secretsmanager:GetSecretValue", secret.id)
        self.cloud.make(ROLE_POLICY, {"role": "instances", "name": "read", "policy": read})
        self.options = OPTIONS | {(f"{EB}:application:environmentsecrets", "KEY"): secret.id}
        self.version("v1", FILES)
        self.made: Made = self.cloud.make(ENVIRONMENT, site.environment(self.options, version="v1"))

    def version(self, label: str, files: dict[str, str]) -> None:
        """Upload a bundle, and make a version of it."""
        path = self.folder / f"{label}.zip"
        path.write_bytes(bundle(files))
        asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "path": str(path)}
        key = f"{label}.zip"
        self.cloud.make(OBJECT, {"bucket": "bundles", "key": key, "source": asset}, label)
        self.cloud.make(
            VERSION, {"name": label, "application": "shop", "bucket": "bundles", "key": key}, label
        )

    def deploy(self, label: str, files: dict[str, str]) -> None:
        """Deploy another version."""
        self.version(label, files)
        self.cloud.change(self.made, {**self.made.inputs, "version": label})

    @property
    def url(self) -> str:
        """Where the balancer answers."""
        return f"http://{self.made.state['cname']}"

    def seen(self) -> list[dict[str, Any]]:
        """What several answers say."""
        return [check.ask(f"{self.url}/").json() for _ in range(4)]

    def on_each(self, command: str) -> list[str]:
        """What a command says on each instance."""
        found = [machines.find(name) for name in self.site.row(self.made)["instances"]]
        return [machine.ssh(command).stdout for machine in found if machine]


@pytest.fixture(scope="module", name="shop")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("environment")
    cloud = plugin(folder, "-m", "sandbox.plugins.aws")
    try:
        yield Shop(Site(cloud), folder)
    finally:
        for row in cloud.account.table("environments").values():
            for name in (*row["instances"], *row["coming"], row["balancer"]):
                if name:
                    machines.down(name)
        cloud.stop()


def test_the_bundle_is_served_by_both_instances(shop: Shop) -> None:
    """WSGIPath by Gunicorn on port 8000 behind nginx; variables and secrets arrive as they were given."""
    assert shop.made.reasons == []
    seen = shop.seen()
    assert {one["host"] for one in seen} == set(shop.site.row(shop.made)["instances"])
    assert {one["GREETING"] for one in seen} == {'a "quoted" $word'}
    assert {(one["KEY"], one["scheme"]) for one in seen} == {("from the vault", "http")}
    assert all("127.0.0.1:8000" in said for said in shop.on_each("ss -Hltn sport = :8000"))
    workers = shop.on_each(
        "pgrep -u webapp -fc 'bin/gunicorn --bind 127.0.0.1:8000 --workers=2 --threads=15 application'"
    )
    assert [int(said) for said in workers] == [3, 3]  # the master, two workers


def test_static_files_come_from_the_proxy(shop: Shop) -> None:
    """They are there while the app is stopped, and then the app's own paths are a 502."""
    shop.on_each("systemctl stop web.service")
    assert check.ask(f"{shop.url}/avatar/a.txt").body == b"a picture"
    assert check.ask(f"{shop.url}/").status == 502
    shop.on_each("systemctl start web.service")


def test_hooks_and_commands_have_their_order_and_their_leader(shop: Shop) -> None:
    """docs: platforms-linux-extend.workflow, customize-containers-ec2 (leader_only, test, order by name)."""
    leader, other = (said.split("\n")[:-1] for said in shop.on_each("cat /var/log/trace"))
    assert leader == [
        "commands",
        "prebuild",
        "container",
        'leader a "quoted" $word',
        "predeploy",
        "postdeploy",
    ]
    assert other == ["commands", "prebuild", "container", "predeploy", "postdeploy"]


def test_a_restart_brings_all_of_it_back(shop: Shop) -> None:
    """Instances and balancer start with what they ran."""
    row = shop.site.row(shop.made)
    for name in (row["instances"][0], row["balancer"]):
        found = machines.find(name)
        assert found is not None
        machines.reboot(found)
    check.until_answers(f"{shop.url}/")
    assert {one["host"] for one in shop.seen()} == set(row["instances"])


def test_nobody_notices_an_immutable_deployment(shop: Shop) -> None:
    """The new instances come beside the old ones; a Procfile says what runs instead of WSGIPath."""
    before = shop.site.row(shop.made)["instances"]
    procfile = "web: EDITION=second gunicorn --bind :$PORT application\nworker: sleep 1000\n"
    with Visitor(f"{shop.url}/") as visitor:
        shop.deploy("v2", {**FILES, "Procfile": procfile})
    assert shop.made.reasons == []
    assert {one["EDITION"] for one in shop.seen()} == {"second"}
    assert set(shop.on_each("systemctl is-active worker.service")) == {"active\n"}
    assert set(visitor.statuses) == {200}
    assert [machines.find(name) for name in before] == [None, None]


def test_a_crash_leaves_what_serves(shop: Shop) -> None:
    """The events say hardly anything, the kept logs do."""
    before = shop.site.row(shop.made)["instances"]
    shop.deploy("v3", {**FILES, "application.py": f"{APP}\nimport no_such_module\n"})
    assert "Engine execution has encountered an error.." in shop.made.reasons[0]
    assert "no_such_module" not in shop.made.reasons[0]
    kept = shop.cloud.account.folder / "logs" / shop.made.id
    assert 'process "web" failed to start' in (kept / "eb-engine.log").read_text()
    assert "No module named 'no_such_module'" in (kept / "web.stdout.log").read_text()
    assert shop.site.row(shop.made)["instances"] == before
    assert {one["EDITION"] for one in shop.seen()} == {"second"}


def test_it_ends_with_all_of_its_machines(shop: Shop) -> None:
    """Terminated: instances, balancer and address are gone."""
    row = shop.site.row(shop.made)
    shop.cloud.unmake(shop.made)
    assert shop.site.row(shop.made)["status"] == "Terminated"
    assert [machines.find(name) for name in (*row["instances"], row["balancer"])] == [None] * 3
    with pytest.raises(SandboxError):
        check.ask(shop.url, seconds=2)
