"""Names on App Engine, for whatever an app is called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.appengine import names
from unit.strategies import ENVIRONMENT_NAMES

VERSION = re.compile(r"(?!ah-|default$|latest$)[a-z][a-z0-9-]{0,61}[a-z0-9]")
ACCOUNT = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
BUCKET = re.compile(r"(?!goog)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
DRAWN = st.from_regex(r"[0-9a-f]{6}", fullmatch=True)


@given(st.from_regex(r"[0-9a-f]{12}", fullmatch=True), DRAWN)
def test_a_version_id_keeps_the_rules(release: str, drawn: str) -> None:
    """Whatever the release is, and with the longest project id (30) it still fits one label."""
    found = names.version(release, drawn)
    assert VERSION.fullmatch(found)
    assert len(names.label(found, "p" * 30)) <= names.LABEL_LENGTH


@given(st.dictionaries(st.text(), st.text(), min_size=1), st.text())
def test_another_content_is_another_digest(content: dict[str, str], value: str) -> None:
    """The provider takes a failed change of a version for done, so nothing may change under one id."""
    key = next(iter(content))
    same = content[key] == value
    assert (names.digest(content) == names.digest({**content, key: value})) is same


def test_the_order_of_what_is_said_is_no_content() -> None:
    """Else a configuration that is only sorted anew would be built."""
    assert names.digest({"a": 1, "b": {"c": 2, "d": 3}}) == names.digest({"b": {"d": 3, "c": 2}, "a": 1})


@given(st.text())
def test_an_account_id_keeps_the_rules(owner: str) -> None:
    """6 to 30 lower-case letters, digits and dashes, a letter first."""
    assert ACCOUNT.fullmatch(names.account(owner))


def test_two_stacks_have_two_accounts() -> None:
    """Else the second would take over, and take away, what the first runs as."""
    assert names.account("flask-deploy/a") != names.account("flask-deploy/b")
    longer = "flask-deploy/production-of-a-bookstore"
    assert names.account(longer) != names.account(f"{longer}-2")


@given(st.from_regex(names.PROJECT, fullmatch=True).filter(lambda name: not name.startswith("goog")))
def test_a_bucket_s_name_keeps_the_rules(project: str) -> None:
    """3 to 63 lower-case letters, digits and dashes; it is unique since the project's id is."""
    assert BUCKET.fullmatch(names.bucket(project, "default"))
    assert names.bucket(project, "default").startswith(project)


@given(st.text(), ENVIRONMENT_NAMES)
def test_a_secret_s_id_keeps_the_rules(owner: str, variable: str) -> None:
    """Letters, digits, dashes and underscores; two variables have two, in whatever case."""
    found = names.secret(owner, variable)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", found)
    assert found != names.secret(owner, f"{variable}_")
    assert (found == names.secret(owner, variable.swapcase())) == (variable == variable.swapcase())


@pytest.mark.parametrize(
    ("location", "region"),
    [("us-central", "us-central1"), ("europe-west", "europe-west1"), ("asia-northeast1", "asia-northeast1")],
)
def test_a_region_has_its_own_name(location: str, region: str) -> None:
    """App Engine alone calls two of them otherwise."""
    assert names.region(location) == region


def test_a_version_has_an_address_of_its_own() -> None:
    """In one label with the project's, since the certificate is for one level only."""
    found = names.version_host("rab12-cd34", "my-project.ew.r.appspot.com")
    assert found == "rab12-cd34-dot-my-project.ew.r.appspot.com"


def test_a_label_that_is_too_long_is_refused() -> None:
    """Its address would not resolve, and the probe wait for nothing."""
    with pytest.raises(ValueError, match="at most 63"):
        names.label("v" * 40, "p" * 30)
    with pytest.raises(ValueError, match="at most 63"):
        names.version_host("v" * 40, f"{'p' * 30}.ew.r.appspot.com")
