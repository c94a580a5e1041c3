"""The source that Heroku builds: the app's files as they are, and what is put beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from components import render
from components.errors import ConfigError
from unit import examples, recorder
from unit.apps import made
from unit.heroku.apps import staged

if TYPE_CHECKING:
    from pathlib import Path

    from components.app import App

OURS: Final = {
    *("Procfile", "requirements.txt", ".python-version", "gunicorn.conf.py"),
    *("flask_deploy.py", "flask_deploy.json", ".gitignore"),
}
GENERATED: Final = (
    *("flask_deploy.py", "flask_deploy.json", "gunicorn_app.conf.py"),
    *("flask_deploy_release.sh", "flask_deploy_constraints.txt"),
)


def files(loaded: App, changes: dict[str, Any] | None = None) -> dict[str, str]:
    """The staged files, path to content."""
    bundle = staged(loaded, changes).bundle
    return {item.path: (bundle.read(item.path) or b"").decode() for item in bundle.files}


def faults(loaded: App, changes: dict[str, Any] | None = None) -> list[str]:
    """What is said of an app instead; something has to be."""
    with pytest.raises(ConfigError) as caught:
        staged(loaded, changes)
    return list(caught.value.faults)


def test_the_app_s_files_and_ours_are_staged(tmp_path: Path) -> None:
    """Nothing else; the app's own as they are."""
    found = files(made(tmp_path))
    assert set(found) == {*examples.FILES, *OURS}
    assert found["run.py"] == examples.FILES["run.py"]
    for name in ("flask_deploy.py", "gunicorn.conf.py"):
        assert found[name] == render.asset(f"platforms/{name}")


def test_an_app_of_its_own_is_left_alone(tmp_path: Path) -> None:
    """What is generated stands in the copies only."""
    before = {path: path.read_bytes() for path in _every(made(tmp_path).root)}
    staged(made(tmp_path), {"app": {"releaseCommand": "one\ntwo"}}).bundle.write_folder(
        tmp_path.parent / "out"
    )
    assert {path: path.read_bytes() for path in _every(tmp_path)} == before


def _every(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_heroku_gets_the_configured_python(tmp_path: Path) -> None:
    """As its buildpack reads it."""
    assert files(made(tmp_path), {"app": {"python": "3.13"}})[".python-version"] == "3.13\n"


@pytest.mark.parametrize(
    ("name", "content"), [(".python-version", "3.12.4\n"), ("runtime.txt", "python-3.12.4\n")]
)
def test_an_app_s_own_python_counts(tmp_path: Path, name: str, content: str) -> None:
    """It stays as it is, alone; where the configuration says something else, that is said."""
    found = staged(made(tmp_path, {name: content}), {"app": {"python": "3.13"}})
    assert found.bundle.read(name) == content.encode()
    assert found.bundle.read(".python-version") == (content.encode() if name == ".python-version" else None)
    assert found.notes == (f"app/python: {name} says 3.12.4, and on Heroku that counts",)


@pytest.mark.parametrize("content", ["3.13", "3.13.5"])
def test_a_python_that_is_the_same_needs_no_word(tmp_path: Path, content: str) -> None:
    """A patch of the configured version is that version."""
    loaded = made(tmp_path, {".python-version": f"{content}\n"})
    assert staged(loaded, {"app": {"python": "3.13"}}).notes == ()


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock"])
def test_other_locks_are_left_out(tmp_path: Path, name: str) -> None:
    """Heroku would install from them, or refuse to choose; requirements.txt has what they say."""
    loaded = made(tmp_path, {f"docs/{name}": "x", "Pipfile": "x", "poetry.lock": "x", "Pipfile.lock": "x"})
    found = files(loaded)
    assert name not in found
    assert f"docs/{name}" in found


def test_uv_s_lock_becomes_requirements(tmp_path: Path) -> None:
    """With the hashes that it has, for the servers that are added too."""
    lock = (
        'version = 1\nrequires-python = ">=3.9"\n[[package]]\nname = "flask"\nversion = "3.1.0"\n'
        'source = { registry = "https://index.example/simple" }\nwheels = [{ url = '
        f'"https://index.example/flask-3.1.0-py3-none-any.whl", hash = "sha256:{"a" * 64}" }}]\n'
        '[[package]]\nname = "shop"\nversion = "0.1"\nsource = { virtual = "." }\n'
        'dependencies = [{ name = "flask" }]\n'
    )
    project = (
        '[project]\nname = "shop"\nversion = "0.1"\nrequires-python = ">=3.9"\ndependencies = ["flask"]\n'
    )
    found = files(made(tmp_path, {"uv.lock": lock, "pyproject.toml": project, "requirements.txt": ""}))
    assert "uv.lock" not in found
    assert found["requirements.txt"].startswith(f"flask==3.1.0 \\\n    --hash=sha256:{'a' * 64}\n")
    assert render.asset("servers/gunicorn.txt") in found["requirements.txt"]


@pytest.mark.parametrize("name", GENERATED)
def test_a_file_in_the_way_is_told(tmp_path: Path, name: str) -> None:
    """It would be overwritten in the copy, and the app miss it."""
    assert faults(made(tmp_path, {name: "x"})) == [
        f"{name}: is the name of a file that is generated for the deployment; rename yours"
    ]


def test_a_file_of_that_name_elsewhere_is_not(tmp_path: Path) -> None:
    """Names in folders are the app's own."""
    assert "shop/flask_deploy.py" in files(made(tmp_path, {"shop/flask_deploy.py": "x"}))


def test_an_app_s_own_gunicorn_file_still_counts(tmp_path: Path) -> None:
    """Under another name, which ours reads: test_gunicorn_conf.py."""
    found = files(made(tmp_path, {"gunicorn.conf.py": "threads = 4\n"}))
    assert found["gunicorn_app.conf.py"] == "threads = 4\n"
    assert found["gunicorn.conf.py"] == render.asset("platforms/gunicorn.conf.py")


def test_the_staged_folder_is_in_every_checkout() -> None:
    """One file of it is tracked, since the provider looks for it before the program runs: `up --refresh`."""
    tracked = render.ASSETS.parent / "platforms/heroku/.gitignore"
    assert tracked.read_text() == "*\n!.gitignore\n"


def test_that_file_is_staged_as_it_is_tracked(tmp_path: Path) -> None:
    """Otherwise each run would change the checkout; an app's own is for its own repository."""
    found = files(made(tmp_path, {".gitignore": "*.log\n"}))
    assert found[".gitignore"] == (render.ASSETS.parent / "platforms/heroku/.gitignore").read_text()


def test_links_become_copies(tmp_path: Path) -> None:
    """Heroku's archive loses them."""
    made(tmp_path)
    (tmp_path / "app.py").symlink_to("run.py")
    (tmp_path / "pictures").symlink_to("images")
    found = staged(made(tmp_path)).bundle
    assert not [item for item in found.files if item.target is not None]
    assert found.read("app.py") == found.read("run.py") == examples.FILES["run.py"].encode()
    assert found.read("pictures/default.png") == b"a picture"


def test_the_variables_are_the_app_s(tmp_path: Path) -> None:
    """What is configured, and where Flask finds the app; secrets are not among them."""
    changes = {"app": {"environment": {"WORK_ENV": "PROD"}}, "secrets": {"TOKEN": examples.CANARY}}
    found = staged(made(tmp_path), changes)
    assert {**found.variables, "FLASK_DEPLOY_ENVIRONMENT": ""} == {
        "FLASK_APP": "run:application",
        "WORK_ENV": "PROD",
        "FLASK_DEPLOY_ENVIRONMENT": "",
    }
    assert found.variables["FLASK_DEPLOY_ENVIRONMENT"] == found.release.environment
    assert "c4n4ry" not in str([found.variables, found.notes, files(made(tmp_path), changes)])


def test_an_app_in_src_is_found(tmp_path: Path) -> None:
    """As on a machine: its folder is where Python looks."""
    loaded = made(tmp_path, {"run.py": "", "src/shop.py": examples.FILES["run.py"]}, "shop:application")
    assert staged(loaded).variables["PYTHONPATH"] == "/app/src"


def test_what_is_served_is_in_a_file(tmp_path: Path) -> None:
    """Which the wrapper reads: test_wrapper.py."""
    found = staged(made(tmp_path))
    told = json.loads(found.bundle.read("flask_deploy.json") or b"")
    assert told == {"code": found.release.code, "static": {"/avatar": "images"}}
    assert "whitenoise==" in (found.bundle.read("requirements.txt") or b"").decode()


def test_each_change_of_what_is_built_is_another_release(tmp_path: Path) -> None:
    """A line of code, a file's rights, what is served and where: the running app has to have them all."""
    loaded = made(tmp_path)
    before = staged(loaded).release.code
    moved = replace(loaded, static={"/pictures": "images"})
    (tmp_path / "run.py").chmod(0o755)
    others = [staged(moved), staged(made(tmp_path)), staged(made(tmp_path, {"more.py": "x"}))]
    assert len({before, *(other.release.code for other in others)}) == 4


def test_equal_apps_give_equal_sources(tmp_path: Path) -> None:
    """Nothing random, no time, no path of this computer."""
    one, other = (staged(made(tmp_path / name)) for name in ("one", "other"))
    assert (one.bundle.files, one.release, one.variables) == (
        other.bundle.files,
        other.release,
        other.variables,
    )
    assert str(tmp_path) not in str(files(made(tmp_path / "one")))


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Of the configuration and of the app's files."""
    loaded = made(
        tmp_path, {"Procfile": "worker: x\n", "requirements.txt": "flask==3.1.0\ngunicorn==19.0.0\n"}
    )
    told = faults(loaded, {"app": {"python": "3.9"}, "pinnedRelease": "3f9c0a71be52"})
    assert [fault.partition(":")[0] for fault in told] == [
        *("app/python", "pinnedRelease", "Procfile", "requirements"),
    ]


def test_the_stack_is_part_of_no_file(tmp_path: Path) -> None:
    """What is built is the same in each; a secret's digest differs, and only the variable has it."""
    secrets = {"secrets": {"TOKEN": "x"}}
    one, other = (staged(made(tmp_path), secrets, stack=name) for name in (recorder.STACK, "blue"))
    assert one.bundle.files == other.bundle.files
    assert one.release.environment != other.release.environment
