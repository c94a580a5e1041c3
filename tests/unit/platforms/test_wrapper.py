"""The wrapped app, really asked: answers name their release, static folders are served."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import flask
import pytest
from werkzeug.test import Client, TestResponse

from components.platforms import release as releases
from components.platforms.release import Release
from unit.platforms.runtime import wrapper

if TYPE_CHECKING:
    from pathlib import Path

RELEASE: Final = Release(code="c0de00000000", environment="e0f000000000")


def shop() -> flask.Flask:
    """An app with pages and faults."""
    app = flask.Flask("shop", static_folder=None)
    app.add_url_rule("/", "hello", lambda: "hello")
    app.add_url_rule("/old", "old", lambda: flask.redirect("/"))
    app.add_url_rule("/avatar/dynamic", "dynamic", lambda: "by the app")

    def fault() -> str:
        raise RuntimeError("a fault of the app")

    def stream() -> flask.Response:
        return flask.Response(iter(["one, ", "two"]), mimetype="text/plain")

    app.add_url_rule("/fault", view_func=fault)
    app.add_url_rule("/stream", view_func=stream)
    return app


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Asks the wrapped app, as it lies on the platform."""
    monkeypatch.setenv(releases.VARIABLE, RELEASE.environment)
    for name, content in releases.wrapper_files(RELEASE, {"/avatar": "images", "/docs": "site/html"}).items():
        (tmp_path / name).write_bytes(content)
    for name, text in {
        "images/a.png": "a picture",
        "site/html/index.html": "<p>",
        "secret.txt": "s3cret",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Client(wrapper(tmp_path).wrap(shop()))


def got(client: Client, path: str, **options: Any) -> TestResponse:
    """The answer to a question, which names the release in any case, once."""
    answer = client.get(path, **options)
    assert answer.headers.getlist("X-Release") == [RELEASE.id]
    return answer


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/old", 302), ("/gone", 404), ("/fault", 500)])
def test_each_answer_of_the_app_names_the_release(client: Client, path: str, status: int) -> None:
    """Its faults too; otherwise it is the app's own."""
    assert got(client, path).status_code == status


def test_an_answer_that_comes_in_parts_is_handed_on(client: Client) -> None:
    """As the app gives it."""
    assert got(client, "/stream").text == "one, two"


def test_a_static_file_is_served(client: Client) -> None:
    """With its kind, and told not to be taken for another; it names the release as well."""
    answer = got(client, "/avatar/a.png")
    assert (answer.status_code, answer.text) == (200, "a picture")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert got(client, "/docs/index.html").text == "<p>"


def test_a_static_file_that_is_known_is_not_sent_again(client: Client) -> None:
    """Browsers ask with what they have."""
    etag = got(client, "/avatar/a.png").headers["ETag"]
    assert got(client, "/avatar/a.png", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt",
        "/avatar/../secret.txt",
        "/avatar/%2e%2e/secret.txt",
        "/avatar/..%2fsecret.txt",
        "/flask_deploy.json",
    ],
)
def test_nothing_but_the_folders_is_served(client: Client, path: str) -> None:
    """The app's other files, its code among them, are no pages."""
    answer = got(client, path)
    assert answer.status_code == 404
    assert "s3cret" not in answer.text


def test_what_is_no_file_is_asked_of_the_app(client: Client) -> None:
    """On a prefix, too: as nginx and Apache do on machines, whose files come first."""
    assert got(client, "/avatar/dynamic").text == "by the app"
    assert got(client, "/avatar/none.png").status_code == 404


def test_without_static_folders_whitenoise_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since it is not installed there."""
    monkeypatch.setitem(sys.modules, "whitenoise", None)
    (tmp_path / "flask_deploy.py").write_bytes(releases.wrapper_files(RELEASE, {})["flask_deploy.py"])
    (tmp_path / "flask_deploy.json").write_text(json.dumps({"code": RELEASE.code, "static": {}}))
    monkeypatch.setenv(releases.VARIABLE, RELEASE.environment)
    assert got(Client(wrapper(tmp_path).wrap(shop())), "/").text == "hello"


def test_an_error_of_the_app_is_handed_on() -> None:
    """With its `exc_info`: a server that has begun to answer has to know."""
    seen: list[Any] = []

    def app(_: Any, start: Any) -> list[bytes]:
        start("500 OOPS", [], ("kind", "value", "traceback"))
        return []

    wrapped = wrapper()._with_release(app, "x")
    wrapped({}, lambda *arguments: seen.append(arguments))
    assert seen == [("500 OOPS", [("X-Release", "x")], ("kind", "value", "traceback"))]
