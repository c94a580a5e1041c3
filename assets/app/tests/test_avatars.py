"""Avatars: what may be uploaded, where it is kept, and that nothing else is served."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import pytest
from bookstore import avatars
from bookstore.database import db
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MakeApp
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
IMAGES = [
    (PNG, ".png", "image/png"),
    (b"\xff\xd8\xff\xe0" + b"pixels", ".jpg", "image/jpeg"),
    (b"GIF87a" + b"pixels", ".gif", "image/gif"),
    (b"GIF89a" + b"pixels", ".gif", "image/gif"),
    (b"RIFF\x0a\x00\x00\x00WEBPVP8 ", ".webp", "image/webp"),
]

pytestmark = pytest.mark.usefixtures("author")


def upload(client: FlaskClient, content: bytes, method: str = "PUT") -> TestResponse:
    """Send a file as the avatar of author 1, under a name and type that mean nothing."""
    file = (io.BytesIO(content), "../../run.py", "text/html")
    return client.open("/authors/1/avatar", method=method, data={"avatar": file})


def stored(app: Flask) -> set[str]:
    """Return the names of the files in the folder of images, without the default one."""
    return {path.name for path in app.config["IMAGES_DIR"].iterdir()} - {"default.png"}


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(("content", "suffix", "media_type"), IMAGES)
def test_upload(client: FlaskClient, content: bytes, suffix: str, media_type: str, method: str) -> None:
    """An image is stored, named in the author's JSON, and served as what it is."""
    answer = upload(client, content, method)
    path = answer.get_json()["avatar"]
    assert answer.status_code == 200
    assert path.endswith(suffix)
    assert client.get("/authors/1").get_json() == answer.get_json()
    served = client.get(path)
    assert (served.status_code, served.data, served.mimetype) == (200, content, media_type)
    assert served.headers["X-Content-Type-Options"] == "nosniff"


def test_stored_file(app: Flask, client: FlaskClient) -> None:
    """The file has a generated name, nothing else is left, and the web server may read it."""
    previous = os.umask(0o077)
    try:
        name = upload(client, PNG).get_json()["avatar"].removeprefix("/avatar/")
    finally:
        os.umask(previous)
    assert stored(app) == {name}
    assert "run" not in name
    assert (app.config["IMAGES_DIR"] / name).stat().st_mode & 0o777 == 0o644


def test_folder_is_made(app: Flask, client: FlaskClient) -> None:
    """The first upload makes the folder when a deploy brought none."""
    (app.config["IMAGES_DIR"] / "default.png").unlink()
    app.config["IMAGES_DIR"].rmdir()
    assert client.get(upload(client, PNG).get_json()["avatar"]).status_code == 200


def test_previous_avatar_is_removed(app: Flask, client: FlaskClient) -> None:
    """A new avatar takes the place of the old one, and deleting the author removes it."""
    first, second = (upload(client, PNG).get_json()["avatar"] for _ in range(2))
    assert first != second
    assert client.get(first).status_code == 404
    client.delete("/authors/1")
    assert stored(app) == set()


def test_failed_commit_leaves_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database fails, the answer is 503, the file is removed and the old one stays."""
    avatar = upload(client, PNG).get_json()["avatar"]
    with monkeypatch.context() as patch:

        def fail(*_: Any) -> None:
            raise OperationalError("UPDATE", {}, Exception("disk full"))

        patch.setattr(db.session, "commit", fail)
        assert upload(client, PNG).status_code == 503
    assert stored(app) == {avatar.removeprefix("/avatar/")}
    assert client.get("/authors/1").get_json()["avatar"] == avatar


def test_interrupted_write_leaves_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fails, the answer is 503 with the reason, and no half file stays."""

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(avatars.os, "replace", fail)
    answer = upload(client, PNG)
    assert answer.status_code == 503
    assert "No space left" in answer.get_json()["error"]["message"]
    assert stored(app) == set()


@pytest.mark.parametrize(
    "content", [b"", b"<svg/>", b"%PDF-1.7", b" " + PNG, b"RIFF\x0a\x00\x00\x00WAVE", b"\x89PNG"]
)
def test_wrong_type(app: Flask, client: FlaskClient, content: bytes) -> None:
    """What is not an image by its content is refused, and nothing is stored."""
    answer = upload(client, content)
    assert answer.status_code == 415
    assert "PNG, JPEG, GIF or WebP" in answer.get_json()["error"]["fields"]["avatar"]
    assert stored(app) == set()


def test_too_large(app: Flask, client: FlaskClient) -> None:
    """A file over the limit answers 413, and nothing is stored."""
    assert upload(client, PNG + bytes(app.config["MAX_CONTENT_LENGTH"])).status_code == 413
    assert stored(app) == set()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": {"picture": (io.BytesIO(PNG), "a.png")}},
        {"data": {"avatar": "text"}},
        {"json": {"avatar": "text"}},
        {"data": b"broken", "headers": {"Content-Type": "multipart/form-data"}},
        {"data": b"broken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ],
)
def test_file_is_missing(client: FlaskClient, body: dict[str, Any]) -> None:
    """A body without the file is refused, and the field is named."""
    answer = client.put("/authors/1/avatar", **body)
    assert answer.status_code == 400
    assert "is required" in answer.get_json()["error"]["fields"]["avatar"]


def test_unknown_author(client: FlaskClient) -> None:
    """An avatar for an author who does not exist is a 404."""
    answer = client.put("/authors/7/avatar", data={"avatar": (io.BytesIO(PNG), "a.png")})
    assert answer.status_code == 404


def test_no_lasting_disk(make_app: MakeApp, client: FlaskClient) -> None:
    """Where no disk lasts, an upload answers 501 with the reason; the default is still served."""
    client = make_app({"PERSISTENT_STORAGE": "None"}).test_client()
    answer = upload(client, PNG)
    assert answer.status_code == 501
    assert "PERSISTENT_STORAGE=none" in answer.get_json()["error"]["message"]
    assert client.get("/avatar/default.png").status_code == 200


def test_default_avatar(client: FlaskClient, author: dict[str, Any]) -> None:
    """An author without an upload has the default avatar, which the app brings."""
    answer = client.get(author["avatar"])
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    "path",
    [
        "../run.py",
        "..%2frun.py",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/secret.png",
        "..%2fsecret.png",
        "..%5csecret.png",
        "%2fetc%2fpasswd",
        "..",
        ".",
        "secret.txt",
        "folder.png",
        "missing.png",
        "a%00.png",
        "x" * 5000 + ".png",
    ],
)
def test_only_images_are_served(client: FlaskClient, tmp_path: Path, path: str) -> None:
    """Nothing beside the folder's images is served, whatever the path looks like."""
    (tmp_path / "secret.png").write_bytes(PNG)
    (tmp_path / "images" / "secret.txt").write_text("secret")
    (tmp_path / "images" / "folder.png").mkdir()
    answer = client.get(f"/avatar/{path}")
    assert (answer.status_code, answer.get_json()["error"]["status"]) == (404, 404)
