"""`/`, `/healthz`, and the migrations behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from bookstore.config import database_url
from bookstore.database import db
from sqlalchemy import text

if TYPE_CHECKING:
    from conftest import MakeApp
    from flask import Flask
    from flask.testing import FlaskClient


def execute(app: Flask, *statements: str) -> None:
    """Change the database behind the app's back."""
    with app.app_context(), db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_index(make_app: MakeApp) -> None:
    """The first page names the app and WORK_ENV, and its links lead somewhere."""
    client = make_app({"WORK_ENV": "PROD"}).test_client()
    answer = client.get("/").get_json()
    assert answer == {
        "name": "bookstore",
        "work_env": "PROD",
        "links": {"authors": "/authors", "books": "/books", "health": "/healthz"},
    }


def test_healthy(client: FlaskClient) -> None:
    """The app is healthy once its migrations have run."""
    answer = client.get("/healthz")
    body = {"status": "ok", "database": "sqlite", "schema": "0001"}
    assert (answer.status_code, answer.get_json()) == (200, body)


def test_schema_is_missing(make_app: MakeApp) -> None:
    """Before the migrations have run, the health check answers 503 and says what to do."""
    answer = make_app().test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")
    assert "no revision, not at 0001: flask --app run db upgrade" in answer.get_json()["reason"]


def test_schema_of_a_later_release(app: Flask, client: FlaskClient) -> None:
    """A later release's schema is healthy while it has all that this release reads."""
    execute(
        app,
        "UPDATE alembic_version SET version_num = '0002'",
        "ALTER TABLE books ADD COLUMN pages INTEGER",
    )
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["schema"]) == (200, "0002")


def test_schema_that_lacks_a_column(app: Flask, client: FlaskClient) -> None:
    """A schema of unknown revision without a column of this release is not healthy."""
    execute(
        app,
        "UPDATE alembic_version SET version_num = '0002'",
        "ALTER TABLE books DROP COLUMN year",
    )
    assert client.get("/healthz").status_code == 503


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann:s3cret@127.0.0.1:1/shop", "mysql://ann:s3cret@127.0.0.1:1/shop"],
)
def test_database_does_not_answer(make_app: MakeApp, url: str) -> None:
    """Without a database the health check answers 503, and tells no secret and no host."""
    pytest.importorskip("psycopg" if url.startswith("postgresql") else "pymysql")
    app = make_app(SQLALCHEMY_DATABASE_URI=database_url(url))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")
    assert not [word for word in (b"s3cret", b"127.0.0.1", b"ann") if word in answer.data]


def test_requests_without_a_schema(make_app: MakeApp) -> None:
    """When the database cannot serve, a request answers 503 in JSON and points to the check."""
    answer = make_app().test_client().get("/authors")
    assert answer.status_code == 503
    assert "/healthz" in answer.get_json()["error"]["message"]


def test_migrations_make_the_models(app: Flask) -> None:
    """The migrations make exactly the tables that the models describe."""
    with app.app_context(), db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.metadata) == []


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_mysql_tables_hold_any_character(
    make_app: MakeApp, capsys: pytest.CaptureFixture[str], scheme: str
) -> None:
    """On MySQL and MariaDB the migrations do not depend on the server's own character set."""
    pytest.importorskip("pymysql")
    app = make_app(SQLALCHEMY_DATABASE_URI=database_url(f"{scheme}://u@127.0.0.1:1/shop"))
    with app.app_context():
        flask_migrate.upgrade(sql=True)
    assert capsys.readouterr().out.count("CHARSET=utf8mb4") == len(db.metadata.tables)


def test_migrations_can_be_taken_back(app: Flask, client: FlaskClient) -> None:
    """Down to nothing and up again leads to a healthy app."""
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert client.get("/healthz").status_code == 503
        flask_migrate.upgrade()
    assert client.get("/healthz").status_code == 200


def test_command_line_migrates(make_app: MakeApp) -> None:
    """`flask db upgrade` brings an empty database to the head; again, it changes nothing."""
    app = make_app()
    for _ in range(2):
        assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
        assert app.test_client().get("/healthz").status_code == 200


def test_sqlite_is_shared_by_processes(app: Flask) -> None:
    """SQLite lets readers go on beside a writer, makes writers wait, and keeps foreign keys."""
    with app.app_context(), db.engine.connect() as connection:
        pragmas = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        values = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas]
    assert values == ["wal", 5000, 1, 1]
