"""A release: equal input gives an equal id, any change another one, and every value arrives as it is."""

from __future__ import annotations

import base64
import string
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from components import notions
from components.machine import generation
from components.machine.web_stacks import WEB_STACKS
from unit import examples, recorder
from unit.strategies import APP_NAMES, VALUES

if TYPE_CHECKING:
    from components.app import App
    from components.machine.generation import Generation

SECRET = {"secrets": {"DATABASE_URL": "postgres://u:s3cret@db/shop"}}


def built(app: App, changes: dict[str, Any] | None = None, denied: tuple[str, ...] = ()) -> Generation:
    """The release of the minimal configuration with changes."""

    def build() -> Generation:
        settings = examples.settings(examples.changed(examples.MINIMAL, changes or {}))
        return generation.build(settings, app, WEB_STACKS[settings.machine.web_stack], denied)

    return recorder.as_stack(recorder.STACK, build)


def test_equal_input_gives_an_equal_release(shop: App) -> None:
    """Nothing random, no time: a second `up` changes nothing."""
    first = built(shop, SECRET)
    assert first == built(shop, SECRET)
    assert len(first.id) == 12
    assert set(first.id) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "changes",
    [
        {"machine": {"workers": 3}},
        {"machine": {"threads": 3}},
        {"machine": {"maxBodyMegabytes": 3}},
        {"machine": {"serverName": "shop.example.com"}},
        {"machine": {"webStack": "nginx-gunicorn"}},
        {"machine": {"webStack": "apache-uwsgi"}},
        {"app": {"name": "library"}},
        {"app": {"environment": {"A": "1"}}},
        {"app": {"static": {"/avatar": "images"}}},
        {"app": {"persistent": ["images"]}},
        {"app": {"releaseCommand": "true"}},
        {"app": {"health": {"timeout": 61}}},
    ],
    ids=str,
)
def test_a_change_of_any_file_is_another_release(shop: App, changes: dict[str, Any]) -> None:
    """It goes through the same gate and is rolled back like any other."""
    assert built(shop, changes).id != built(shop).id


@pytest.mark.parametrize(
    "changes",
    [
        {"app": {"health": {"path": "/healthz"}}},
        {"app": {"python": "3.10"}},
        {"machine": {"purgeData": True}},
    ],
    ids=str,
)
def test_what_is_only_asked_of_the_machine_is_no_new_release(shop: App, changes: dict[str, Any]) -> None:
    """The step that asks runs again; the files are the same, so nothing restarts."""
    assert built(shop, changes) == built(shop)


def test_the_app_s_own_files_are_part_of_the_id(shop: App) -> None:
    """A changed line of code, a changed requirement, another entry."""
    others = [
        replace(shop, bundle=replace(shop.bundle, digest="cd34" * 16)),
        replace(shop, requirements=replace(shop.requirements, text="flask==3.1.1\n")),
        replace(shop, requirements=replace(shop.requirements, digest="cd34" * 16)),
        replace(shop, entry=replace(shop.entry, attribute="other")),
        replace(shop, entry=replace(shop.entry, python_path="src")),
    ]
    assert len({built(app).id for app in [shop, *others]}) == 6


def test_releases_with_equal_requirements_share_an_environment(shop: App) -> None:
    """Installing takes most of a deployment; another server or requirement makes another environment."""
    assert built(shop, {"app": {"environment": {"A": "1"}}}).venv_id == built(shop).venv_id
    assert built(shop, {"machine": {"webStack": "nginx-gunicorn"}}).venv_id != built(shop).venv_id
    other = replace(shop, requirements=replace(shop.requirements, digest="cd34" * 16))
    assert built(other).venv_id != built(shop).venv_id


def test_a_changed_secret_is_another_release(shop: App) -> None:
    """Another value, another name, one more: the app reads them when it starts."""
    value = SECRET["secrets"]["DATABASE_URL"]
    changes: list[dict[str, Any]] = [
        {},
        SECRET,
        {"secrets": {"DATABASE_URL": "other"}},
        {"secrets": {"OTHER": value}},
        {"secrets": {"DATABASE_URL": value, "MORE": ""}},
    ]
    releases = [built(shop, change) for change in changes]
    assert len({release.id for release in releases}) == len({release.secrets_id for release in releases}) == 5


def test_without_secrets_there_is_no_file_of_them(shop: App) -> None:
    """And no line in the unit that reads one."""
    without = built(shop)
    assert without.secrets_id == ""
    assert without.files["app.service"].count("EnvironmentFile=") == 1


def test_a_release_s_files_hold_no_secret(shop: App) -> None:
    """They stand in an input that previews show: not as it is, quoted or encoded."""
    secret = examples.CANARY
    release = built(shop, {"secrets": {"DATABASE_URL": secret}})
    shown = "\n".join([release.id, release.secrets_id, *release.files, *release.files.values()])
    for form in (secret, secret.replace('"', '\\"'), base64.b64encode(secret.encode()).decode(), "c4n4ry"):
        assert form not in shown


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
SERVER_NAMES = st.one_of(st.just(""), st.lists(LABEL, min_size=1, max_size=3).map(".".join))
PATHS = (
    st.text("/.?=&%" + string.ascii_letters, max_size=12)
    .map(lambda text: f"/{text}")
    .filter(lambda text: ".." not in text)
)


@hypothesis_settings(max_examples=20, deadline=None)
@given(APP_NAMES, SERVER_NAMES, st.sampled_from(examples.STACKS), VALUES)
def test_no_accepted_value_adds_a_line(
    shop: App, name: str, server_name: str, stack: str, value: str
) -> None:
    """What stands in a configuration file stays in its place: as many lines as with any other value."""
    TypeAdapter(notions.AppName).validate_python(name)

    def lines(app: str, host: str) -> dict[str, int]:
        machine = {"webStack": stack, "serverName": host}
        config = {"app": {"name": app, "environment": {"A": value}}, "machine": machine}
        release = generation.build(examples.settings(examples.MINIMAL, **config), shop, WEB_STACKS[stack])
        return {file: text.count("\n") for file, text in release.files.items()}

    assert lines(name, server_name) == lines("bookstore", "")


def test_addresses_are_denied_where_there_are_any(shop: App) -> None:
    """To the app and to its release command, each on a line; without any, nothing is said of it."""
    units = ("app.service", "command.service")
    command = {"app": {"releaseCommand": "true"}}
    denying = built(shop, command, ("192.0.2.1", "192.0.2.2"))
    for name in units:
        lines = denying.files[name].splitlines()
        assert [line for line in lines if "192.0.2." in line] == [
            "IPAddressDeny=192.0.2.1",
            "IPAddressDeny=192.0.2.2",
        ]
        assert "IPAddressDeny" not in built(shop, command).files[name]
