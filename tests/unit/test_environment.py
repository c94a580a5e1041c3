"""The app's environment variables: each value arrives as it is, and a digest of secrets tells nothing."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components import environment
from unit import examples, recorder
from unit.strategies import ENVIRONMENT_NAMES, VALUES

SECRETS: Final = {"DATABASE_URL": "postgres://u:s3cret@db/shop"}


def decoded(text: str) -> dict[str, str]:
    """Read an EnvironmentFile as systemd does (src/basic/env-file.c, parse_env_file_internal)."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        name, _, rest = rest.partition("=")
        value = ""
        while rest and rest[0] != "\n":  # PRE_VALUE, where a quote may begin, and again after one
            assert rest[0] == '"', "a bare value would be trimmed"
            quoted, rest = _quoted(rest[1:])
            value += quoted
        assert name not in found
        assert name.strip() == name
        found[name], rest = value, rest[1:]
    return found


def _quoted(text: str) -> tuple[str, str]:
    value = ""
    at = 0
    while text[at] != '"':
        if text[at] == "\\":
            at += 1
            value += text[at] if text[at] in '"\\`$' else "" if text[at] == "\n" else "\\" + text[at]
        else:
            value += text[at]
        at += 1
    return value, text[at + 1 :]


@pytest.mark.covers(6)
@hypothesis_settings(max_examples=80, deadline=None)
@given(st.dictionaries(ENVIRONMENT_NAMES, VALUES, max_size=4))
@example({"A": "\n@@ app.service 0644\n[Service]\nUser=root\n", "B": '@@ "\n@@ "'})
@example({"A": "a\\\nb", "B": "\\", "C": '"', "D": "$(id)`id`", "E": " \n "})
def test_every_value_arrives_byte_for_byte(values: dict[str, str]) -> None:
    """Systemd's own rules give it back, and no line of it looks like the plan's marker of a file."""
    text = environment.environment_file(values)
    assert decoded(text) == values
    assert not [line for line in text.split("\n") if line.startswith("@@ ")]


@pytest.mark.covers(6)
def test_a_big_value_arrives_too() -> None:
    """100 kB of what has to be escaped."""
    values = {"A": '"\\\n@@ $`' * 12_500}
    assert decoded(environment.environment_file(values)) == values


def test_the_order_of_variables_is_their_names() -> None:
    """Equal variables give equal bytes, in whatever order the stack's file has them."""
    one, other = {"B": "1", "A": "2"}, {"A": "2", "B": "1"}
    assert environment.environment_file(one) == environment.environment_file(other)


def test_the_file_of_secrets_is_one_of_variables() -> None:
    """As every other is written; empty without secrets."""
    with_secrets = examples.settings(examples.MINIMAL, secrets={"TOKEN": examples.CANARY})
    assert decoded(environment.secrets_file(with_secrets)) == {"TOKEN": examples.CANARY}
    assert environment.secrets_file(examples.settings(examples.MINIMAL)) == ""


def digest(secrets: dict[str, str], name: str = "bookstore", stack: str = recorder.STACK) -> str:
    """The digest of an app's secrets in a stack."""
    changes: dict[str, Any] = {"secrets": secrets, "app": {"name": name}}
    settings = examples.settings(examples.MINIMAL, **changes)
    return recorder.as_stack(stack, lambda: environment.secrets_digest(settings))


def test_the_digest_of_secrets_is_their_own_stack_s() -> None:
    """Equal passwords in two stacks, or two apps, can't be found by comparing what anyone may see."""
    found = {digest(SECRETS), digest(SECRETS, stack="blue"), digest(SECRETS, name="library")}
    assert len(found) == 3
    assert all(len(one) == 12 for one in found)


def test_the_digest_of_secrets_is_of_names_and_values() -> None:
    """Another value, another name, one more; equal ones are equal."""
    value = SECRETS["DATABASE_URL"]
    others = [{"DATABASE_URL": "other"}, {"OTHER": value}, {"DATABASE_URL": value, "MORE": ""}]
    assert len({digest(secrets) for secrets in (SECRETS, *others)}) == 4
    assert digest(SECRETS) == digest(dict(SECRETS))


def test_no_secrets_have_no_digest() -> None:
    """So that nothing is written for nothing."""
    assert digest({}) == ""
