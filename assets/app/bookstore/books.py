"""Books: create, read, update, delete, list."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bookstore.database import db
from bookstore.errors import FieldError
from bookstore.models import Author, Book
from bookstore.records import find, page_of
from bookstore.validation import MAX_ID, Field, integer, query_integer, read_body, text

blueprint = Blueprint("books", __name__, url_prefix="/books")


def isbn(value: Any) -> str:
    """Accept 13 digits, with or without hyphens and spaces; they are stored without."""
    digits = re.sub("[- ]", "", value) if isinstance(value, str) else ""
    if not re.fullmatch("[0-9]{13}", digits):
        raise ValueError("must be a string of 13 digits; hyphens and spaces do not count")
    return digits


FIELDS = {
    "title": Field(text(200)),
    "author_id": Field(integer(1, MAX_ID)),
    "year": Field(integer(1, 9999), required=False),
    "isbn": Field(isbn, required=False),
}


@blueprint.get("")
def index() -> dict[str, Any]:
    """List books, oldest record first; `?author_id=` asks for those of one author."""
    statement = select(Book).order_by(Book.id)
    if "author_id" in request.args:
        author_id = query_integer("author_id", default=1, maximum=MAX_ID)
        statement = statement.where(Book.author_id == author_id)
    return page_of(statement)


@blueprint.post("")
def create() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add a book."""
    book = Book(**read_body(FIELDS))
    db.session.add(book)
    _commit(book.author_id)
    return book.as_dict(), 201, {"Location": url_for(".show", book_id=book.id)}


@blueprint.get("/<int:book_id>")
def show(book_id: int) -> dict[str, Any]:
    """Return one book."""
    return find(Book, book_id).as_dict()


@blueprint.route("/<int:book_id>", methods=["PUT", "PATCH"])
def update(book_id: int) -> dict[str, Any]:
    """Replace the book's fields (PUT), or only those that are sent (PATCH)."""
    book = find(Book, book_id)
    for name, value in read_body(FIELDS).items():
        setattr(book, name, value)
    _commit(book.author_id)
    return book.as_dict()


@blueprint.delete("/<int:book_id>")
def delete(book_id: int) -> tuple[str, int]:
    """Delete a book."""
    db.session.delete(find(Book, book_id))
    db.session.commit()
    return "", 204


def _commit(author_id: int) -> None:
    """Let the database judge, and then say why: asking before would leave room for a race."""
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        if db.session.get(Author, author_id) is None:
            raise FieldError({"author_id": f"there is no author {author_id}"}) from None
        raise FieldError({"isbn": "belongs to another book"}, code=409) from None
