"""Records by id and by page, the same for every model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask import abort

from bookstore.database import db
from bookstore.validation import MAX_ID, query_integer

if TYPE_CHECKING:
    from sqlalchemy import Select

    from bookstore.models import Author, Book

    Record = TypeVar("Record", Author, Book)

MAX_PER_PAGE = 100


def find(model: type[Record], record_id: int) -> Record:
    """Return the record with this id, or answer 404."""
    record = db.session.get(model, record_id) if record_id <= MAX_ID else None
    if record is None:
        abort(404, f"there is no {model.__name__.lower()} {record_id}")
    return record


def page_of(statement: Select[Any]) -> dict[str, Any]:
    """Return the page that `?page=&per_page=` asks for; one behind the last page is empty."""
    page = query_integer("page", default=1, maximum=MAX_ID)
    per_page = query_integer("per_page", default=20, maximum=MAX_PER_PAGE)
    found = db.paginate(statement, page=page, per_page=per_page, error_out=False)
    items = [record.as_dict() for record in found.items]
    return {"items": items, "total": found.total, "page": page, "per_page": per_page}
