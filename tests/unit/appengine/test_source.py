"""What App Engine builds of an app: the app's files, its requirements, and what runs beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from components import render
from components.appengine import source
from components.errors import ConfigError
from unit.appengine import apps
from unit.platforms.runtime import wrapper

if TYPE_CHECKING:
    from pathlib import Path


def test_the_app_s_own_files_are_as_they_were(tmp_path: Path) -> None:
    """What is added stands beside them."""
    bundle = apps.staged(apps.made(tmp_path)).bundle
    assert bundle.read("run.py") == (tmp_path / "run.py").read_bytes()
    added = {item.path for item in bundle.files} - {"run.py", "images/default.png"}
    assert added == {
        *("requirements.txt", "gunicorn.conf.py", "flask_deploy_secrets.py"),
        *("flask_deploy.py", "flask_deploy.json"),
    }


def test_gunicorn_is_required(tmp_path: Path) -> None:
    """App Engine installs what requirements.txt has, and nothing else; static folders are its own affair."""
    text = (apps.staged(apps.made(tmp_path)).bundle.read("requirements.txt") or b"").decode()
    assert "flask==3.1.0" in text
    assert "gunicorn" in text
    assert "whitenoise" not in text


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock"])
def test_other_locks_are_left_out(tmp_path: Path, lock: str) -> None:
    """The build would take them instead, or refuse them."""
    content = "version = 1\n" if lock == "uv.lock" else "{}"
    loaded = apps.made(tmp_path)
    changed = replace(loaded, bundle=loaded.bundle.changed({lock: content.encode()}))
    assert apps.staged(changed).bundle.read(lock) is None


def test_the_app_s_own_gunicorn_file_comes_first(tmp_path: Path) -> None:
    """Neither workers nor threads are given then: the command line would count before it."""
    loaded = apps.made(tmp_path, {"gunicorn.conf.py": "workers = 3\n"})
    found = apps.staged(loaded)
    assert found.entrypoint == "gunicorn --bind :$PORT run:application"
    assert found.concurrency == source.PLATFORM_CONCURRENCY
    assert found.bundle.read("gunicorn_app.conf.py") == b"workers = 3\n"
    assert found.bundle.read("gunicorn.conf.py") == render.asset("platforms/gunicorn.conf.py").encode()


@pytest.mark.parametrize(("instance", "workers"), source.WORKERS.items())
def test_workers_fit_the_instance(tmp_path: Path, instance: str, workers: int) -> None:
    """And it takes as many requests at once as they have threads."""
    found = apps.staged(apps.made(tmp_path), instanceClass=instance)
    assert f"--workers {workers} --threads 8 " in found.entrypoint
    assert found.concurrency == 8 * workers


def test_a_factory_is_called(tmp_path: Path) -> None:
    """Its brackets are quoted: the entrypoint is read by a shell."""
    files = {"run.py": "from flask import Flask\n\ndef make():\n    return Flask(__name__)\n"}
    assert apps.staged(apps.made(tmp_path, files, "run:make()")).entrypoint.endswith(" 'run:make()'")


def test_modules_in_src_are_found(tmp_path: Path) -> None:
    """Gunicorn looks for them in the folder that it is started in."""
    files = {"src/shop/__init__.py": "from flask import Flask\n\napp = Flask(__name__)\n"}
    found = apps.staged(apps.made(tmp_path, files, "shop:app"))
    assert found.entrypoint.endswith("--pythonpath src shop:app")


def test_the_running_app_works_out_the_release(tmp_path: Path) -> None:
    """From the file that is built and the variable that is set."""
    found = apps.staged(apps.made(tmp_path), {"app": {"environment": {"A": "1"}}, "secrets": {"B": "2"}})
    code = json.loads(found.bundle.read("flask_deploy.json") or b"{}")["code"]
    assert wrapper().release(code, found.variables["FLASK_DEPLOY_ENVIRONMENT"]) == found.release.id
    assert "2" not in found.variables.values()


def test_another_entrypoint_is_another_release(tmp_path: Path) -> None:
    """The same files under more workers are deployed anew, so the probe has to tell them apart."""
    loaded = apps.made(tmp_path)
    assert apps.staged(loaded).release != apps.staged(loaded, instanceClass="F2").release


@pytest.mark.parametrize("name", ["flask_deploy.py", "flask_deploy_secrets.py", "gunicorn_app.conf.py"])
def test_a_file_of_a_generated_name_is_refused(tmp_path: Path, name: str) -> None:
    """It would be written over."""
    with pytest.raises(ConfigError) as caught:
        apps.staged(apps.made(tmp_path, {name: "x = 1\n"}))
    assert caught.value.faults == (
        f"{name}: is the name of a file that is generated for the deployment; rename yours",
    )


@pytest.mark.covers(23)
def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """App Engine would, after the upload."""
    monkeypatch.setattr(source, "MOST_FILES", 6)
    with pytest.raises(ConfigError, match=r"has 7 files, and App Engine takes 6 at most.*\.deployignore"):
        apps.staged(apps.made(tmp_path))
    monkeypatch.setattr(source, "MOST_FILES", 7)
    assert len(apps.staged(apps.made(tmp_path)).bundle.files) == 7


@pytest.mark.covers(6)
@pytest.mark.parametrize("name", ["PORT", "GAE_ENV", "GOOGLE_CLOUD_PROJECT"])
@pytest.mark.parametrize("where", ["app/environment", "secrets"])
def test_a_name_of_the_runtime_s_own_is_refused(tmp_path: Path, name: str, where: str) -> None:
    """What is set for it would not arrive."""
    changes = {"secrets": {name: "x"}} if where == "secrets" else {"app": {"environment": {name: "x"}}}
    with pytest.raises(ConfigError) as caught:
        apps.staged(apps.made(tmp_path), changes)
    (told,) = caught.value.faults
    assert told.startswith(f"{where}/{name}: is set by App Engine itself")
    assert told.endswith(f"take another name, for example APP_{name}")


@pytest.mark.parametrize("name", ["FLASK_DEPLOY_SECRETS", "FLASK_DEPLOY_ENVIRONMENT"])
def test_a_name_of_the_deployment_s_own_is_refused(tmp_path: Path, name: str) -> None:
    """It would be written over."""
    with pytest.raises(ConfigError, match=f"{name}: is the deployment's own"):
        apps.staged(apps.made(tmp_path), {"app": {"environment": {name: "x"}}})


@pytest.mark.parametrize("name", ["PORTAL", "MY_GAE_ENV", "GOOGLE_API_KEY", "FLASK_APP", "gae_env"])
def test_other_names_are_taken(tmp_path: Path, name: str) -> None:
    """Only the runtime's own are its own."""
    found = apps.staged(apps.made(tmp_path), {"app": {"environment": {name: "x"}}})
    assert found.variables[name] == "x"
