"""What the environment variables decide."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from bookstore.config import ROOT, ConfigError, database_url, load

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MakeApp


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        (None, "DEV"),
        ("", "DEV"),
        ("DEV", "DEV"),
        ("prod", "PROD"),
        ("Prod", "PROD"),
        ("TEST", "TEST"),
    ],
)
def test_work_env(make_app: MakeApp, given: str | None, chosen: str) -> None:
    """WORK_ENV chooses the configuration, in any case of letters; DEV is the default."""
    app = make_app({} if given is None else {"WORK_ENV": given})
    assert app.config["WORK_ENV"] == chosen
    assert app.testing == (chosen == "TEST")


def test_unknown_work_env(make_app: MakeApp) -> None:
    """An unknown WORK_ENV stops the app at its start, and the message names the valid ones."""
    with pytest.raises(ConfigError, match="'STAGING'; it must be one of DEV, PROD, TEST"):
        make_app({"WORK_ENV": "STAGING"})


def test_secret_key() -> None:
    """SECRET_KEY comes from the environment only; not even PROD demands or invents one."""
    assert load({"WORK_ENV": "PROD"}).SECRET_KEY is None
    assert load({"WORK_ENV": "PROD", "SECRET_KEY": "k"}).SECRET_KEY == "k"  # noqa: S105 - no secret


@pytest.mark.parametrize(
    ("value", "uploads"),
    [(None, True), ("", True), ("disk", True), ("none", False), ("NONE", False)],
)
def test_persistent_storage(value: str | None, *, uploads: bool) -> None:
    """There is a lasting disk unless PERSISTENT_STORAGE is none."""
    assert load({} if value is None else {"PERSISTENT_STORAGE": value}).UPLOADS is uploads


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h:5/d", "postgresql+psycopg://u:p@h:5/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+psycopg2://u:p@h/d"),
        ("postgres+psycopg2://u:p@h/d", "postgresql+psycopg2://u:p@h/d"),
        ("mysql://u:p@h/d", "mysql+pymysql://u:p@h/d"),
        ("mysql+mysqldb://u:p@h/d", "mysql+mysqldb://u:p@h/d"),
        ("mariadb://u:p@h/d", "mariadb+pymysql://u:p@h/d"),
        ("postgres://u:p%40%2F@h/d", "postgresql+psycopg://u:p%40%2F@h/d"),
        ("sqlite:////srv/shop/data/app.db", "sqlite:////srv/shop/data/app.db"),
    ],
)
def test_database_url(given: str, used: str) -> None:
    """A URL without a driver gets the one that requirements.txt brings; a given one is kept."""
    assert database_url(given).render_as_string(hide_password=False) == used


@pytest.mark.parametrize("url", ["s3cret", "postgres//u:s3cret@h", "mysql://u:s3cret@h:port/d"])
def test_bad_database_url(url: str) -> None:
    """What is no database URL stops the app at its start; the message does not quote it."""
    with pytest.raises(ConfigError, match="DATABASE_URL is not a database URL") as caught:
        load({"DATABASE_URL": url})
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("work_env", "file"), [("PROD", "app.db"), ("TEST", "test.db")])
def test_default_database(work_env: str, file: str) -> None:
    """Without DATABASE_URL the records are in `data/` of the app root; tests have their own."""
    url = load({"WORK_ENV": work_env, "DATABASE_URL": " "}).SQLALCHEMY_DATABASE_URI
    assert (url.drivername, url.database) == ("sqlite", str(ROOT / "data" / file))


def test_data_folder_is_made(make_app: MakeApp, tmp_path: Path) -> None:
    """The folder of the SQLite file is made when it is missing."""
    make_app()
    assert (tmp_path / "data").is_dir()


def test_data_folder_cannot_be_made(make_app: MakeApp, tmp_path: Path) -> None:
    """Where that folder cannot be made, the app starts, and the health check says 503."""
    (tmp_path / "data").write_text("a file is in the way")
    assert make_app().test_client().get("/healthz").status_code == 503


def test_json_is_indented_for_developers(make_app: MakeApp) -> None:
    """DEV indents its JSON, PROD does not."""
    assert b"\n  " in make_app({"WORK_ENV": "DEV"}).test_client().get("/").data
    assert b"\n  " not in make_app({"WORK_ENV": "PROD"}).test_client().get("/").data


def test_password_is_not_logged(make_app: MakeApp, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the settings as text nor the log quote the database's password."""
    pytest.importorskip("psycopg")
    uri = load({"DATABASE_URL": "postgres://u:s3cret@127.0.0.1:1/d"}).SQLALCHEMY_DATABASE_URI
    app = make_app(SQLALCHEMY_DATABASE_URI=uri)
    with caplog.at_level(logging.DEBUG):
        app.test_client().get("/healthz")
    assert "healthz" in caplog.text
    assert "s3cret" not in caplog.text + repr(app.config)
