"""Names on App Engine, for whatever an app is called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.appengine import names

VERSION = re.compile(r"(?!ah-|default$|latest$)[a-z][a-z0-9-]{0,61}[a-z0-9]")
ACCOUNT = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")


@given(st.dictionaries(st.text(), st.text()))
def test_a_version_id_keeps_the_rules(content: dict[str, str]) -> None:
    """Whatever the release holds, and with the longest project id (30) it still fits one label."""
    found = names.version(content)
    assert VERSION.fullmatch(found)
    assert len(names.label(found, "p" * 30)) <= names.LABEL_LENGTH


@given(st.dictionaries(st.text(), st.text(), min_size=1), st.text())
def test_another_content_is_another_version(content: dict[str, str], value: str) -> None:
    """The provider takes a failed change of a version for done, so nothing may change under one id."""
    key = next(iter(content))
    same = content[key] == value
    assert (names.version(content) == names.version({**content, key: value})) is same


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{0,60}", fullmatch=True), st.text())
def test_an_account_id_keeps_the_rules(app: str, owner: str) -> None:
    """6 to 30 lower-case letters, digits and dashes, a letter first."""
    assert ACCOUNT.fullmatch(names.account(app, owner))


def test_two_stacks_have_two_accounts() -> None:
    """Else the second would take over, and take away, what the first runs as."""
    assert names.account("bookstore", "flask-deploy/a") != names.account("bookstore", "flask-deploy/b")


def test_a_label_that_is_too_long_is_refused() -> None:
    """Its address would not resolve, and the probe wait for nothing."""
    with pytest.raises(ValueError, match="at most 63"):
        names.label("v" * 40, "p" * 30)
