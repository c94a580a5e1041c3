# ruff: noqa: E501  # tables: a case a line
"""The WSGI entry: checked or found from the source alone, by Flask's own rules."""

from __future__ import annotations

import ast
import importlib
import sys
from typing import TYPE_CHECKING

import pytest
from flask.cli import NoAppException, ScriptInfo

from components import entry
from components.errors import ConfigError
from components.wsgi import names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from components.entry import Entry

FLASK = "from flask import Flask\n"
APP = FLASK + "app = Flask(__name__)\n"
FACTORY = FLASK + "def create_app(test_config=None):\n    return Flask(__name__)\n"


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Make files, path to content, and the folders they lie in."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def find(root: Path, files: Mapping[str, str], wsgi: str | None = None) -> Entry:
    """The entry of an app of these files."""
    return entry.find(write(root, files), wsgi)


def fault(root: Path, files: Mapping[str, str], wsgi: str | None = None) -> str:
    """The one fault of an app of these files."""
    with pytest.raises(ConfigError) as caught:
        find(root, files, wsgi)
    (only,) = caught.value.faults
    assert only.isprintable()
    return only


@pytest.mark.parametrize(
    ("source", "wsgi"),
    [
        (APP, "run:app"),
        (FACTORY, "run:create_app()"),
        (FACTORY, "run:create_app( )"),
        ("import flask\napplication = flask.Flask(__name__)", "run:application"),
        ("app, db = build()", "run:app"),
        ("app: object = build()", "run:app"),
        ("from elsewhere import app", "run:app"),
        ("from elsewhere import *", "run:app"),
        ("from x import y as app", "run:app"),
        ("if DEBUG:\n    app = a()\nelse:\n    app = b()", "run:app"),
        ("try:\n    from a import app\nexcept ImportError:\n    app = None", "run:app"),
        ("with setup() as app:\n    pass", "run:app"),
        ("for app in apps():\n    break", "run:app"),
        ("print(app := build())", "run:app"),
        ("globals()['app'] = 1", "run:app"),
        ("def __getattr__(name): ...", "run:app"),
        ("app = None\ndef start():\n    global app\n    app = 1", "run:app"),
        ("def app(environ, start_response): ...", "run:app"),
        ("def app(*args): ...", "run:app"),
        ("class app:\n    def __init__(self, environ, start_response): ...", "run:app"),
        ("create_app = lambda config=None: 1", "run:create_app()"),
        ("@cached\ndef create_app(config): ...", "run:create_app()"),
        ("def create_app(*, debug=False, **more): ...", "run:create_app()"),
        ("from functools import partial\nmake = partial(build, 1)", "run:make()"),
        ("type X = int\nthis is = no Python", "run:app"),
    ],
)
def test_entries_that_can_work_are_let_through(tmp_path: Path, source: str, wsgi: str) -> None:
    """What the source can't rule out is accepted: only running it would tell."""
    found = find(tmp_path, {"run.py": source}, wsgi)
    assert str(found) == wsgi.replace(" ", "")
    assert found.python_path == "."
    assert found.source.startswith("app/wsgi")


SHOULD = "should be module:callable, or module:factory() for an application factory, for example"


@pytest.mark.covers(25)
@pytest.mark.parametrize(
    ("source", "wsgi", "message"),
    [
        ("", "run", f"app/wsgi: run {SHOULD}"),
        ("", "run:", f"app/wsgi: run: {SHOULD}"),
        ("", ":app", f"app/wsgi: :app {SHOULD}"),
        ("", "run:a.b", f"app/wsgi: run:a.b {SHOULD}"),
        ("", "run:app; x", f"app/wsgi: run:app; x {SHOULD}"),
        ("", "import:app", f"app/wsgi: import:app {SHOULD}"),
        ("", "a\nb:app", rf"app/wsgi: 'a\nb:app' {SHOULD}"),
        ("", "run.py:app", "run.py:app names a file, and should be"),
        ("", "./shop/run.py:app", "write 'shop.run:app'"),
        (FACTORY, "run:create_app('prod')", "a factory is called without arguments, since not"),
        ("", "rn:app", "there is no module 'rn', neither rn.py nor rn/__init__.py in the app's"),
        (APP, "run:application", "run.py has no 'application' at its top level; did you mean 'run:app'?"),
        (FACTORY, "run:app", "did you mean 'run:create_app()'?"),
        ("shop = build()", "run:shopp", "did you mean 'run:shop'?"),
        ("", "run:app", "run.py has no 'app' at its top level; say it under app/wsgi"),
        ("def f():\n    app = 1", "run:app", "run.py has no 'app'"),
        ("if __name__ == '__main__':\n    app = create()", "run:app", "run.py has no 'app'"),
        ("if TYPE_CHECKING:\n    from a import app", "run:app", "run.py has no 'app'"),
        (FACTORY, "run:create_app", "is a function that returns the app; write 'run:create_app()'"),
        ("def build(): ...", "run:build", "is a function that returns the app; write 'run:build()'"),
        ("def build(a, b, c): ...", "run:build", "the function needs a, b, c, and a factory is"),
        ("def create_app(config): ...", "run:create_app()", "the function needs config, and a"),
        ("def create_app(config): ...", "run:create_app", "the function needs config, and a"),
        ("def make_app(a, b=1, *, c, d=2): ...", "run:make_app()", "the function needs a, c, and"),
        (APP, "run:app()", "'app' in run.py is the app itself, not a factory; write 'run:app'"),
        ("app = create_app()", "run:app()", "is the app itself, not a factory; write 'run:app'"),
        ("class App: ...", "run:App()", "'App' in run.py is a class, and a factory is a function"),
        ("app = 'x'", "run:app", "'app' in run.py is neither an app nor a function; say it"),
        ("app = None", "run:app()", "'app' in run.py is neither an app nor a function"),
        ("async def create_app(): ...", "run:create_app()", "is neither an app nor a function"),
        ("import shop as app", "run:app", "'app' in run.py is a module; say it under app/wsgi"),
    ],
)  # fmt: skip
def test_entries_that_can_t_work(tmp_path: Path, source: str, wsgi: str, message: str) -> None:
    """Each says what is wrong and what to write instead."""
    told = fault(tmp_path, {"run.py": source}, wsgi)
    assert told.startswith("app/wsgi: ")
    assert message in told


@pytest.mark.parametrize(
    ("files", "wsgi", "python_path"),
    [
        ({"shop/web/run.py": APP}, "shop.web.run:app", "."),
        ({"shop/__init__.py": FACTORY}, "shop:create_app()", "."),
        ({"src/shop/__init__.py": FACTORY}, "shop:create_app()", "src"),
        ({"src/run.py": APP}, "run:app", "src"),
        ({"src/run.py": "", "run.py": APP}, "run:app", "."),
        ({"run.py": "", "run/__init__.py": APP}, "run:app", "."),
    ],
)
def test_modules_are_found_where_python_finds_them(
    tmp_path: Path, files: dict[str, str], wsgi: str, python_path: str
) -> None:
    """In the app's folder before `src`, packages before modules."""
    found = find(tmp_path, files, wsgi)
    assert (str(found), found.python_path) == (wsgi, python_path)


@pytest.mark.parametrize(
    ("files", "wsgi", "message"),
    [
        ({"run.py": "from shop import app", "shop/__init__.py": APP}, "run:app", ""),
        ({"run.py": "from shop import app", "shop/__init__.py": "", "shop/app.py": APP}, "run:app", "is a module"),
        ({"run.py": "from shop import create_app", "shop/__init__.py": FACTORY}, "run:create_app", "write 'run:create_app()'"),
        ({"run.py": "from shop import create_app as make", "shop/__init__.py": "from .core import create_app", "shop/core.py": FACTORY}, "run:make()", ""),
        ({"run.py": "from shop.core import app", "shop/core.py": "from ..up import app"}, "run:app", ""),
        ({"shop/__init__.py": "from .core import app", "shop/core.py": "app = 1"}, "shop:app", "neither an app"),
        ({"shop/web/__init__.py": "from ..core import app", "shop/core.py": "app = 1"}, "shop.web:app", "neither an app"),
        ({"shop/web.py": "from .core import app", "shop/core.py": "app = 1"}, "shop.web:app", "neither an app"),
        ({"run.py": "from shop import app", "shop/__init__.py": ""}, "run:app", "run.py has no 'app'"),
        ({"run.py": "from shop import app as application", "shop.py": APP}, "run:application()", "the app itself"),
        ({"run.py": APP + "application = app"}, "run:application()", "the app itself"),
        ({"run.py": "from other import app", "other.py": "from run import app"}, "run:app", ""),
        ({"src/run.py": "from shop import app", "src/shop.py": "app = 1"}, "run:app", "neither an app"),
    ],
)  # fmt: skip
def test_imports_are_followed(tmp_path: Path, files: dict[str, str], wsgi: str, message: str) -> None:
    """A name that comes from another module of the app is what it is there."""
    if message:
        assert message in fault(tmp_path, files, wsgi)
    else:
        assert str(find(tmp_path, files, wsgi)) == wsgi


def test_a_module_that_is_not_deployed_does_not_count(tmp_path: Path) -> None:
    """Neither one that is left out, nor one whose name has other capitals (macOS finds it)."""
    write(tmp_path, {"run.py": APP, "wsgi.py": APP})
    (tmp_path / "shop").symlink_to("src")
    write(tmp_path, {"src/web.py": APP})
    (tmp_path / "far.py").symlink_to(entry.__file__)
    with pytest.raises(ConfigError, match=r"far\.py is left out"):
        entry.find(tmp_path, "far:app", {"run.py"})
    with pytest.raises(ConfigError, match=r"run.py is left out .*add '!run.py' to .deployignore"):
        entry.find(tmp_path, "run:app", {"Run.py"})
    with pytest.raises(ConfigError, match="found no Flask app"):
        entry.find(tmp_path, None, {"Run.py"})
    assert entry.find(tmp_path, "shop.web:app", {"shop", "src/web.py"}).module == "shop.web"


def test_unreadable_source_is_said(tmp_path: Path) -> None:
    """Newer syntax than this Python's is no fault of an entry that is given, but it is told."""
    found = find(tmp_path, {"run.py": "x = 1\nthis = is new"}, "run:app")
    assert "not checked: run.py: Python 3." in found.source
    assert "can't read it in line 2: invalid syntax" in found.source
    assert fault(tmp_path, {}).startswith("run.py: Python 3.")


OWN_MODULES = {"app", "wsgi", "shop", "shop.web"}
# Each of these is given to Flask too, so that its rules are compared with the real ones.
AS_FLASK: list[tuple[dict[str, str], str]] = [
    ({"wsgi.py": APP, "app.py": APP}, "wsgi:app"),
    ({"app.py": APP}, "app:app"),
    ({"app/__init__.py": APP}, "app:app"),
    ({"app.py": FLASK + "application = Flask('a')\napp = Flask('b')"}, "app:app"),
    ({"app.py": FLASK + "other = Flask('a')\napplication = Flask('b')"}, "app:application"),
    ({"app.py": FLASK + "shop = Flask('a')\ndef create_app(): ..."}, "app:shop"),
    ({"app.py": FACTORY + "def make_app(): ..."}, "app:create_app()"),
    ({"app.py": FLASK + "def make_app():\n    return Flask('m')"}, "app:make_app()"),
    ({"app.py": FACTORY + "app = create_app()"}, "app:app"),
    ({"app.py": FLASK + "app = 'text'\nshop = Flask('a')"}, "app:shop"),
    ({"app.py": "from shop import create_app", "shop.py": FACTORY}, "app:create_app()"),
    ({"app.py": FLASK + "a = Flask('a')\nb = Flask('b')"}, ""),
    ({"app.py": "def create_app(config): ..."}, ""),
    ({".flaskenv": "FLASK_APP=shop", "shop.py": APP, "app.py": APP}, "shop:app"),
    ({".flaskenv": "FLASK_APP=shop.py", "shop.py": APP}, "shop:app"),
    ({".flaskenv": "FLASK_APP=./shop.py", "shop.py": APP}, "shop:app"),
    ({".flaskenv": "FLASK_APP=shop/web.py", "shop/__init__.py": "", "shop/web.py": APP}, "shop.web:app"),
    ({".flaskenv": "FLASK_APP=shop/__init__.py:create_app", "shop/__init__.py": FACTORY}, "shop:create_app()"),
    ({".flaskenv": "FLASK_APP=shop:create_app", "shop.py": FACTORY}, "shop:create_app()"),
    ({".flaskenv": "FLASK_APP=shop:create_app()", "shop.py": FACTORY}, "shop:create_app()"),
    ({".flaskenv": "FLASK_APP=shop:site", "shop.py": FLASK + "site = Flask('s')"}, "shop:site"),
    ({".flaskenv": "FLASK_APP=shop.web", "shop/__init__.py": "", "shop/web.py": APP}, "shop.web:app"),
    ({".flaskenv": "FLASK_APP=shop:nothing", "shop.py": APP}, ""),
    ({".flaskenv": "FLASK_APP=nothing", "app.py": APP}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), AS_FLASK)
def test_the_choice_is_flask_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], expected: str
) -> None:
    """Where Flask finds an app, the same one is found; where it finds none, so is none."""
    # Modules of the same name from the case before must not be taken.
    others = {name: module for name, module in sys.modules.items() if name not in OWN_MODULES}
    monkeypatch.setattr(sys, "modules", others)
    monkeypatch.setattr(sys, "path", [str(write(tmp_path, files)), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    variable = files.get(".flaskenv", "").removeprefix("FLASK_APP=") or None
    if expected:
        found = entry.find(tmp_path, None)
        assert str(found) == expected
        theirs = ScriptInfo(app_import_path=variable).load_app()
        module = importlib.import_module(found.module)
        ours = getattr(module, found.attribute)
        assert theirs is ours or (found.factory and theirs.name == ours().name)
    else:
        with pytest.raises(ConfigError):
            entry.find(tmp_path, None)
        with pytest.raises(NoAppException):
            ScriptInfo(app_import_path=variable).load_app()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("FLASK_APP=shop", "shop"),
        ("export FLASK_APP = shop  # the shop", "shop"),
        ("FLASK_APP='shop:create_app()'", "shop:create_app()"),
        ('FLASK_APP="shop"   # x', "shop"),
        ("FLASK_DEBUG=1\r\nFLASK_APP=shop\r\n", "shop"),
        ("FLASK_APP=old\nFLASK_APP=shop", "shop"),
        ("\ufeffFLASK_APP=shop", "shop"),
        ("# FLASK_APP=shop", ""),
        ("MY_FLASK_APP=shop", ""),
        ("FLASK_APP=", ""),
    ],
)
def test_flaskenv_syntax(tmp_path: Path, line: str, value: str) -> None:
    """Quotes, comments, `export`: as python-dotenv reads them; the last line counts."""
    assert entry._flask_app(write(tmp_path, {".flaskenv": line})) == value


@pytest.mark.parametrize(
    ("files", "expected", "source"),
    [
        ({"run.py": APP, "main.py": APP}, "run:app", "run.py"),
        ({"main.py": APP}, "main:app", "main.py"),
        ({"wsgi.py": "x = 1", "main.py": APP}, "main:app", "main.py"),
        ({"src/app.py": APP}, "app:app", "src/app.py"),
        ({"src/main.py": APP, "main.py": APP}, "main:app", "main.py"),
        ({"flaskr/__init__.py": FACTORY, "tests/__init__.py": APP}, "flaskr:create_app()", "flaskr/__init__.py"),
        ({"src/flaskr/__init__.py": FACTORY}, "flaskr:create_app()", "src/flaskr/__init__.py"),
        ({"shop/__init__.py": "", "shop/wsgi.py": APP, "shop/app.py": APP}, "shop.wsgi:app", "shop/wsgi.py"),
        ({"shop/__init__.py": "", "shop/app.py": APP, "lib/__init__.py": ""}, "shop.app:app", "shop/app.py"),
        ({"app.py": "app = build()\nadmin = 1"}, "app:app", "app.py"),
        ({"app.py": "from celery import Celery\n" + FLASK + "app = Celery()\napplication = Flask('a')"}, "app:application", "app.py"),
        ({".flaskenv": "FLASK_APP=src/shop/__init__.py", "src/shop/__init__.py": APP}, "shop:app", "src/shop/__init__.py"),
        ({".flaskenv": "FLASK_APP=shop:create_app", "shop.py": FACTORY}, "shop:create_app()", "FLASK_APP in .flaskenv"),
    ],
)  # fmt: skip
def test_what_is_found_beyond_flask(
    tmp_path: Path, files: dict[str, str], expected: str, source: str
) -> None:
    """Usual modules, src and single packages; the source says where it was found."""
    found = find(tmp_path, files)
    assert (str(found), found.source) == (expected, source)


@pytest.mark.covers(25)
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "found no Flask app; looked for FLASK_APP in .flaskenv, and for app, application, one Flask(…), create_app, make_app in wsgi.py, app.py, run.py, main.py, also in src; say it under app/wsgi, for example 'shop:app' or 'shop:create_app()'"),
        ({"lib/__init__.py": ""}, "main.py, lib/, also in src"),
        ({"__init__.py": FACTORY}, "a package: give the folder above it; say it under app/wsgi"),
        ({"a/__init__.py": APP, "b/__init__.py": FACTORY}, "more than one app: a:app, b:create_app()"),
        ({"run.py": FLASK + "a = Flask('a')\nb = Flask('b')"}, "more than one app in run.py: run:a, run:b"),
        ({"run.py": "def create_app(config): ..."}, "found run:create_app(): the function needs config"),
        ({".flaskenv": "FLASK_APP=shop:create_app('x')", "shop.py": FACTORY}, ".flaskenv: FLASK_APP=shop:create_app('x'): a factory is called without arguments"),
        ({".flaskenv": "FLASK_APP=/etc/shop.py"}, "should be a file in the app's folder"),
        ({".flaskenv": "FLASK_APP=../shop.py"}, "should be a file in the app's folder"),
        ({".flaskenv": "FLASK_APP=back/shop.py", "back/shop.py": APP}, "back is no package in them; make it the app's folder, or add back/__init__.py"),
        ({".flaskenv": "FLASK_APP=shop", "shop.py": "x = 1"}, "there is no Flask app in shop.py"),
        ({".flaskenv": "FLASK_APP=shop:a.b", "shop.py": ""}, f"FLASK_APP=shop:a.b {SHOULD}"),
    ],
)  # fmt: skip
def test_what_can_t_be_found(tmp_path: Path, files: dict[str, str], message: str) -> None:
    """The message lists what was looked at and how to say it, with an example."""
    assert message in fault(tmp_path, files)


def test_the_app_s_code_is_never_run(tmp_path: Path) -> None:
    """Neither a given nor a found entry imports anything."""
    code = "raise SystemExit('run!')\n" + APP
    assert str(find(tmp_path, {"run.py": code})) == "run:app"
    assert str(find(tmp_path, {}, "run:app")) == "run:app"
    assert not list(tmp_path.rglob("__pycache__"))


def test_every_usual_way_to_bind_a_name_is_known(tmp_path: Path) -> None:
    """A module that only defines names has exactly those that Python gives it."""
    source = (
        "import os, os.path as p\nfrom sys import path as q\na = b = 1\nc, (d, *e) = 1, (2, 3)\n"
        "f: int = 1\ng: int\nfor h in [1]: pass\nwith open('/dev/null') as i: pass\n"
        "def j(x): k = 1\nclass L: m = 1\nif True: n = 1\ntry: o = 1\nfinally: r = 1\n"
        "t = [u for u in [1]]\nv = lambda w: w\n(y := 1)\n"
    )
    write(tmp_path, {"m.py": source})
    real: dict[str, object] = {}
    exec(compile(ast.parse(source), "m", "exec"), real)  # noqa: S102  # our own text
    known = names.read(tmp_path / "m.py", "").known
    assert set(known) == set(real) - {"__builtins__", "__annotations__"}
