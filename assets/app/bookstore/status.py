"""What the app is (`/`), and whether it can serve (`/healthz`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, url_for
from sqlalchemy.exc import SQLAlchemyError

from bookstore.database import db, schema_state

blueprint = Blueprint("status", __name__)


@blueprint.get("/")
def index() -> dict[str, Any]:
    """Name the app, its environment and its links."""
    return {
        "name": "bookstore",
        "work_env": current_app.config["WORK_ENV"],
        "links": {
            "authors": url_for("authors.index"),
            "books": url_for("books.index"),
            "health": url_for(".healthz"),
        },
    }


@blueprint.get("/healthz")
def healthz() -> tuple[dict[str, Any], int]:
    """Answer 200 when the database answers and its schema is the one that this release needs."""
    try:
        revision, fault = schema_state()
    except SQLAlchemyError as error:
        # The log has the details; the answer has none, since they may name hosts and users.
        current_app.logger.error("healthz: %s", getattr(error, "orig", None) or error)  # noqa: TRY400
        revision, fault = "", "the database does not answer, or lacks a table of this release"
    if fault:
        return {"status": "unavailable", "reason": fault}, 503
    return {"status": "ok", "database": db.engine.dialect.name, "schema": revision}, 200
