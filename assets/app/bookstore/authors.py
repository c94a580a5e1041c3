"""Authors: create, read, update, delete, list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bookstore.avatars import remove_image
from bookstore.database import db
from bookstore.models import Author
from bookstore.records import find, page_of
from bookstore.validation import Field, read_body, text

blueprint = Blueprint("authors", __name__, url_prefix="/authors")

FIELDS = {"first_name": Field(text(80)), "last_name": Field(text(80))}


@blueprint.get("")
def index() -> dict[str, Any]:
    """List authors, oldest record first."""
    return page_of(select(Author).order_by(Author.id))


@blueprint.post("")
def create() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add an author."""
    author = Author(**read_body(FIELDS))
    db.session.add(author)
    db.session.commit()
    return author.as_dict(), 201, {"Location": url_for(".show", author_id=author.id)}


@blueprint.get("/<int:author_id>")
def show(author_id: int) -> dict[str, Any]:
    """Return one author."""
    return find(Author, author_id).as_dict()


@blueprint.route("/<int:author_id>", methods=["PUT", "PATCH"])
def update(author_id: int) -> dict[str, Any]:
    """Replace the author's fields (PUT), or only those that are sent (PATCH)."""
    author = find(Author, author_id)
    for name, value in read_body(FIELDS).items():
        setattr(author, name, value)
    db.session.commit()
    return author.as_dict()


@blueprint.delete("/<int:author_id>")
def delete(author_id: int) -> tuple[str, int]:
    """Delete an author and the avatar. One who has books stays: no book is lost by accident."""
    author = find(Author, author_id)
    image = author.avatar
    db.session.delete(author)
    try:
        db.session.commit()
    except IntegrityError:
        abort(409, f"author {author_id} has books; delete them first")
    remove_image(image)
    return "", 204
