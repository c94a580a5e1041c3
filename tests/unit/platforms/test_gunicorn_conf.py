"""Gunicorn's settings on a platform: ours, and the app's own over them."""

from __future__ import annotations

import hashlib
import os
import runpy
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

from components import render

if TYPE_CHECKING:
    from pathlib import Path

WRAPPER: Final = "def wrap(app):\n    return ('wrapped', app)\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an app on the platform, where Gunicorn is started in."""
    for name, text in {
        "gunicorn.conf.py": render.asset("platforms/gunicorn.conf.py"),
        "flask_deploy.py": WRAPPER,
    }.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "flask_deploy", raising=False)
    return tmp_path


def read(place: Path, own: str | None = None) -> dict[str, Any]:
    """What Gunicorn makes of the settings: names in lower case without a leading '_'."""
    if own is not None:
        (place / "gunicorn_app.conf.py").write_text(own)
    return runpy.run_path(str(place / "gunicorn.conf.py"))


def wrapped(settings: dict[str, Any]) -> Any:
    """The app that a worker serves in the end."""
    worker = SimpleNamespace(wsgi="app", log=[])
    settings["post_worker_init"](worker)
    return worker


def test_an_app_is_wrapped_once_it_is_loaded(place: Path) -> None:
    """In each worker, whatever its kind."""
    assert wrapped(read(place)).wsgi == ("wrapped", "app")


def test_the_router_s_headers_are_believed(place: Path) -> None:
    """Nobody else can connect."""
    assert read(place)["forwarded_allow_ips"] == "*"


@pytest.mark.parametrize(("writable", "where"), [(True, "/dev/shm"), (False, None)])
def test_workers_say_by_memory_that_they_live(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    writable: bool,  # noqa: FBT001
    where: str | None,
) -> None:
    """Disks there may be slow; where that place is not writable, as at App Engine, /tmp is memory."""
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: writable if path == "/dev/shm" else access(path, mode)
    )
    assert read(place)["worker_tmp_dir"] == where


def test_secrets_are_there_before_the_app_s_own_settings(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those may use one; without the file that fetches them nothing is fetched."""
    monkeypatch.delenv("SECRET_THREADS", raising=False)
    own = "import os\nthreads = int(os.environ.get('SECRET_THREADS', '1'))\n"
    assert read(place, own)["threads"] == 1
    load = "import os\n\ndef load():\n    os.environ['SECRET_THREADS'] = '7'\n"
    (place / "flask_deploy_secrets.py").write_text(load)
    assert read(place, own)["threads"] == 7
    monkeypatch.delenv("SECRET_THREADS")


def test_secrets_that_can_t_be_had_end_the_start(place: Path) -> None:
    """The app must not run without them."""
    (place / "flask_deploy_secrets.py").write_text("def load():\n    raise OSError('refused')\n")
    with pytest.raises(OSError, match="refused"):
        read(place)


def test_an_app_s_own_settings_come_first(place: Path) -> None:
    """New ones, and instead of ours."""
    settings = read(place, "threads = 4\nworker_tmp_dir = None\n")
    assert (settings["threads"], settings["worker_tmp_dir"], settings["forwarded_allow_ips"]) == (
        4,
        None,
        "*",
    )


def test_an_app_s_own_hook_is_called_too(place: Path) -> None:
    """Before: it sees the app as it was loaded."""
    own = "def post_worker_init(worker):\n    worker.log.append(worker.wsgi)\n"
    worker = wrapped(read(place, own))
    assert (worker.wsgi, worker.log) == (("wrapped", "app"), ["app"])


def test_an_app_s_other_hooks_are_kept(place: Path) -> None:
    """As Gunicorn looks for them."""
    assert read(place, "def on_starting(server):\n    return 'mine'\n")["on_starting"](None) == "mine"


def test_an_app_s_own_file_knows_where_it_is(place: Path) -> None:
    """It may read what lies beside it."""
    own = "from pathlib import Path\n\nthreads = int((Path(__file__).parent / 'n').read_text())\n"
    (place / "n").write_text("7")
    assert read(place, own)["threads"] == 7


def test_a_fault_of_an_app_s_own_file_is_its_own(place: Path) -> None:
    """It ends the start, as it would without us."""
    with pytest.raises(ZeroDivisionError):
        read(place, "threads = 1 / 0\n")


def test_the_wrapper_is_found_wherever_the_app_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`gunicorn --chdir src` looks for modules there, and not beside its settings."""
    settings = read(place)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(place)])
    (place / "src").mkdir()
    monkeypatch.chdir(place / "src")
    assert wrapped(settings).wsgi == ("wrapped", "app")


def test_the_real_wrapper_is_what_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the settings beside it; the served app names its release."""
    (place / "flask_deploy.py").write_text(render.asset("platforms/flask_deploy.py"))
    (place / "flask_deploy.json").write_text('{"code": "c", "static": {}}')
    monkeypatch.setenv("FLASK_DEPLOY_ENVIRONMENT", "e")
    worker = SimpleNamespace(wsgi=lambda _, start: start("200 OK", []) or [b"hello"])
    read(place)["post_worker_init"](worker)
    seen: list[Any] = []
    assert worker.wsgi({}, lambda *arguments: seen.append(arguments)) == [b"hello"]
    assert seen == [("200 OK", [("X-Release", hashlib.sha256(b"c e").hexdigest()[:12])], None)]
