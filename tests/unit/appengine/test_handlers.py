"""Which request goes where on App Engine."""

import re

from components.appengine import handlers


def test_the_last_handler_gives_everything_else_to_the_app() -> None:
    """Its expression is exactly `.*`: with any other the service adds one, a difference at every run."""
    made = handlers.make({"/avatar": "images"})
    assert (made[-1].url_regex, made[-1].folder) == (".*", None)


def test_a_static_folder_answers_below_its_prefix_only() -> None:
    """The prefix is taken literally, and what follows it is the file's name in the folder."""
    avatar = handlers.make({"/a.b": "my.images"})[0]
    found = re.fullmatch(avatar.url_regex, "/a.b/x/y.png")
    assert found is not None
    assert found.expand(avatar.path) == "my.images/x/y.png"
    assert re.fullmatch(avatar.upload_path_regex, "my.images/x/y.png")
    assert not re.fullmatch(avatar.url_regex, "/axb/y.png")
    assert not re.fullmatch(avatar.upload_path_regex, "my-images/y.png")


def test_the_longer_prefix_stands_first() -> None:
    """The first that matches answers, so a shorter prefix would take the longer one's requests."""
    folders = [handler.folder for handler in handlers.make({"/static": "one", "/static/deep": "two"})]
    assert folders == ["two", "one", None]
