"""Apps that other people wrote: found, installed and served as they are."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import Deployment, make, said, take_down

from sandbox import check
from sandbox.paths import ROOT

APPS = ROOT / "tests" / "apps"


@pytest.fixture(scope="module", name="machine")
def _machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = make("strangers", tmp_path_factory.mktemp("strangers"))
    yield deployment
    take_down(deployment)


def _deploy(deployment: Deployment, app: Path, web_stack: str) -> str:
    """Deploy an app of which nothing is known but its folder; return what was said."""
    name = app.name.replace("_", "-")
    deployment.configure({"name": name, "path": str(app)}, {"webStack": web_stack})
    return said(deployment.stack.up())


@pytest.mark.parametrize("web_stack", ["nginx-uwsgi", "apache-gunicorn"])
def test_a_factory_in_a_package(machine: Deployment, web_stack: str) -> None:
    """`create_app()` of a package is found, and its instance folder outlives a release."""
    words = _deploy(machine, APPS / "factory", web_stack)
    assert "notes:create_app()" in words
    before = machine.get().json()
    assert check.ask(machine.url + "/", method="POST", body=web_stack).status == 201
    assert machine.get().json() == [*before, f'"{web_stack}"']


def test_a_src_layout_with_pyproject(machine: Deployment) -> None:
    """The package below src/ is found, and its requirements in pyproject.toml are installed."""
    words = _deploy(machine, APPS / "src_layout", "nginx-gunicorn")
    assert "shop:app" in words
    assert machine.get().body == b"shop None"


def test_requirements_locked_by_uv(machine: Deployment, tmp_path: Path) -> None:
    """Of a uv.lock the locked versions are installed, by their hashes."""
    app = Path(shutil.copytree(APPS / "locked", tmp_path / "locked"))
    subprocess.run([sys.executable, "-m", "uv", "lock", "--quiet"], cwd=app, check=True)
    words = _deploy(machine, app, "nginx-uwsgi")
    assert "uv.lock" in words
    locked = (app / "uv.lock").read_text().partition('name = "flask"\nversion = "')[2].partition('"')[0]
    assert machine.get().body.decode() == f"flask {locked}"
    installed = machine.machine.ssh("cat /srv/locked/current/requirements.txt").stdout
    assert "--hash=sha256:" in installed


def test_an_app_from_git(machine: Deployment, tmp_path: Path) -> None:
    """A tag of a repository is deployed, not what lies in its working tree."""
    app = Path(shutil.copytree(APPS / "src_layout", tmp_path / "repository"))
    git = ["git", "-C", str(app), "-c", "user.name=n", "-c", "user.email=n@example.com"]
    for command in (["init", "-q"], ["add", "--all"], ["commit", "-qm", "one"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True)
    (app / "src" / "shop" / "__init__.py").write_text("raise SystemExit('not this one')\n")
    machine.configure({"name": "from-git"}, {"webStack": "nginx-uwsgi"})
    machine.stack.config({"flask-deploy:app": {"path": None, "git": {"url": str(app), "ref": "v1"}}})
    machine.stack.up()
    assert machine.get().body == b"shop None"
