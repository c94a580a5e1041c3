"""The tables. `as_dict` is a record's JSON."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bookstore.database import Model

DEFAULT_AVATAR = "default.png"


class Author(Model):
    """A person who writes books."""

    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    avatar: Mapped[str | None] = mapped_column(String(80))  # a file name in IMAGES_DIR

    def as_dict(self) -> dict[str, Any]:
        """Return the author's JSON; without an upload the avatar is the default one."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "avatar": url_for("avatars.show", filename=self.avatar or DEFAULT_AVATAR),
        }


class Book(Model):
    """A book; the database keeps its author from being deleted."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    year: Mapped[int | None]
    isbn: Mapped[str | None] = mapped_column(String(13), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)

    def as_dict(self) -> dict[str, Any]:
        """Return the book's JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "year": self.year,
            "isbn": self.isbn,
            "author_id": self.author_id,
        }
