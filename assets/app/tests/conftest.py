"""An app with a database and a folder of images of its own, both below tmp_path."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import flask_migrate
import pytest
from bookstore import create_app
from bookstore.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    MakeApp = Callable[..., Flask]

VARIABLES = ("WORK_ENV", "DATABASE_URL", "SECRET_KEY", "PERSISTENT_STORAGE")


@pytest.fixture(scope="session", autouse=True)
def source_tree_is_untouched() -> Iterator[None]:
    """No test may leave a file in the source tree."""

    def files() -> set[Path]:
        return {path for path in ROOT.rglob("*") if "__pycache__" not in path.parts}

    before = files()
    yield
    assert files() == before


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file whose schema the migrations made, once for all tests."""
    file = tmp_path_factory.mktemp("migrated") / "app.db"
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{file}"})
    with app.app_context():
        flask_migrate.upgrade()
        app.extensions["sqlalchemy"].engine.dispose()
    return file


@pytest.fixture
def make_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeApp:
    """Return a function that makes an app below tmp_path; the database has no tables yet."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    images = tmp_path / "images"
    shutil.copytree(ROOT / "images", images)

    def make(environ: dict[str, str] | None = None, **config: Any) -> Flask:
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        uri = f"sqlite:///{tmp_path}/data/app.db"
        return create_app({"SQLALCHEMY_DATABASE_URI": uri, "IMAGES_DIR": images, **config})

    return make


@pytest.fixture
def app(make_app: MakeApp, migrated: Path, tmp_path: Path) -> Flask:
    """Return an app with a migrated, empty database."""
    app = make_app()
    shutil.copy(migrated, tmp_path / "data" / "app.db")
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the app."""
    return app.test_client()


@pytest.fixture
def author(client: FlaskClient) -> dict[str, Any]:
    """Return the JSON of an author who is stored."""
    names = {"first_name": "Ursula", "last_name": "Le Guin"}
    return client.post("/authors", json=names).get_json()


@pytest.fixture
def book(client: FlaskClient, author: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a book that is stored."""
    fields = {"title": "The Dispossessed", "author_id": author["id"], "isbn": "978-0-06-051275-0"}
    return client.post("/books", json=fields).get_json()
