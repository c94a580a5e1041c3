"""The section `heroku`: what may be configured, and what is refused before anything is made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.heroku.section import Section
from unit import examples, sections


def section(changes: dict[str, Any] | None = None) -> Section:
    """The minimal section with changes."""
    found = sections.read(examples.HEROKU, changes)
    assert isinstance(found, Section)
    return found


def faults(changes: dict[str, Any]) -> list[str]:
    """What is said about the minimal section with changes."""
    return sections.faults(examples.HEROKU, changes)


def test_nothing_has_to_be_configured() -> None:
    """An app of the cheapest size that does not sleep."""
    found = section()
    assert (found.app_name, found.team, found.domains) == (None, None, [])
    assert (found.region, found.stack, found.size, found.quantity) == ("us", "heroku-26", "basic", 1)


def judged(name: str) -> bool:
    """Whether Heroku takes the name: https://devcenter.heroku.com/articles/creating-apps."""
    letters, rest = "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz0123456789-"
    return 3 <= len(name) <= 30 and name[0] in letters and set(name) <= set(rest) and name[-1] != "-"


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.one_of(st.text("az09-A_.\n", min_size=1, max_size=32), st.from_regex(r"[a-z][a-z0-9-]{0,31}\n?")))
@example("abc\n")
@example("x" * 31)
def test_exactly_heroku_s_names_are_taken(name: str) -> None:
    """3 to 30 lower-case letters, digits or dashes, a letter first, no dash last."""
    if judged(name):
        assert section({"appName": name}).app_name == name
    else:
        (told,) = faults({"appName": name})
        assert told.startswith("heroku/appName: should be 3 to 30 lower-case letters, digits or dashes")


@pytest.mark.parametrize("size", ["eco", "basic"])
def test_a_single_dyno_s_size_has_one_dyno(size: str) -> None:
    """Heroku sells no second one of it; what to do instead is said."""
    assert faults({"size": size, "quantity": 2}) == [
        f"heroku: should have quantity 1 with size {size}, or for example size: standard-1x"
    ]
    assert section({"size": "standard-1x", "quantity": 2}).quantity == 2


def test_domains_are_names_in_lower_case() -> None:
    """As Heroku keeps them: otherwise each run would change them."""
    assert section({"domains": ["Shop.Example.com"]}).domains == ["shop.example.com"]


@pytest.mark.parametrize("value", ["", "https://shop.example.com", "a b", "*.example.com", "x;y"])
def test_what_is_no_domain_is_refused(value: str) -> None:
    """One that is empty among them."""
    (told,) = faults({"domains": [value]})
    assert told.startswith("heroku/domains/0: should be a host name")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("region", "asia"),
        ("stack", "heroku-22"),
        ("size", "private-s"),
        ("quantity", 0),
        ("quantity", "1"),
        ("buildMinutes", 0),
        ("appname", "x-y-z"),
    ],
)
def test_a_value_that_heroku_does_not_take_is_told(key: str, value: object) -> None:
    """Before anything is made."""
    (told,) = faults({key: value})
    assert told.startswith(f"heroku/{key}: ")
