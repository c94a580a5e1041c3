"""The README's first command, as a newcomer runs it: in a fresh clone, with a home of one's own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deployment import said

from sandbox import check, sources
from sandbox.paths import ROOT, cache
from sandbox.process import Result


@dataclass(frozen=True)
class Clone:
    """A clone of the project, and the home of the person who made it."""

    root: Path
    home: Path

    def make(self, *words: str) -> Result:
        """Run make as that person."""
        environment = {
            **os.environ,
            "HOME": str(self.home),
            "PYTHON": getattr(sys, "_base_executable", sys.executable),
            "XDG_CACHE_HOME": str(cache().parent),
        }
        done = subprocess.run(
            ["make", *words], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        return Result(("make", *words), done.returncode, done.stdout, done.stderr)

    def status(self) -> str:
        """What git thinks of the clone."""
        git = ["git", "-C", str(self.root), "status", "--porcelain"]
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module", name="clone")
def _clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    folder = tmp_path_factory.mktemp("newcomer")
    root = folder / "flask-deploy"
    for name in sources.listed(ROOT):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name, follow_symlinks=False)
    git = ["git", "-C", str(root), "-c", "user.name=n", "-c", "user.email=n@example.com"]
    for command in (["init", "-q"], ["add", "--all"], ["commit", "-qm", "clone"]):
        subprocess.run([*git, *command], check=True)
    home = folder / "home"
    (home / ".pulumi").mkdir(parents=True)
    (home / ".pulumi" / "credentials.json").write_text("{}")
    clone = Clone(root, home)
    yield clone
    clone.make("clean")


def _url(result: Result) -> str:
    assert result.returncode == 0, said(result)
    last = result.stdout.rstrip().splitlines()[-1]
    assert last.startswith("url: http://")
    return last.removeprefix("url: ")


def test_an_unknown_web_stack_is_refused(clone: Clone) -> None:
    """Before anything is made, with the four that there are."""
    result = clone.make("demo", "WEB_STACK=nginx-mod_python")

    assert result.returncode != 0
    assert "it is one of nginx-uwsgi, nginx-gunicorn, apache-uwsgi, apache-gunicorn" in result.stderr
    assert not (clone.root / ".sandbox" / "machines").exists()


def test_the_demo_ends_in_a_url_that_works(clone: Clone) -> None:
    """A record was written and read back; the URL goes on answering."""
    result = clone.make("demo")

    assert "written and read back" in result.stdout
    assert check.ask(_url(result) + "/").json()["work_env"] == "PROD"


def test_a_changed_line_is_shown_by_the_next_demo(clone: Clone) -> None:
    """One line of the app is changed: the same URL shows it."""
    file = clone.root / "assets" / "app" / "bookstore" / "status.py"
    text = file.read_text()
    file.write_text(text.replace('"name": "bookstore"', '"name": "changed"'))
    url = _url(clone.make("demo"))
    file.write_text(text)

    assert check.ask(url + "/").json()["name"] == "changed"


def test_somebody_s_own_app_is_served(clone: Clone) -> None:
    """APP names a folder; how its entry was found is said."""
    result = clone.make("demo", "APP=tests/apps/factory")

    assert "notes:create_app()" in said(result)
    assert check.ask(_url(result) + "/").json() == []


def test_nothing_of_the_user_s_was_touched(clone: Clone) -> None:
    """Neither tracked files nor ~/.pulumi nor a .venv of the user's; the home has nothing new."""
    assert clone.status() == ""
    # pip asks `rustc` for its version, and where that is rustup's, it makes a folder.
    assert {path.name for path in clone.home.iterdir()} - {".rustup"} == {".pulumi"}
    assert [path.name for path in (clone.home / ".pulumi").iterdir()] == ["credentials.json"]
    assert not (clone.root / ".venv").exists()


def test_clean_leaves_no_trace(clone: Clone) -> None:
    """After `make clean` the clone has only its own files, and the machine is gone."""
    running = subprocess.run(["pgrep", "-f", str(clone.root)], capture_output=True, text=True, check=False)
    assert running.stdout
    assert clone.make("clean").returncode == 0
    running = subprocess.run(["pgrep", "-f", str(clone.root)], capture_output=True, text=True, check=False)

    assert running.stdout == ""
    assert not (clone.root / ".sandbox").exists()
    assert clone.status() == ""
