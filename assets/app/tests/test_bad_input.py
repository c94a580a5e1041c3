"""Whatever a client sends, the answer is a JSON error of the 4xx kind that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

JSON = {"Content-Type": "application/json"}
NAMES = {"first_name": "Ursula", "last_name": "Le Guin"}
BOOK = {"title": "The Dispossessed", "author_id": 1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"first_name": ' + b"9" * 5000 + b"}", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b"1", 400),
    ],
)
def test_body_is_a_json_object(client: FlaskClient, body: bytes, status: int) -> None:
    """A body that is not a JSON object is refused."""
    answer = client.post("/authors", data=body, headers=JSON)
    assert answer.status_code == status
    assert "JSON" in answer.get_json()["error"]["message"]


def test_media_type_is_json(client: FlaskClient) -> None:
    """A body that is not sent as JSON is refused as such."""
    assert client.post("/authors", data=NAMES).status_code == 415


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", None),
        ("first_name", 1),
        ("first_name", True),
        ("first_name", ["Ursula"]),
        ("first_name", {"$ne": ""}),
        ("first_name", ""),
        ("first_name", "   "),
        ("first_name", "x" * 81),
        ("first_name", "a\x00b"),
        ("first_name", "a\nb"),
        ("first_name", "\ud800"),
        ("last_name", float("nan")),
        ("id", 7),
        ("\ud800", 1),
    ],
)
def test_author_fields(
    client: FlaskClient, author: dict[str, Any], method: str, field: str, value: Any
) -> None:
    """A field of an author that is missing, unknown or wrong is refused by name."""
    path = "/authors" if method == "POST" else f"/authors/{author['id']}"
    answer = client.open(path, method=method, json={**NAMES, field: value})
    error = answer.get_json()["error"]
    assert (answer.status_code, list(error["fields"])) == (400, [field])
    assert field in error["message"]
    assert client.get("/authors").get_json()["items"] == [author]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("author_id", None),
        ("author_id", "1"),
        ("author_id", True),
        ("author_id", 1.0),
        ("author_id", 0),
        ("author_id", 2**31),
        ("author_id", 10**100),
        ("year", "1974"),
        ("year", 0),
        ("year", 10_000),
        ("isbn", 9780060512750),
        ("isbn", "978006051275"),
        ("isbn", "97800605127500"),
        ("isbn", "978006051275X"),
        ("isbn", "٩٧٨٠٠٦٠٥١٢٧٥٠"),
    ],
)
def test_book_fields(client: FlaskClient, book: dict[str, Any], method: str, field: str, value: Any) -> None:
    """A field of a book that is missing or wrong is refused by name."""
    path = "/books" if method == "POST" else f"/books/{book['id']}"
    answer = client.open(path, method=method, json={**BOOK, field: value})
    assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (400, [field])
    assert client.get("/books").get_json()["items"] == [book]


def test_longest_text_fits(client: FlaskClient) -> None:
    """A text of just the maximum is stored as it was sent, counted in characters."""
    name = "😀" * 80
    answer = client.post("/authors", json={"first_name": name, "last_name": "x"})
    assert client.get(answer.headers["Location"]).get_json()["first_name"] == name


def test_all_faults_at_once(client: FlaskClient) -> None:
    """One answer names all that is wrong with a body."""
    answer = client.post("/books", json={"year": "x", "price": 1})
    assert answer.get_json()["error"]["fields"] == {
        "title": "is required",
        "author_id": "is required",
        "year": "must be an integer from 1 to 9999",
        "price": "is not a field; the fields are title, author_id, year, isbn",
    }


def test_many_unknown_fields(client: FlaskClient) -> None:
    """The answer to a body of very many or very long unknown fields stays short."""
    body = {f"{number}{'x' * 100}": 1 for number in range(5000)}
    assert len(client.post("/authors", json=body).data) < 2000


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/authors", "/books"])
@pytest.mark.parametrize("record_id", ["7", "0", "-1", "x", "1.5", "²", str(2**64), "9" * 4000])
def test_unknown_record(client: FlaskClient, method: str, path: str, record_id: str) -> None:
    """A record that does not exist, whatever its id looks like, is a 404 in JSON."""
    body = None if method in {"GET", "DELETE"} else NAMES
    answer = client.open(f"{path}/{record_id}", method=method, json=body)
    assert (answer.status_code, answer.get_json()["error"]["status"]) == (404, 404)


def test_absurdly_long_id(client: FlaskClient) -> None:
    """An id with more digits than Python converts is not found, either."""
    assert client.get("/authors/" + "9" * 5000).status_code == 404


def test_unknown_path(client: FlaskClient) -> None:
    """Any unknown path answers 404 in JSON."""
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.get_json()["error"]["name"]) == (404, "Not Found")


def test_method_is_not_allowed(client: FlaskClient) -> None:
    """A wrong method answers 405 in JSON, and names the right ones in `Allow`."""
    answer = client.delete("/authors")
    assert (answer.status_code, answer.get_json()["error"]["status"]) == (405, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert answer.mimetype == "application/json"


def test_body_is_too_large(client: FlaskClient, app: Flask) -> None:
    """A body over the limit answers 413 in JSON, and says what the limit is."""
    limit = app.config["MAX_CONTENT_LENGTH"]
    answer = client.post("/authors", data=b" " * (limit + 1), headers=JSON)
    assert answer.status_code == 413
    assert str(limit) in answer.get_json()["error"]["message"]


def test_mistakes_of_our_own(app: Flask) -> None:
    """An unexpected exception answers 500 in JSON and does not tell what it was."""
    app.add_url_rule("/bug", view_func=lambda: 1 // 0)
    answer = app.test_client().get("/bug")
    assert (answer.status_code, answer.get_json()["error"]["status"]) == (500, 500)
    assert b"division" not in answer.data
