"""Authors and books: the four operations, paging, conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from bookstore import authors
from bookstore.database import db
from bookstore.models import Author
from sqlalchemy import delete

if TYPE_CHECKING:
    from flask.testing import FlaskClient

Json = dict[str, Any]


def test_author_is_created(client: FlaskClient) -> None:
    """Creating answers 201, the record, and where it is to be found."""
    answer = client.post("/authors", json={"first_name": " Stanisław ", "last_name": "Lem"})
    record = {
        "id": 1,
        "first_name": "Stanisław",
        "last_name": "Lem",
        "avatar": "/avatar/default.png",
    }
    assert (answer.status_code, answer.get_json()) == (201, record)
    assert client.get(answer.headers["Location"]).get_json() == record


def test_author_is_replaced(client: FlaskClient, author: Json) -> None:
    """PUT stores all fields."""
    names = {"first_name": "Octavia", "last_name": "Butler"}
    assert client.put("/authors/1", json=names).get_json() == {**author, **names}
    assert client.get("/authors/1").get_json() == {**author, **names}


def test_author_is_changed_in_part(client: FlaskClient, author: Json) -> None:
    """PATCH stores what was sent and leaves the rest."""
    answer = client.patch("/authors/1", json={"first_name": "U. K."})
    assert answer.get_json() == {**author, "first_name": "U. K."}
    assert client.get("/authors/1").get_json() == {**author, "first_name": "U. K."}


def test_author_is_deleted(client: FlaskClient, author: Json) -> None:
    """A deleted author is gone."""
    answer = client.delete(f"/authors/{author['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert client.get("/authors/1").status_code == 404


def test_author_with_books_is_kept(client: FlaskClient, book: Json) -> None:
    """An author who has books cannot be deleted, and nothing changes."""
    answer = client.delete(f"/authors/{book['author_id']}")
    assert answer.status_code == 409
    assert "has books" in answer.get_json()["error"]["message"]
    assert client.get("/books/1").get_json() == book
    assert client.delete("/books/1").status_code == 204
    assert client.delete("/authors/1").status_code == 204


def test_book_is_created(client: FlaskClient, author: Json) -> None:
    """Creating answers 201 and the record; an ISBN is stored as its digits, year is optional."""
    fields = {"title": "The Dispossessed", "author_id": author["id"], "isbn": "978-0-06-051275-0"}
    answer = client.post("/books", json=fields)
    record = {
        "id": 1,
        "title": "The Dispossessed",
        "year": None,
        "isbn": "9780060512750",
        "author_id": 1,
    }
    assert (answer.status_code, answer.get_json()) == (201, record)
    assert client.get(answer.headers["Location"]).get_json() == record


def test_book_is_replaced(client: FlaskClient, book: Json) -> None:
    """PUT stores all fields; an optional one that is not sent becomes null."""
    fields = {"title": "The Telling", "year": 2000, "author_id": 1}
    record = {**book, **fields, "isbn": None}
    assert client.put("/books/1", json=fields).get_json() == record
    assert client.get("/books/1").get_json() == record


def test_book_is_changed_in_part(client: FlaskClient, book: Json) -> None:
    """PATCH stores what was sent and leaves the rest."""
    assert client.patch("/books/1", json={"year": 1974}).get_json() == {**book, "year": 1974}
    assert client.get("/books/1").get_json() == {**book, "year": 1974}


def test_book_is_deleted(client: FlaskClient, book: Json) -> None:
    """A deleted book is gone."""
    assert client.delete(f"/books/{book['id']}").status_code == 204
    assert client.get("/books/1").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_isbn_is_unique(client: FlaskClient, book: Json, method: str) -> None:
    """A second book with the same ISBN is a conflict, which names the field."""
    client.post("/books", json={"title": "Another", "author_id": 1})
    fields = {"title": "Another", "author_id": 1, "isbn": book["isbn"]}
    answer = client.open("/books" if method == "POST" else "/books/2", method=method, json=fields)
    assert answer.status_code == 409
    assert answer.get_json()["error"]["fields"] == {"isbn": "belongs to another book"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_author_of_a_book_exists(client: FlaskClient, book: Json, method: str) -> None:
    """A book of an author who does not exist is refused, and the field is named."""
    path = "/books" if method == "POST" else f"/books/{book['id']}"
    answer = client.open(path, method=method, json={"title": "Another", "author_id": 99})
    assert answer.status_code == 400
    assert answer.get_json()["error"]["fields"] == {"author_id": "there is no author 99"}


def test_books_without_isbn(client: FlaskClient, author: Json) -> None:
    """Any number of books may have no ISBN."""
    for _ in range(2):
        fields = {"title": "Untitled", "author_id": author["id"], "isbn": None}
        assert client.post("/books", json=fields).status_code == 201


def test_record_is_deleted_meanwhile(
    client: FlaskClient, author: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another request deletes the record during this one, the answer is a conflict."""
    read_body = authors.read_body

    def delete_first(fields: Any) -> Any:
        with db.engine.begin() as connection:
            connection.execute(delete(Author).where(Author.id == author["id"]))
        return read_body(fields)

    monkeypatch.setattr(authors, "read_body", delete_first)
    answer = client.patch("/authors/1", json={"first_name": "U."})
    assert (answer.status_code, answer.get_json()["error"]["status"]) == (409, 409)


def test_pages(client: FlaskClient) -> None:
    """The pages hold every record once, in order, and tell how many there are."""
    for number in range(5):
        client.post("/authors", json={"first_name": "A", "last_name": str(number)})
    pages = [client.get(f"/authors?page={page}&per_page=2").get_json() for page in (1, 2, 3, 4)]
    assert [[item["id"] for item in page["items"]] for page in pages] == [[1, 2], [3, 4], [5], []]
    assert {(page["total"], page["per_page"]) for page in pages} == {(5, 2)}
    assert [page["page"] for page in pages] == [1, 2, 3, 4]


def test_page_defaults(client: FlaskClient) -> None:
    """Without parameters the first 20 records come; an empty list is a list."""
    page = {"items": [], "total": 0, "page": 1, "per_page": 20}
    assert client.get("/authors").get_json() == page
    assert client.get("/books").get_json() == page


def test_books_of_one_author(client: FlaskClient, book: Json) -> None:
    """`?author_id=` lists the books of that author only."""
    client.post("/authors", json={"first_name": "Stanisław", "last_name": "Lem"})
    client.post("/books", json={"title": "Solaris", "author_id": 2})
    assert client.get("/books?author_id=1").get_json()["items"] == [book]
    assert client.get("/books?author_id=3").get_json()["total"] == 0


@pytest.mark.parametrize("path", ["/authors", "/books"])
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *[("page", value) for value in ("0", "-1", "x", "", "1.0", "²", "2147483648", "9" * 5000)],
        *[("per_page", value) for value in ("0", "101", "x", "9" * 5000)],
    ],
)
def test_paging_bounds(client: FlaskClient, path: str, parameter: str, value: str) -> None:
    """A page or size outside its bounds is refused, and the parameter is named."""
    answer = client.get(path, query_string={parameter: value})
    assert answer.status_code == 400
    assert set(answer.get_json()["error"]["fields"]) == {parameter}


@pytest.mark.parametrize("query", ["page=2147483647&per_page=100", "per_page=100", "page=1"])
def test_paging_within_bounds(client: FlaskClient, query: str) -> None:
    """The bounds themselves are allowed."""
    assert client.get(f"/authors?{query}").status_code == 200
