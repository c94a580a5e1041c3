"""Avatars: upload an author's picture, and serve it (in production the web server does)."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, request, send_from_directory

from bookstore.database import db
from bookstore.errors import FieldError
from bookstore.models import Author
from bookstore.records import find

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("avatars", __name__)

# Suffix -> media type, and how such a file begins. What a client says of a file is not asked.
IMAGE_TYPES = {
    ".png": ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    ".gif": ("image/gif", re.compile(rb"GIF8[79]a")),
    ".webp": ("image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
}


@blueprint.get("/avatar/<filename>")
def show(filename: str) -> Response:
    """Send one picture."""
    media_type, _ = IMAGE_TYPES.get(Path(filename).suffix, (None, None))
    if media_type is None:
        abort(404, f"there is no avatar {filename}")
    folder = current_app.config["IMAGES_DIR"]
    response = send_from_directory(folder, filename, mimetype=media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@blueprint.route("/authors/<int:author_id>/avatar", methods=["PUT", "POST"])
def upload(author_id: int) -> dict[str, Any]:
    """Give the author a picture: the file `avatar` of a multipart/form-data body."""
    if not current_app.config["UPLOADS"]:
        abort(501, "uploads are off: no lasting disk here (PERSISTENT_STORAGE=none)")
    author = find(Author, author_id)
    file = request.files.get("avatar")
    if file is None:
        raise FieldError({"avatar": "is required: a file in a multipart/form-data body"})
    previous = author.avatar
    author.avatar = _save_image(file.read())
    try:
        db.session.commit()
    except Exception:
        remove_image(author.avatar)
        raise
    remove_image(previous)
    return author.as_dict()


def _save_image(content: bytes) -> str:
    """Write the picture under a new name and return that. It appears whole or not at all."""
    suffixes = [suffix for suffix, (_, start) in IMAGE_TYPES.items() if start.match(content)]
    if not suffixes:
        raise FieldError({"avatar": "must be a PNG, JPEG, GIF or WebP image"}, code=415)
    name = uuid.uuid4().hex + suffixes[0]
    folder = Path(current_app.config["IMAGES_DIR"])
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".upload-") as scratch:
            path = Path(scratch, name)
            path.write_bytes(content)
            path.chmod(0o644)  # whatever the umask: the web server reads it as another user
            os.replace(path, folder / name)  # noqa: PTH105
    except OSError as error:
        abort(503, f"the picture cannot be stored: {error.strerror}")
    return name


def remove_image(name: str | None) -> None:
    """Delete a picture that no author has any more; one that is gone already will do."""
    if name is not None:
        with contextlib.suppress(OSError):
            Path(current_app.config["IMAGES_DIR"], name).unlink()
