"""The bundle of a version: the app's files as they are, and what the platform reads beside them."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from components import render
from components.beanstalk import source
from unit import examples, recorder
from unit.apps import made
from unit.beanstalk.apps import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from components.app import App

OURS: Final = {"requirements.txt", "gunicorn.conf.py", "flask_deploy.py", "flask_deploy.json"}
FACTORY: Final = "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n"


def files(loaded: App, changes: dict[str, Any] | None = None) -> dict[str, str]:
    """The bundled files, path to content."""
    bundle = bundled(loaded, changes).bundle
    return {item.path: (bundle.read(item.path) or b"").decode() for item in bundle.files}


def test_the_app_s_files_and_ours_are_bundled(tmp_path: Path) -> None:
    """Nothing else, at the top of the archive; the app's own as they are."""
    found = files(made(tmp_path))
    assert set(found) == {*examples.FILES, *OURS}
    assert found["run.py"] == examples.FILES["run.py"]
    for name in ("flask_deploy.py", "gunicorn.conf.py"):
        assert found[name] == render.asset(f"platforms/{name}")


def test_the_archive_is_a_zip_with_modes(tmp_path: Path) -> None:
    """As the service takes it; equal files give equal bytes."""
    loaded = made(tmp_path / "app", {"tool.sh": "#!/bin/sh\n"})
    (tmp_path / "app/tool.sh").chmod(0o755)
    loaded = made(tmp_path / "app", {"tool.sh": "#!/bin/sh\n"})
    for name in ("one.zip", "other.zip"):
        bundled(loaded).bundle.write_zip(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert set(archive.namelist()) == {*examples.FILES, *OURS, "tool.sh"}
        assert archive.getinfo("tool.sh").external_attr >> 16 & 0o777 == 0o755


def test_an_app_of_its_own_is_left_alone(tmp_path: Path) -> None:
    """What is generated stands in the bundle only."""
    loaded = made(tmp_path, {"gunicorn.conf.py": "threads = 4\n", "Procfile": "web: x\n"})
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    bundled(loaded, {"app": {"releaseCommand": "one\ntwo"}}).bundle.write_zip(tmp_path.parent / "out.zip")
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


def test_wsgi_path_names_the_app(tmp_path: Path) -> None:
    """As it is, where a module at the top has it."""
    assert bundled(made(tmp_path)).wsgi_path == "run:application"


@pytest.mark.parametrize(
    ("more", "wsgi", "entry"),
    [
        (
            {"run.py": FACTORY},
            "run:create_app()",
            {"module": "run", "attribute": "create_app", "factory": True, "pythonPath": "."},
        ),
        (
            {"run.py": "", "src/shop.py": examples.FILES["run.py"]},
            "shop:application",
            {"module": "shop", "attribute": "application", "factory": False, "pythonPath": "src"},
        ),
    ],
    ids=["factory", "src"],
)
def test_what_wsgi_path_can_t_say_is_in_a_file(
    tmp_path: Path, more: dict[str, str], wsgi: str, entry: dict[str, Any]
) -> None:
    """A factory's brackets would meet a shell; and nothing looks below src. test_entry.py runs it."""
    found = bundled(made(tmp_path, more, wsgi))
    assert found.wsgi_path == "flask_deploy_entry:application"
    assert json.loads(found.bundle.read("flask_deploy_entry.json") or b"") == entry
    assert (found.bundle.read("flask_deploy_entry.py") or b"").decode() == render.asset(
        "platforms/flask_deploy_entry.py"
    )


def test_the_release_command_is_the_leader_s(tmp_path: Path) -> None:
    """Once for all instances, before the app starts there; test_leader.py runs it."""
    found = files(made(tmp_path), {"app": {"releaseCommand": "flask db upgrade\nflask seed  # 'all'"}})
    assert yaml.safe_load(found[source.EXTENSION]) == {
        "container_commands": {
            "90_flask_deploy": {"command": "bash flask_deploy_leader.sh", "leader_only": True}
        }
    }
    assert found["flask_deploy_release.sh"] == "flask db upgrade\nflask seed  # 'all'\n"
    assert found["flask_deploy_leader.sh"] == render.asset("platforms/flask_deploy_leader.sh")


@pytest.mark.parametrize("command", ["", "  \n"])
def test_without_a_release_command_nothing_is_run(tmp_path: Path, command: str) -> None:
    """Nor is there a file for it."""
    assert set(files(made(tmp_path), {"app": {"releaseCommand": command}})) == {*examples.FILES, *OURS}


def test_an_app_s_own_extensions_stay(tmp_path: Path) -> None:
    """And its platform hooks: what it does to its instances is its own affair."""
    own = {".ebextensions/01-packages.config": "packages: {}\n", ".platform/hooks/prebuild/01.sh": "true\n"}
    found = files(made(tmp_path, own), {"app": {"releaseCommand": "true"}})
    assert {name: found[name] for name in own} == own


@pytest.mark.parametrize("name", ["Procfile", "Pipfile", "Pipfile.lock"])
def test_what_would_count_instead_is_left_out(tmp_path: Path, name: str) -> None:
    """The platform would take it before WSGIPath or requirements.txt; the run says so."""
    loaded = made(tmp_path, {name: "x", f"docs/{name}": "x"})
    found = bundled(loaded)
    assert found.bundle.read(name) is None
    assert found.bundle.read(f"docs/{name}") == b"x"
    (note,) = found.notes
    assert note.startswith(f"{name}: is left out: on Elastic Beanstalk app/wsgi and the requirements say")


def test_gunicorn_is_required_and_nothing_else(tmp_path: Path) -> None:
    """Static folders are served by nginx here, so WhiteNoise is not; what the app requires counts."""
    text = files(made(tmp_path))["requirements.txt"]
    assert text.startswith("flask==3.1.0\ngunicorn==")
    assert "whitenoise" not in text
    own = files(made(tmp_path, {"requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\n"}))
    assert own["requirements.txt"] == "flask==3.1.0\ngunicorn==23.0.0\n"


def test_an_app_s_own_gunicorn_file_still_counts(tmp_path: Path) -> None:
    """Under another name, which ours reads: platforms/test_gunicorn_conf.py."""
    found = files(made(tmp_path, {"gunicorn.conf.py": "threads = 4\n"}))
    assert found["gunicorn_app.conf.py"] == "threads = 4\n"
    assert found["gunicorn.conf.py"] == render.asset("platforms/gunicorn.conf.py")


def test_links_become_copies(tmp_path: Path) -> None:
    """What unpacks the archive need not know any."""
    made(tmp_path)
    (tmp_path / "app.py").symlink_to("run.py")
    found = bundled(made(tmp_path)).bundle
    assert not [item for item in found.files if item.target is not None]
    assert found.read("app.py") == examples.FILES["run.py"].encode()


def test_the_wrapper_serves_nothing_itself(tmp_path: Path) -> None:
    """That is for nginx, as the environment's settings say; the wrapper names the release."""
    found = bundled(made(tmp_path))
    told = json.loads(found.bundle.read("flask_deploy.json") or b"")
    assert told == {"code": found.release.code, "static": {}}
    assert found.static == {"/avatar": "images"}


def test_the_variables_are_the_app_s(tmp_path: Path) -> None:
    """What is configured, and where Flask finds the app; secrets are not among them, nor in the bundle."""
    changes = {"app": {"environment": {"WORK_ENV": "PROD"}}, "secrets": {"TOKEN": examples.CANARY}}
    found = bundled(made(tmp_path), changes)
    assert found.variables == {
        "FLASK_APP": "run:application",
        "WORK_ENV": "PROD",
        "FLASK_DEPLOY_ENVIRONMENT": found.release.environment,
    }
    assert "c4n4ry" not in str([found.variables, found.notes, files(made(tmp_path), changes)])


def test_each_change_of_what_is_bundled_is_another_release(tmp_path: Path) -> None:
    """A line of code, a file's rights, what is served and where: the running app has to have them all."""
    loaded = made(tmp_path)
    before = bundled(loaded).release.code
    moved = replace(loaded, static={"/pictures": "images"})
    (tmp_path / "run.py").chmod(0o755)
    others = [bundled(moved), bundled(made(tmp_path)), bundled(made(tmp_path, {"more.py": "x"}))]
    assert len({before, *(other.release.code for other in others)}) == 4


def test_equal_apps_give_equal_bundles(tmp_path: Path) -> None:
    """Nothing random, no time, no path of this computer; secrets are of a stack, the bundle is not."""
    secrets = {"secrets": {"TOKEN": "x"}}
    one = bundled(made(tmp_path / "one"), secrets)
    other = bundled(made(tmp_path / "other"), secrets, stack="blue")
    assert (one.bundle.files, one.release.code) == (other.bundle.files, other.release.code)
    assert one.release.environment != other.release.environment
    assert str(tmp_path) not in str(files(made(tmp_path / "one"), secrets))
    assert bundled(made(tmp_path / "one"), secrets, stack=recorder.STACK).release == one.release


def test_the_staged_folder_is_in_every_checkout() -> None:
    """One file of it is tracked, since the engine looks for it before the program runs: `up --refresh`."""
    assert (render.ASSETS.parent / "platforms/beanstalk/.gitignore").read_text() == "*\n!.gitignore\n"
