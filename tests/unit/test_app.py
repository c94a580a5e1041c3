"""The app as a value: its parts fit together, and all that is wrong comes in one error."""

from __future__ import annotations

import posixpath
from dataclasses import FrozenInstanceError
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import app
from components.errors import ConfigError, fault, gathering, shown
from components.settings import AppSettings
from components.source import GitSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from components.app import App

FILES = {
    "run.py": "from flask import Flask\napplication = Flask(__name__)\n",
    "requirements.txt": "flask==3.1.0\n",
    "static/a.css": "",
    "images/default.png": "",
}


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Make files, path to content, and the folders they lie in."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def load(
    root: Path,
    *,
    wsgi: str | None = None,
    static: Mapping[str, str] | None = None,
    persistent: Sequence[str] = (),
) -> App:
    """The app in a folder."""
    return app.load(project=root, path=".", git=None, wsgi=wsgi, static=static or {}, persistent=persistent)


def faults(root: Path, **config: object) -> tuple[str, ...]:
    """The faults that this gives; it has to give some."""
    with pytest.raises(ConfigError) as caught:
        load(root, **config)  # type: ignore[arg-type]
    return caught.value.faults


def test_an_app_is_brought_together(tmp_path: Path) -> None:
    """Folder, entry, requirements, files and folders, with what the user should know."""
    write(tmp_path, {**FILES, "cache.db": "", ".python-version": "3.12"})
    loaded = load(tmp_path, static={"/avatar": "images/"}, persistent=["images", "data/"])
    assert (loaded.root, loaded.commit) == (tmp_path.resolve(), None)
    assert str(loaded.entry) == "run:application"
    assert loaded.requirements.text == "flask==3.1.0\n"
    assert "run.py" in {item.path for item in loaded.bundle.files}
    assert (dict(loaded.static), loaded.persistent) == ({"/avatar": "images"}, ("images", "data"))
    assert dict(loaded.python) == {".python-version": "3.12"}
    assert loaded.notes == (
        "app: run:application (from run.py)",
        "requirements: from requirements.txt, without hashes",
        f"files: 5, 0 KiB, digest {loaded.bundle.digest[:12]}",
        "left out: cache.db (databases: they belong to a folder under app/persistent)",
    )
    with pytest.raises(FrozenInstanceError):
        loaded.commit = "x"  # type: ignore[misc]


def test_all_faults_come_in_one_error(tmp_path: Path) -> None:
    """Files, entry, requirements and folders are all judged, though the first has failed."""
    write(tmp_path, {"run.py": "", "requirements.txt": "-e .", ".env": ""})
    told = faults(tmp_path, wsgi="rn:app", static={"x": "gone"}, persistent=["/data"])
    starts = (
        ".env: ",
        "app/wsgi: rn:app: ",
        "requirements.txt:1: ",
        "app/persistent: /data ",
        "app/static: x ",
    )
    assert [next(s for s in starts if line.startswith(s)) for line in told] == list(starts)


def test_without_a_folder_the_rest_is_still_checked(tmp_path: Path) -> None:
    """The configuration's own rules don't need the app's files."""
    with pytest.raises(ConfigError) as caught:
        app.load(project=tmp_path, path="gone", git=None, wsgi=None, static={"x": "y"}, persistent=[".."])
    assert [line.partition(":")[0] for line in caught.value.faults] == [
        "app/path",
        "app/persistent",
        "app/static",
    ]


def test_a_file_that_is_left_out_is_no_entry(tmp_path: Path) -> None:
    """The entry is looked for in what is deployed, not in what lies around."""
    write(tmp_path, {**FILES, ".deployignore": "run.py\n"})
    (told,) = faults(tmp_path, wsgi="run:application")
    assert "run.py is left out of the deployment; add '!run.py' to .deployignore" in told


@pytest.mark.parametrize("prefix", ["/", "/avatar", "/a/b", "/a.b", "/~me", "/a-b_c"])
def test_prefixes_that_are_allowed(tmp_path: Path, prefix: str) -> None:
    """Plain paths, as they stand in a web server's configuration."""
    assert load(write(tmp_path, FILES), static={prefix: "static"}).static == {prefix: "static"}


@pytest.mark.parametrize(
    "prefix",
    [
        *("", "avatar", "/avatar/", "//", "/a//b", "/..", "/a/../b", "/.git"),
        *("/a b", "/a*", "/(a)", "/a$", "/a\n", "/a;b", "/ä", "/%61"),
    ],
)
def test_prefixes_that_are_refused(tmp_path: Path, prefix: str) -> None:
    """Anything that a web server would read as more than a path."""
    (told,) = faults(write(tmp_path, FILES), static={prefix: "static"})
    assert told.startswith(f"app/static: {shown(prefix)} should start with '/', not end with it")


@pytest.mark.parametrize(
    "folder", ["", ".", "..", "/etc", "../x", "a/../b", "./static", "a//b", "-x", "a b", "a\n", "ä", "~"]
)
def test_folders_that_are_refused(tmp_path: Path, folder: str) -> None:
    """Outside, the app's own, or not fit for a configuration file as it is."""
    write(tmp_path, FILES)
    (kept,) = faults(tmp_path, persistent=[folder])
    assert kept.startswith("app/persistent: ")
    assert kept.endswith(
        "should be a folder inside the app's, relative, of letters, digits and -._, for example images"
    )
    (served,) = faults(tmp_path, static={"/x": folder})
    assert served.endswith("for example static; '.' would publish the app's code")


@given(st.text("a.~-/ \n", max_size=8))
def test_folders_that_are_allowed_stay_inside(folder: str) -> None:
    """Whatever is let through is a plain path below the app's folder."""
    if app._is_folder(folder):
        assert posixpath.normpath(folder) == folder.rstrip("/")
        assert folder.partition("/")[0] not in {"", ".", ".."}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"persistent": ["a", "a"]}, "app/persistent: a and a lie in each other; keep the outer one"),
        ({"persistent": ["a/b", "a"]}, "app/persistent: a and a/b lie in each other; keep the outer"),
        ({"persistent": ["a", "a/b/c"]}, "app/persistent: a/b/c and a lie in each other"),
        ({"persistent": ["run.py"]}, "app/persistent: run.py is a file of the app; give a folder"),
        ({"static": {"/x": "gone"}}, "app/static: /x: gone should be a folder of the app; create it"),
        ({"static": {"/x": "run.py"}}, "app/static: /x: run.py should be a folder of the app"),
        ({"static": {"/x": "Static"}}, "app/static: /x: Static should be a folder of the app"),
        ({"static": {"/x": "dist"}}, "it is left out (.gitignore); add '!dist/' to .deployignore"),
    ],
)  # fmt: skip
def test_folders_that_don_t_fit(tmp_path: Path, config: dict[str, object], message: str) -> None:
    """Folders in each other, files, missing and left-out ones."""
    write(tmp_path, {**FILES, "dist/x": "", ".gitignore": "dist/\n"})
    (told,) = faults(tmp_path, **config)
    assert message in told


def test_a_static_folder_may_be_written_by_the_app(tmp_path: Path) -> None:
    """A persistent folder need not exist yet, nor need one below it."""
    loaded = load(
        write(tmp_path, FILES), static={"/up": "data/up", "/d": "data"}, persistent=["data", "database"]
    )
    assert loaded.persistent == ("data", "database")


def test_published_code_is_said(tmp_path: Path) -> None:
    """Serving a folder with Python in it may be meant, but rarely is."""
    write(tmp_path, {**FILES, "shop/secret.py": ""})
    notes = load(tmp_path, static={"/shop": "shop"}).notes
    assert notes[-1] == "app/static: /shop publishes the Python files in shop"


def test_git_and_settings_reach_the_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The configuration's section is handed on as it is, relative to Pulumi's folder."""
    section = {"name": "shop", "wsgi": "run:application", "persistent": ["data"]}
    git = {"url": "/r", "ref": "v1", "path": "web"}
    calls: list[dict[str, object]] = []
    loaded = SimpleNamespace(python={})

    def load(**given: object) -> SimpleNamespace:
        calls.append(given)
        return loaded

    monkeypatch.setattr(app, "load", load)
    monkeypatch.chdir(tmp_path)
    app.from_settings(AppSettings.model_validate({**section, "git": git}))
    app.from_settings(AppSettings.model_validate({**section, "path": "../shop"}))
    common = {"project": tmp_path, "wsgi": "run:application", "static": {}, "persistent": ["data"]}
    source = GitSource(url="/r", ref="v1", path="web")
    assert calls == [
        {**common, "path": None, "git": source},
        {**common, "path": "../shop", "git": None},
    ]


def test_an_error_lists_each_fault_once() -> None:
    """One fault a line, in the order they were found."""
    error = ConfigError(["a: x", "b: y", "a: x"])
    assert (error.faults, str(error)) == (("a: x", "b: y"), "a: x\nb: y")
    found = ["a: x"]
    with gathering(found):
        raise fault("b: y")
    assert found == ["a: x", "b: y"]
    assert [shown(name) for name in ("ä b", "a\nb", "")] == ["ä b", r"'a\nb'", "''"]


def _wants_python(folder: Path, version: str) -> AppSettings:
    (folder / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    project = f'[project]\nname = "x"\nversion = "1"\nrequires-python = "{version}"\n'
    (folder / "pyproject.toml").write_text(project + 'dependencies = ["flask==3.1.3"]\n')
    return AppSettings.model_validate({"name": "shop", "path": ".", "python": "3.11"})


@pytest.mark.parametrize("version", [">=3.10", ">=3.11,<4", "<4"])
def test_a_python_that_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """What pyproject.toml asks for may be below the configured version, or equal."""
    monkeypatch.chdir(tmp_path)
    assert app.from_settings(_wants_python(tmp_path, version)).python == {"pyproject.toml": version}


@pytest.mark.covers(26)
def test_a_python_that_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configured version must not be below what pyproject.toml asks for."""
    monkeypatch.chdir(tmp_path)
    rule = (
        "app/python: 3.11 is older than pyproject.toml wants (>=3.13); "
        'set it to what the app needs, for example python: "3.13"'
    )
    with pytest.raises(ConfigError) as raised:
        app.from_settings(_wants_python(tmp_path, ">=3.13"))
    assert raised.value.faults == (rule,)
