"""The id of a release on a platform: what the program expects is what the running app works out."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components import render
from components.platforms import release as releases
from components.platforms.release import Release
from unit import examples, recorder
from unit.platforms.runtime import wrapper
from unit.strategies import ENVIRONMENT_NAMES, VALUES

FILES: Final = {"files": "ab12" * 16, "static": {"/avatar": "images"}}
VARIABLES: Final = {"FLASK_APP": "run:application", "WORK_ENV": "PROD"}
SECRETS: Final = {"DATABASE_URL": "postgres://u:s3cret@db/shop"}


def made(
    files: dict[str, Any] | None = None,
    variables: dict[str, str] | None = None,
    secrets: dict[str, str] | None = None,
    stack: str = recorder.STACK,
) -> Release:
    """The release of these; of the defaults where nothing is said."""
    settings = examples.settings(examples.HEROKU, secrets=SECRETS if secrets is None else secrets)
    return recorder.as_stack(
        stack, lambda: releases.of(files or FILES, VARIABLES if variables is None else variables, settings)
    )


def test_equal_input_gives_an_equal_release() -> None:
    """Nothing random, no time, no order: a second `up` changes nothing."""
    turned = dict(reversed(VARIABLES.items()))
    assert made() == made(variables=turned)
    assert re.fullmatch("[0-9a-f]{12}", made().id)


@pytest.mark.parametrize(
    ("change", "half"),
    [
        ({"files": {**FILES, "files": "cd34" * 16}}, "code"),
        ({"files": {**FILES, "static": {}}}, "code"),
        ({"variables": {**VARIABLES, "WORK_ENV": "DEV"}}, "environment"),
        ({"variables": {**VARIABLES, "MORE": ""}}, "environment"),
        ({"variables": {}}, "environment"),
        ({"secrets": {"DATABASE_URL": "other"}}, "environment"),
        ({"secrets": {**SECRETS, "MORE": ""}}, "environment"),
        ({"secrets": {}}, "environment"),
    ],
    ids=str,
)
def test_a_change_is_another_release(change: dict[str, Any], half: str) -> None:
    """In the half that arrives by that way; the other stays, so that nothing is built for a variable."""
    one, other = made(), made(**change)
    assert one.id != other.id
    assert {name for name in ("code", "environment") if getattr(one, name) != getattr(other, name)} == {half}


def test_equal_secrets_of_two_stacks_can_t_be_compared() -> None:
    """The variable stands in the platform's console, and anyone who sees it might guess."""
    assert made().environment != made(stack="blue").environment
    assert made(secrets={}).environment == made(secrets={}, stack="blue").environment


def test_a_release_tells_nothing_of_a_secret() -> None:
    """Nor does the file that lies beside the app."""
    shown = [made(), releases.wrapper_files(made(), FILES["static"])]  # type: ignore[arg-type]
    assert "s3cret" not in str(shown)


HALF = st.from_regex(r"[0-9a-f]{12}", fullmatch=True)


@hypothesis_settings(max_examples=50, deadline=None)
@given(HALF, HALF)
def test_the_app_works_out_what_the_program_expects(code: str, environment: str) -> None:
    """Two texts of one rule, since the one runs where the other is not."""
    assert wrapper().release(code, environment) == Release(code=code, environment=environment).id


def answered(monkeypatch: pytest.MonkeyPatch, folder: Any, variable: str | None) -> str:
    """The release that a staged app names, with the variable as the platform has it."""
    for name, content in releases.wrapper_files(made(), {}).items():
        (folder / name).write_bytes(content)
    if variable is None:
        monkeypatch.delenv(releases.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(releases.VARIABLE, variable)
    seen: list[tuple[str, str]] = []

    def app(_: object, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    def start(_: str, headers: list[tuple[str, str]], *_more: object) -> None:
        seen.extend(headers)

    assert wrapper(folder).wrap(app)({}, start) == [b"hello"]
    return dict(seen)["X-Release"]


def test_the_running_app_names_the_expected_release(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the build and the variables have both arrived."""
    assert answered(monkeypatch, tmp_path, made().environment) == made().id


@pytest.mark.parametrize("variable", [None, "", made(secrets={"DATABASE_URL": "old"}).environment])
def test_what_has_not_arrived_is_not_named(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    """Variables that the provider only remembers as set: missing, or those of before."""
    assert answered(monkeypatch, tmp_path, variable) != made().id


def test_the_wrapper_s_files_are_two() -> None:
    """Its code as it is, and what it reads."""
    found = releases.wrapper_files(made(), {"/avatar": "images"})
    assert set(found) == {"flask_deploy.py", "flask_deploy.json"}
    assert found["flask_deploy.py"].decode() == render.asset("platforms/flask_deploy.py")
    assert json.loads(found["flask_deploy.json"]) == {"code": made().code, "static": {"/avatar": "images"}}


@hypothesis_settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(ENVIRONMENT_NAMES, VALUES, max_size=3),
    st.dictionaries(ENVIRONMENT_NAMES, VALUES, max_size=3),
)
@example({"A": "1", "B": "2"}, {"A": '1", "B": "2'})
def test_other_variables_are_another_environment(one: dict[str, str], other: dict[str, str]) -> None:
    """No two sets of them are written the same way."""
    same = made(variables=one, secrets={}).environment == made(variables=other, secrets={}).environment
    assert same == (one == other)
