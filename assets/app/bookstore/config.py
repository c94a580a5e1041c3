"""Settings: one class for each WORK_ENV, completed from the environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The app root. A release's code is read-only; of these folders, `images` and `data` are links
# to a lasting directory there, so uploads and the SQLite file outlive the release.
ROOT = Path(__file__).resolve().parent.parent

BACKENDS = {"postgres": "postgresql"}  # Heroku and others still write the name of old
DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}


class ConfigError(ValueError):
    """An environment variable has a value that the app cannot start with."""


class Config:
    """PROD, and the base of the others."""

    TESTING = False
    JSON_COMPACT = True
    MAX_CONTENT_LENGTH = 1024 * 1024  # bytes; also what nginx lets through unless it is told more
    IMAGES_DIR = ROOT / "images"
    DATABASE_FILE = ROOT / "data" / "app.db"

    def __init__(self, work_env: str, environ: Mapping[str, str]) -> None:
        self.WORK_ENV = work_env
        # Not demanded, not even in PROD: only sessions are signed with it, and the app has none.
        # There is no default either: without a key Flask refuses to open a session, while a
        # published key would let anyone forge one.
        self.SECRET_KEY = environ.get("SECRET_KEY") or None
        self.UPLOADS = environ.get("PERSISTENT_STORAGE", "").strip().lower() != "none"
        given = environ.get("DATABASE_URL", "").strip()
        self.SQLALCHEMY_DATABASE_URI = (
            database_url(given) if given else URL.create("sqlite", database=str(self.DATABASE_FILE))
        )


class DevConfig(Config):
    """On a developer's computer: answers are indented, for reading."""

    JSON_COMPACT = False


class TestConfig(Config):
    """Under test: errors reach the test, and a developer's records are left alone."""

    TESTING = True
    DATABASE_FILE = ROOT / "data" / "test.db"


CONFIGS = {"DEV": DevConfig, "PROD": Config, "TEST": TestConfig}


def load(environ: Mapping[str, str]) -> Config:
    """Choose the class that WORK_ENV names (in any case; DEV when unset) and fill it."""
    work_env = environ.get("WORK_ENV", "").strip().upper() or "DEV"
    if work_env not in CONFIGS:
        raise ConfigError(f"WORK_ENV is {work_env!r}; it must be one of {', '.join(CONFIGS)}")
    return CONFIGS[work_env](work_env, environ)


def database_url(text: str) -> URL:
    """Parse a DATABASE_URL, and name the driver that requirements.txt brings if it names none."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # without the cause: it may quote the password
        raise ConfigError(
            "DATABASE_URL is not a database URL; like this: postgresql://user:password@host/name"
        ) from None
    backend, _, driver = url.drivername.partition("+")
    backend = BACKENDS.get(backend, backend)
    driver = driver or DRIVERS.get(backend, "")
    return url.set(drivername=f"{backend}+{driver}" if driver else backend)
