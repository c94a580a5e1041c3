"""Bookstore: a small REST API that keeps authors, their books and their avatars."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from bookstore import authors, avatars, books, database, errors, status
from bookstore.config import load

if TYPE_CHECKING:
    from collections.abc import Mapping


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application from the environment variables; `config` overrides single settings.

    Raises:
        ConfigError: an environment variable has a value that cannot be used.
    """
    app = Flask(__name__, static_folder=None)
    app.config.from_object(load(os.environ))
    app.config.from_mapping(config)
    app.logger.setLevel("INFO")
    app.json = _json(app)
    database.init_app(app)
    errors.init_app(app)
    for module in (status, authors, books, avatars):
        app.register_blueprint(module.blueprint)
    return app


def _json(app: Flask) -> DefaultJSONProvider:
    json = DefaultJSONProvider(app)
    json.sort_keys = False  # fields come in the order in which the code names them
    json.compact = app.config["JSON_COMPACT"]
    return json
