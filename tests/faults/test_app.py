"""Apps that go wrong in ways of their own: what served before still serves, and the cause is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from sandbox.process import Result

STACKS: Final = ("nginx-uwsgi", "apache-gunicorn")
TOKEN: Final = "flask-deploy:secrets.TOKEN"


@pytest.fixture(scope="module", name="deployed", params=STACKS)
def _deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    name = f"app-{request.param.partition('-')[0]}"
    deployment = make(name, tmp_path_factory.mktemp(name))
    deployment.configure(SMALL, {"webStack": request.param})
    deployment.stack.secret(TOKEN, "12")
    deployment.stack.up()
    yield deployment
    take_down(deployment)


@contextmanager
def configured(deployed: Deployment, app: dict[str, Any] | None = None, **machine: Any) -> Iterator[None]:
    """The same web stack with other settings, for as long as that takes."""
    stack = deployed.stack.outputs()["webStack"]
    deployed.configure({**SMALL, **(app or {})}, {"webStack": stack, **machine})
    try:
        yield
    finally:
        deployed.configure(SMALL, {"webStack": stack})


def tried(deployed: Deployment, old: str = "", new: str = "") -> Result:
    """Deploy the app with a change, which must be refused; the source is as before then."""
    serving = deployed.get().headers["x-release"]
    source = (deployed.app / "app.py").read_text()
    if old:
        deployed.edit("app.py", old, new)
    try:
        result = deployed.stack.up(check=False)
    finally:
        (deployed.app / "app.py").write_text(source)

    assert result.returncode != 0, said(result)
    assert "still serves" in said(result)
    assert deployed.get().headers["x-release"] == serving
    return result


@pytest.mark.covers(68, "P2")
def test_an_app_that_ends_after_some_seconds(deployed: Deployment) -> None:
    """It answers at first; so it is watched for a while before it gets requests."""
    dying = "import threading\nthreading.Timer(5, os._exit, [3]).start()\napp = Flask"
    with configured(deployed, settleSeconds=6):
        result = tried(deployed, "app = Flask", dying)

    assert "the app ended within 6 seconds of its first answer" in said(result)


@pytest.mark.covers(66, "P2")
def test_an_app_that_hangs_after_some_seconds(deployed: Deployment) -> None:
    """It is asked all the while that it is watched."""
    hanging = "started = time.monotonic()\napp = Flask"
    late = "def front():\n    time.sleep(60 if time.monotonic() - started > 2 else 0)\n"
    health = {"health": {"path": "/", "timeout": 4}}
    source = (deployed.app / "app.py").read_text()
    deployed.edit("app.py", "def front():\n", late)
    try:
        with configured(deployed, health, settleSeconds=6):
            result = tried(deployed, "app = Flask", hanging)
    finally:
        (deployed.app / "app.py").write_text(source)

    assert "GET /: timed out (after 4 seconds)" in said(result)


@pytest.mark.covers(65, "P2")
def test_a_secret_that_kills_the_app(deployed: Deployment) -> None:
    """A secret is a part of a release: a wrong one is refused, and its value is not shown."""
    deployed.edit("app.py", "app = Flask", 'limit = int(os.environ["TOKEN"])\napp = Flask')
    deployed.stack.up()
    deployed.stack.secret(TOKEN, "tw3lve-canary")
    result = deployed.stack.up(check=False)
    deployed.stack.secret(TOKEN, "12")

    assert result.returncode != 0
    assert "ValueError: invalid literal for int()" in said(result)
    assert "still serves" in said(result)
    assert deployed.get().body == b"hello"
    deployed.stack.up()


@pytest.mark.covers(67)
def test_an_app_without_its_database(deployed: Deployment) -> None:
    """One that asks for it while it starts is refused with the reason."""
    asking = 'import socket\nsocket.create_connection(("127.0.0.1", 5432))\napp = Flask'
    result = tried(deployed, "app = Flask", asking)

    assert "ConnectionRefusedError" in said(result)


@pytest.mark.covers(69)
def test_an_app_that_goes_into_the_background(deployed: Deployment) -> None:
    """Its app server would lose sight of it, and so would systemd."""
    forking = "if os.fork():\n    os._exit(0)\napp = Flask"
    with configured(deployed, settleSeconds=6):
        result = tried(deployed, "app = Flask", forking)

    assert "was not taken" in said(result)


@pytest.mark.covers(71)
def test_an_app_that_listens_elsewhere(deployed: Deployment) -> None:
    """A development server in the module holds up the import: nothing answers by the app's own socket."""
    with configured(deployed, {"health": {"path": "/", "timeout": 5}}):
        result = tried(deployed, "\n\n@app.get", "\napp.run(port=5000)\n\n@app.get")

    assert "was not taken" in said(result)


@pytest.mark.covers(72)
def test_an_app_that_writes_among_its_code(deployed: Deployment) -> None:
    """The code is read-only; the error names what to configure."""
    result = tried(deployed, "app = Flask", 'os.makedirs("src/instance")\napp = Flask')

    assert "Read-only file system" in said(result)
    assert "flask-deploy:app.persistent: [src]" in said(result)


@pytest.mark.covers(29)
def test_a_requirement_with_another_hash(deployed: Deployment) -> None:
    """A package that is not the locked one is not installed."""
    file = deployed.app / "requirements.txt"
    good = file.read_text()
    file.write_text(f"itsdangerous==2.2.0 --hash=sha256:{'0' * 64}\n")
    try:
        result = tried(deployed)
    finally:
        file.write_text(good)

    assert "a package is not the one whose hash was locked" in said(result)


@pytest.mark.covers(70)
def test_an_app_that_ignores_sigterm(deployed: Deployment) -> None:
    """The old release is ended after its time, and the new one serves all the while."""
    ignoring = (
        "import signal\n"
        "import threading\n"
        "def ignore():\n"
        "    time.sleep(3600)\n"
        "threading.Thread(target=ignore).start()\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "app = Flask"
    )
    source = (deployed.app / "app.py").read_text()
    deployed.edit("app.py", "app = Flask", ignoring)
    deployed.stack.up()
    stubborn = deployed.get().headers["x-release"]
    (deployed.app / "app.py").write_text(source)
    deployed.stack.up()

    assert deployed.get().headers["x-release"] != stubborn
    running = deployed.machine.ssh("systemctl list-units --plain --no-legend 'small@*.service'").stdout
    assert stubborn not in running


@pytest.mark.covers(49)
def test_an_app_that_crashes_again_and_again_stops(deployed: Deployment) -> None:
    """A unit that can't be kept alive ends as failed, where it shows, and not in an endless loop."""
    unit = f"small@{deployed.get().headers['x-release']}.service"
    crashing = f"for _ in {{1..12}}; do systemctl kill --signal=KILL {unit} || break; sleep 1.2; done"
    deployed.machine.ssh(f"{crashing}; systemctl is-failed {unit}")
    shown = deployed.machine.ssh(f"journalctl --quiet --output=cat --unit={unit}").stdout
    deployed.machine.ssh(f"systemctl reset-failed {unit}; systemctl start {unit}")

    assert "Start request repeated too quickly" in shown
    assert deployed.get().body == b"hello"


@pytest.mark.covers(73)
def test_an_app_that_writes_without_end(deployed: Deployment) -> None:
    """What it writes is bounded, and it goes on serving."""
    flood = 'import sys\n\n\n@app.get("/flood")\ndef flood():\n'
    flood += '    for _ in range(200000):\n        sys.stderr.write("x" * 500 + "\\n")\n    return "done"\n'
    with (deployed.app / "app.py").open("a") as source:
        source.write(flood)
    deployed.stack.up()
    before = int(deployed.machine.ssh("du -sm /var/log | cut -f1").stdout)

    assert deployed.get("/flood").body == b"done"
    assert int(deployed.machine.ssh("du -sm /var/log | cut -f1").stdout) - before < 50
    assert deployed.get().body == b"hello"
