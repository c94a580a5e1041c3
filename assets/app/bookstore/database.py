"""The database: connection settings, the base of the models, and whether the schema is current."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import Migrate  # type: ignore[import-untyped]
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Engine, MetaData, event, make_url
from sqlalchemy.orm import DeclarativeBase

from bookstore.config import ROOT

if TYPE_CHECKING:
    from flask import Flask

MIGRATIONS = ROOT / "migrations"


class Base(DeclarativeBase):
    """What all models share: constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # A database made by others may default to an alphabet without, say, Cyrillic or emoji.
    __table_args__ = ({"mysql_charset": "utf8mb4", "mariadb_charset": "utf8mb4"},)


db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:
    Model = Base  # type checkers cannot follow the class that Flask-SQLAlchemy makes of it
else:
    Model = db.Model


def init_app(app: Flask) -> None:
    """Bind the database and the migrations to the app. Opens no connection: workers may fork."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        with contextlib.suppress(OSError):  # read-only: /healthz says that the database is missing
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", _engine_options(url))
    db.init_app(app)
    # Batch mode lets later migrations alter tables on SQLite too.
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)


def _engine_options(url: URL) -> dict[str, Any]:
    """Test a pooled connection before use, and give up early on a host that does not answer."""
    options: dict[str, Any] = {"pool_pre_ping": True}
    known = url.get_driver_name() in {"psycopg", "psycopg2", "pymysql"}
    if known and "connect_timeout" not in url.query:
        options["connect_args"] = {"connect_timeout": 5}  # seconds
    return options


@event.listens_for(Engine, "connect")
def _set_sqlite_pragmas(connection: object, _record: object) -> None:
    """Let several processes share one SQLite file, and enforce foreign keys."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA busy_timeout = 5000")  # milliseconds a writer waits its turn
        connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for writers
        connection.execute("PRAGMA synchronous = NORMAL")  # safe together with WAL
        connection.execute("PRAGMA foreign_keys = ON")


@cache
def _known_revisions() -> tuple[str, ...]:
    """Return the revisions of this release's migrations, the newest (the head) first."""
    return tuple(step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def schema_state() -> tuple[str, str]:
    """Return the schema's revision, and why this release cannot work with it ("" when it can).

    A revision unknown here comes from a later release that has migrated already, or that was
    rolled back. It will do as long as every column that this release reads is still there:
    the old release must stay healthy while it is being replaced.

    Raises:
        SQLAlchemyError: the database does not answer, or lacks such a column.
    """
    head, *_ = known = _known_revisions()
    with db.engine.connect() as connection:
        revision = ",".join(MigrationContext.configure(connection).get_current_heads())
        if revision not in {"", *known}:
            for table in db.metadata.sorted_tables:
                connection.execute(table.select().limit(0))
        elif revision != head:
            at = revision or "no revision"
            return revision, f"the schema is at {at}, not at {head}: flask --app run db upgrade"
    return revision, ""
