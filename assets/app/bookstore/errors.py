"""Errors as JSON: `{"error": {"status": 404, "name": "Not Found", "message": …, "fields": {}}}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, jsonify
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import Conflict, HTTPException, ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response

    Answer = tuple[Response, int, list[tuple[str, str]]]

TOO_LARGE = 413


class FieldError(HTTPException):
    """A refusal because of named fields of the request: field -> what is wrong with it."""

    def __init__(self, fields: Mapping[str, str], code: int = 400) -> None:
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in fields.items()))
        self.code = code
        self.fields = dict(fields)


def init_app(app: Flask) -> None:
    """Answer every error with JSON, also those of Flask itself and those of the database."""
    app.register_error_handler(HTTPException, _as_json)
    app.register_error_handler(OperationalError, _database_failed)
    app.register_error_handler(StaleDataError, _record_gone)


def _as_json(error: HTTPException) -> Answer:
    """Keep the error's status and headers (such as Allow), and put JSON in the place of HTML."""
    message = error.description
    if error.code == TOO_LARGE:
        limit = current_app.config["MAX_CONTENT_LENGTH"]
        message = f"the request is too large: at most {limit} bytes"
    fields = error.fields if isinstance(error, FieldError) else {}
    body = {"status": error.code, "name": error.name, "message": message, "fields": fields}
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return jsonify(error=body), error.code or 500, headers


def _database_failed(error: OperationalError) -> Answer:
    """No connection, a lock held too long, a missing table: not the client's fault."""
    current_app.logger.error("database: %s", error.orig)
    return _as_json(ServiceUnavailable("the database cannot serve this now; see /healthz"))


def _record_gone(_error: StaleDataError) -> Answer:
    """Two requests worked on one record, and the other one deleted it."""
    return _as_json(Conflict("the record was deleted by another request"))
