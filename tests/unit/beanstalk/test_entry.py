"""What stands for an app that WSGIPath can't name: run as Gunicorn does, in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from unit.apps import made
from unit.beanstalk.apps import bundled

if TYPE_CHECKING:
    from pathlib import Path

APP: Final = "from flask import Flask\napplication = Flask('found')\n"
FACTORY: Final = "from flask import Flask\ndef create_app():\n    return Flask('made')\n"
CASES: Final = {
    "factory": ({"run.py": FACTORY}, "run:create_app()", "made"),
    "src": ({"run.py": "", "src/shop/__init__.py": APP}, "shop:application", "found"),
    "factory in src": ({"run.py": "", "src/shop/web.py": FACTORY}, "shop.web:create_app()", "made"),
    "package": ({"run.py": "", "shop/web.py": FACTORY}, "shop.web:create_app()", "made"),
}


def served(folder: Path, line: str = "") -> subprocess.CompletedProcess[str]:
    """What Python says that loads WSGIPath in the app's folder, as Gunicorn does."""
    load = "import sys; sys.path.insert(0, '.'); from flask_deploy_entry import application as app"
    return subprocess.run(
        [sys.executable, "-P", "-c", f"{load}; print(type(app).__name__, app.name); {line}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("files", "wsgi", "name"), CASES.values(), ids=CASES)
def test_the_app_is_loaded(tmp_path: Path, files: dict[str, str], wsgi: str, name: str) -> None:
    """From wherever it is, made if need be."""
    found = bundled(made(tmp_path / "app", files, wsgi))
    assert found.wsgi_path == "flask_deploy_entry:application"
    found.bundle.write_folder(tmp_path / "current")
    done = served(tmp_path / "current")
    assert (done.returncode, done.stdout) == (0, f"Flask {name}\n"), done.stderr


def test_an_error_of_the_app_s_own_is_seen(tmp_path: Path) -> None:
    """As it is: its lines are what the log has to show."""
    broken = {"run.py": "def create_app():\n    raise KeyError('DATABASE_URL')\n"}
    bundled(made(tmp_path / "app", broken, "run:create_app()")).bundle.write_folder(tmp_path / "current")
    done = served(tmp_path / "current")
    assert done.returncode != 0
    assert "KeyError: 'DATABASE_URL'" in done.stderr
