"""What a machine refuses: with where, what rule and the remedy, and what served before still serves."""

from collections.abc import Iterator

import pytest
from deployment import SMALL, Deployment, make, said, take_down

from sandbox import check, machines

# The numbered cases (docs/reliability.toml) of the faults below.
CASES = {
    "a syntax error": 65,
    "a missing module": 65,
    "a crash at start": 65,
    "a health path that fails": 66,
    "a health path that redirects": 66,
    "a health path that never answers": 66,
    "an app that ends": 68,
}
BROKEN = {
    "a syntax error": ("import os\n", "import os\ndef broken(:\n", "SyntaxError"),
    "a missing module": (
        "import os\n",
        "import os\nimport no_such_module\n",
        "No module named 'no_such_module'",
    ),
    "a crash at start": ("app = Flask", 'os.environ["NOT_SET"]\napp = Flask', "KeyError: 'NOT_SET'"),
    "a health path that fails": (
        "    return os.environ.get",
        "    1 / 0\n    return os.environ.get",
        "answered 500",
    ),
    "a health path that redirects": (
        "    return os.environ.get",
        '    from flask import redirect\n    return redirect("/")\n    return os.environ.get',
        "answered 302 to /",
    ),
    "a health path that never answers": (
        "    return os.environ.get",
        "    time.sleep(3600)\n    return os.environ.get",
        "timed out",
    ),
    "an app that ends": (
        "    return os.environ.get",
        "    os.kill(os.getppid(), 9)\n    time.sleep(60)\n    return os.environ.get",
        "the app ended",
    ),
}


@pytest.fixture(scope="module", name="deployed", params=["nginx-uwsgi", "apache-gunicorn"])
def _deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    name = f"refuse-{request.param.partition('-')[0]}"
    deployment = make(name, tmp_path_factory.mktemp(name))
    deployment.configure(SMALL, {"webStack": request.param})
    deployment.stack.up()
    yield deployment
    take_down(deployment)


def generations(deployed: Deployment, listing: str) -> set[str]:
    """Return the app's generations that this listing of systemctl has."""
    units = deployed.machine.ssh(f"systemctl {listing} --plain --no-legend 'small@*'").stdout
    return {line.split()[0].split(".")[0] for line in units.splitlines()}


@pytest.mark.covers("P2")
@pytest.mark.parametrize(
    "fault", [pytest.param(fault, marks=pytest.mark.covers(CASES[fault])) for fault in BROKEN]
)
def test_a_broken_release_changes_nothing_that_serves(deployed: Deployment, fault: str) -> None:
    """The gate refuses it with its cause; the old release answers, and is what a reboot would start."""
    old, new, cause = BROKEN[fault]
    serving = deployed.get().headers["x-release"]
    kept = deployed.machine.ssh("ls -A /srv/small/releases").stdout
    source = (deployed.app / "app.py").read_text()
    deployed.edit("app.py", old, new)
    result = deployed.stack.up(check=False)
    (deployed.app / "app.py").write_text(source)

    assert result.returncode != 0
    assert cause in said(result)
    assert "does not serve it" not in said(result)  # refused before the web server knew of it
    assert f"release {serving} still serves" in said(result)
    assert deployed.get().headers["x-release"] == serving
    assert deployed.machine.ssh("ls -A /srv/small/releases").stdout == kept  # nothing to go back to
    assert generations(deployed, "list-unit-files --state=enabled") == {f"small@{serving}"}


@pytest.mark.covers(51, "P2", "P14")
def test_a_reboot_after_all_of_them_brings_what_served(deployed: Deployment) -> None:
    """Nothing that was refused starts then."""
    serving = deployed.get().headers["x-release"]
    machines.reboot(deployed.machine)

    assert check.until_answers(deployed.url).headers["x-release"] == serving
    assert generations(deployed, "list-units --state=active") == {f"small@{serving}"}


@pytest.mark.covers("P2")
def test_the_next_good_up_heals(deployed: Deployment) -> None:
    """After all the broken ones a good release goes live without any work by hand."""
    deployed.edit("app.py", '"hello"', '"good again"')
    deployed.stack.up()

    assert deployed.get().body == b"good again"
    deployed.edit("app.py", '"good again"', '"hello"')


@pytest.mark.covers(29)
def test_requirements_that_do_not_exist(deployed: Deployment) -> None:
    """A requirement that nobody has is named, and the old release serves."""
    file = deployed.app / "requirements.txt"
    good = file.read_text()
    file.write_text(good + "flask-no-such-package-anywhere==1.0\n")
    result = deployed.stack.up(check=False)
    file.write_text(good)

    assert result.returncode != 0
    assert "flask-no-such-package-anywhere" in said(result)
    assert deployed.get().status == 200


def test_a_release_command_that_fails(deployed: Deployment) -> None:
    """Its output is shown, and the old release serves."""
    machine = {"webStack": deployed.stack.outputs()["webStack"]}
    deployed.configure({**SMALL, "releaseCommand": "echo migrating; exit 7"}, machine)
    result = deployed.stack.up(check=False)
    deployed.configure(SMALL, machine)

    assert result.returncode != 0
    assert "the release command failed: echo migrating; exit 7" in said(result)
    assert "| migrating" in said(result)
    assert deployed.get().status == 200


@pytest.mark.covers(26)
def test_a_python_that_the_machine_does_not_have(deployed: Deployment) -> None:
    """The first step says what is wanted and what there is."""
    machine = {"webStack": deployed.stack.outputs()["webStack"]}
    deployed.configure({**SMALL, "python": "3.14"}, machine)
    result = deployed.stack.up(check=False)
    deployed.configure(SMALL, machine)

    assert "the app wants Python 3.14 or newer, this machine has Python 3.11" in said(result)
    assert deployed.get().status == 200


@pytest.mark.covers("P4")
def test_a_pinned_release_is_served_and_said(deployed: Deployment) -> None:
    """`pinnedRelease` goes back to a kept release, and says so on every run; without it, forward again."""
    machine = {"webStack": deployed.stack.outputs()["webStack"]}
    deployed.configure(SMALL, machine)
    deployed.stack.up()
    first = deployed.stack.outputs()["release"]
    deployed.edit("app.py", '"hello"', '"newer"')
    deployed.stack.up()
    newer = deployed.stack.outputs()["release"]
    deployed.stack.config({"flask-deploy:pinnedRelease": first})
    result = deployed.stack.up()

    assert f"pinned to release {first}" in said(result)
    assert "pulumi config rm flask-deploy:pinnedRelease" in said(result)
    assert deployed.get().body == b"hello"
    deployed.stack.config({"flask-deploy:pinnedRelease": ""})
    deployed.stack.up()
    assert deployed.get().headers["x-release"] == newer
    deployed.edit("app.py", '"newer"', '"hello"')


@pytest.mark.covers("P4")
def test_a_pinned_release_that_is_not_there(deployed: Deployment) -> None:
    """It is refused with what there is."""
    serving = deployed.get().headers["x-release"]
    deployed.stack.config({"flask-deploy:pinnedRelease": "0123456789ab"})
    result = deployed.stack.up(check=False)
    deployed.stack.config({"flask-deploy:pinnedRelease": ""})

    assert "release 0123456789ab is not on this machine" in said(result)
    assert serving in said(result)
    assert deployed.get().headers["x-release"] == serving
