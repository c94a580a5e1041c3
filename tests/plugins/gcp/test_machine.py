"""An app is a machine: built there, served by its names, on a disk that it can't write to.

Each test goes on where the last one ended.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from plugins.harness import Failed
from sandbox import check, rehearse
from sandbox.plugins.gcp import commands, surroundings
from sandbox.plugins.gcp.apps import Apps

from .conftest import (
    EVERYTHING,
    NETWORK,
    ROOT,
    SECRET,
    SECRET_MEMBER,
    SECRET_VERSION,
    SECURE,
    SPLIT,
    VERSION,
    Site,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT: Final = "machine-1"
HOST: Final = f"{PROJECT}.ew.r.appspot.com"
AVATAR: Final = {
    "urlRegex": "/avatar/(.*)",
    "staticFiles": {"path": "images/\\1", "uploadPathRegex": "images/.*"},
    **SECURE,
}
# No requirements: it is built in a moment.
MAIN: Final = """\
import json
import os
import runpy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def write(name):
    try:
        Path(name, "x").write_text("x")
    except OSError as problem:
        return type(problem).__name__ if problem.errno != 30 else "read-only"
    return "written"


def secret():
    found = runpy.run_path("secret_manager.py")
    token = found["_ask"](found["METADATA"], {"Metadata-Flavor": "Google"})["access_token"]
    return found["_value"](os.environ["SECRET"], token)


def answer(path):
    if path == "/environment":
        return dict(os.environ)
    if path == "/disk":
        return {name: write(name) for name in ("/", "/workspace", "/tmp", "/dev/shm", "/var/tmp", "/etc")}
    if path == "/images":
        return os.path.exists("images/a.png")
    if path == "/secret":
        try:
            return secret()
        except OSError as problem:
            return str(problem)
    return os.getpid()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"headers": dict(self.headers)} if self.path == "/headers" else answer(self.path))
        self.send_response(200)
        self.send_header("X-Release", os.environ["GAE_VERSION"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Served(Site):
    """The project, with its machine."""

    @property
    def address(self) -> str:
        """The machine's."""
        row = self.cloud.account.row("applications", PROJECT)
        assert row is not None
        return str(row["address"])

    def get(self, path: str) -> Any:
        """What the app says, by the machine's address."""
        answer = check.ask(f"http://{self.address}{path}")
        assert answer.status == 200, answer.body
        return answer.json()

    def named(self, url: str, *options: str) -> str:
        """What curl says of a URL, with a rehearsal's names and authorities: status and where it leads."""
        told = surroundings.variables(self.cloud.account.folder)
        trusted = ["--cacert", told["SSL_CERT_FILE"]]  # Debian's curl does not look at the variable
        format_ = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}"]
        done = subprocess.run(
            ["curl", *trusted, *format_, *options, url],
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def own(self, **more: Any) -> dict[str, Any]:
        """A version of the small server above."""
        shell = {"shell": "exec python3 main.py"}
        return self.version(**{"entrypoint": shell, "handlers": [AVATAR, EVERYTHING], **more})


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("gcp-machine")
    cloud = start(folder, "-m", "sandbox.plugins.gcp")
    try:
        site = Served(cloud, PROJECT, folder)
        site.allow()
        client = (ROOT / "assets/platforms/secret_manager.py").read_text()
        ignored = "runtime: x\nentrypoint: exit 1\n"
        files = {"main.py": MAIN, "secret_manager.py": client, "images/a.png": "PNG", "app.yaml": ignored}
        site.upload(files=files)
        cloud.make(VERSION, site.own(envVariables={"SECRET": f"projects/{PROJECT}/secrets/db/versions/1"}))
        yield site
    finally:
        cloud.stop()
        Apps(cloud.account).drop(PROJECT)


def test_an_instance_s_surroundings(served: Served) -> None:
    """The runtime's variables and the version's own, nothing of the machine's or an app.yaml's (3.2)."""
    found = served.get("/environment")

    assert found["GOOGLE_CLOUD_PROJECT"] == PROJECT
    assert (found["GAE_ENV"], found["GAE_RUNTIME"], found["GAE_SERVICE"]) == (
        "standard",
        "python313",
        "default",
    )
    assert found["GAE_VERSION"] == "r1"
    assert found["GAE_MEMORY_MB"] == "384"
    assert found["SECRET"].startswith("projects/")
    assert not {"INVOCATION_ID", "http_proxy", "PIP_INDEX_URL"} & found.keys()


def test_only_tmp_can_be_written_to(served: Served) -> None:
    """App Engine standard, "file system": /tmp, in memory."""
    found = served.get("/disk")

    assert found.pop("/tmp") == "written"
    assert "written" not in found.values()


def test_static_files_are_the_front_end_s(served: Served) -> None:
    """A file by the handler, a missing one, and the app that may not read them."""
    assert check.ask(f"http://{served.address}/avatar/a.png").body == b"PNG"
    assert check.ask(f"http://{served.address}/avatar/b.png").status == 404
    assert served.get("/images") is False


def test_names_and_certificates_are_good_in_a_rehearsal(served: Served) -> None:
    """The app's name, a version's own, http that is redirected; and only there."""
    assert served.named(f"https://{HOST}/") == "200"
    assert served.named(f"https://r1-dot-{HOST}/") == "200"
    assert served.named(f"http://{HOST}/a?b=c") == f"302 https://{HOST}/a?b=c"
    assert served.named("https://other-1.ew.r.appspot.com/").startswith("000")


def test_cloud_logging_is_there_too(served: Served) -> None:
    """By its own name, for who deploys and nobody else; logs of builds lie beside those of versions."""
    url = "https://logging.googleapis.com/v2/entries:list"
    asks = ["--data", json.dumps({"resourceNames": [f"projects/{PROJECT}"]})]
    assert served.named(url, *asks, "--header", "Authorization: Bearer sandbox") == "200"
    assert served.named(url, *asks) == "401"


def test_the_probe_s_own_way(served: Served) -> None:
    """Python, as the product asks, trusts and finds it by the environment alone."""
    told = {**os.environ, **surroundings.variables(served.cloud.account.folder)}
    ask = (
        "import http.client; c = http.client.HTTPSConnection('r1-dot-%s:443'); c.request('GET', '/');"
        "print(c.getresponse().headers['x-release'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask % HOST], env=told, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "r1"


def test_the_front_end_s_headers(served: Served) -> None:
    """The app is told of https; who asks can't pretend to be Google."""
    connection = http.client.HTTPConnection(served.address, timeout=10)
    connection.request("GET", "/headers", headers={"X-Appengine-User-Email": "me@example.com"})
    found = json.loads(connection.getresponse().read())["headers"]
    connection.close()

    assert found["X-Forwarded-Proto"] == "https"
    assert found["Host"] == HOST
    assert "X-Appengine-User-Email" not in found


def test_a_secret_needs_a_role(served: Served) -> None:
    """By the metadata server's token and Secret Manager's API, as the product's client asks."""
    cloud = served.cloud
    secret = cloud.make(SECRET, {"secretId": "db", "project": PROJECT, "replication": {"auto": {}}})
    cloud.make(SECRET_VERSION, {"secret": secret.id, "secretData": "the value"})
    assert "403" in served.get("/secret")
    role = {"role": "roles/secretmanager.secretAccessor", "member": served.member}
    cloud.make(SECRET_MEMBER, {"secretId": secret.id, "project": PROJECT, **role})

    assert served.get("/secret") == "the value"


def test_a_restart(served: Served) -> None:
    """The next request starts another instance."""
    before = served.get("/")
    assert commands.main(["--account", str(served.cloud.account.folder), "restart"]) == 0

    assert served.get("/") != before


def test_another_version_is_there_without_traffic(served: Served) -> None:
    """At its own address; the split moves the traffic."""
    served.cloud.make(VERSION, served.own(versionId="r2"))
    assert served.named(f"https://r2-dot-{HOST}/") == "200"
    assert check.ask(f"http://{served.address}/").headers["x-release"] == "r1"
    served.cloud.make(SPLIT, served.split("r2"))

    assert check.ask(f"http://{served.address}/").headers["x-release"] == "r2"


def test_the_commands(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has the traffic, giving it to another one, what an instance printed."""
    account = ["--account", str(served.cloud.account.folder)]
    assert commands.main([*account, "versions"]) == 0
    assert [line.split()[1:3] for line in capsys.readouterr().out.splitlines()] == [
        ["r1", "0"],
        ["r2", "100"],
    ]
    assert commands.main([*account, "move", "r1"]) == 0
    assert check.ask(f"http://{served.address}/").headers["x-release"] == "r1"
    assert commands.main([*account, "move", "r2"]) == 0
    assert commands.main([*account, "logs", "r2"]) == 0
    assert "GET / HTTP/1.1" in capsys.readouterr().out
    assert commands.main(["--account", str(served.folder / "none"), "versions"]) == 1


def test_a_crash_at_start_is_green(served: Served) -> None:
    """#12: the deployment succeeds, whoever asks gets an error."""
    made = served.cloud.make(VERSION, served.own(versionId="r3", entrypoint={"shell": "exit 1"}))

    assert made.reasons == []
    assert served.named(f"https://r3-dot-{HOST}/") == "500"


def test_instances_that_always_run(served: Served) -> None:
    """min_instances starts them without a request; without it there is none before the first one."""
    machine = Apps(served.cloud.account).ready(PROJECT)

    def runs(version: str) -> bool:
        row = served.cloud.account.row("versions", f"{PROJECT}/default/{version}")
        assert row is not None
        return machine.ssh(f"pgrep --euid gae-{row['user']}", check=False).returncode == 0

    for version, least in (("lazy", 0), ("eager", 1)):
        scheduler = {"minInstances": least, "maxInstances": 2}
        scaling = {"automaticScaling": {"standardSchedulerSettings": scheduler}}
        served.cloud.make(VERSION, served.own(versionId=version, **scaling))
    deadline = time.monotonic() + 30
    while not runs("eager") and time.monotonic() < deadline:
        time.sleep(0.2)

    assert runs("eager")
    assert not runs("lazy")
    assert served.named(f"https://lazy-dot-{HOST}/") == "200"
    assert runs("lazy")


def test_a_build_that_fails_tells_what_pip_said(served: Served) -> None:
    """#14: code 9, with pip's words as JSON that has been escaped; nothing comes of it."""
    served.upload("bad.zip", {"main.py": MAIN, "requirements.txt": "flask==99.9\n"})
    deployment = {"zip": {"sourceUrl": served.source("bad.zip")}}
    with pytest.raises(Failed, match=r"Error code 9, message: Cloud build \S+ status: FAILURE") as caught:
        served.cloud.make(VERSION, served.own(versionId="r4", deployment=deployment))
    told = json.loads(caught.value.text.partition("Build error details: ")[2])

    assert "No matching distribution found for flask==99.9" in told["error"]["errorMessage"]
    assert served.cloud.account.row("versions", f"{PROJECT}/default/r4") is None


def test_an_internal_service_is_not_found(served: Served) -> None:
    """3.5 #9: appspot.com answers 404 from outside."""
    setting = {"networkSettings": {"ingressTrafficAllowed": "INGRESS_TRAFFIC_ALLOWED_INTERNAL_AND_LB"}}
    inputs = {"service": "default", "project": PROJECT}
    network = served.cloud.make(NETWORK, {**inputs, **setting})
    assert served.named(f"https://{HOST}/") == "404"
    served.cloud.change(network, {**inputs, "networkSettings": {}})

    assert served.named(f"https://{HOST}/") == "200"


def test_a_disabled_app_is_off(served: Served) -> None:
    """3.5 #5: serving_status is a switch."""
    inputs = {"locationId": "europe-west", "project": PROJECT}
    served.cloud.change(served.application, {**inputs, "servingStatus": "USER_DISABLED"})
    assert served.named(f"https://{HOST}/") == "404"
    served.cloud.change(served.application, {**inputs, "servingStatus": "SERVING"})

    assert served.named(f"https://{HOST}/") == "200"


def test_a_rehearsal_s_door(served: Served) -> None:
    """For who knows no names: the machine's address, found by the stack's URL."""
    found = rehearse.REHEARSALS["appengine"].door(served.cloud.account, f"https://{HOST}")

    assert found == f"http://{served.address}"


def test_the_site_outlives_its_account(served: Served) -> None:
    """#17: what destroy takes away below a version that goes on serving; it has no token any more."""
    served.cloud.unmake(served.account)

    assert check.ask(f"http://{served.address}/").status == 200
    assert "404" in served.get("/secret")
