"""The configuration: read once, refused as a whole before anything is registered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components import settings
from components.errors import ConfigError
from unit import examples, recorder

STACKS = "'nginx-uwsgi', 'nginx-gunicorn', 'apache-uwsgi' or 'apache-gunicorn'"
KEYS = "target, app, secrets, machine, pinnedRelease, appengine, beanstalk, ecs, heroku, vm"
APP_KEYS = "name, path, git, wsgi, python, environment, static, persistent, health, releaseCommand"
TARGETS = "one of vm, ecs, heroku, beanstalk, appengine; for example: pulumi config set target vm"
UNKNOWN = f"is unknown, it should be {TARGETS}"
QUOTED = 'put it in quotes, for example "no"'
VARIABLE = "should be letters, digits and '_', not a digit first, for example 'WORK_ENV'"
LOADER = "decides what code is loaded, so the deployment sets it; take another name"
PREFIX = "should be a path that starts with '/' and does not end with it, for example '/avatar'"
HOST_NAME = "should be a host name of letters, digits and dashes, for example 'app.example.com'"
WORKERS = "should be 'auto' or a whole number from 1 to 256, for example auto"


def read(config: dict[str, Any], *secret: str) -> tuple[settings.Settings, Any]:
    """The settings of a configuration whose keys `secret` are encrypted."""
    return recorder.as_stack(
        recorder.STACK,
        lambda: settings.read(settings.values()),
        config=config,
        secret=secret or ("secrets",),
    )


def faults(changes: dict[str, Any], *secret: str) -> list[str]:
    """What is said about the minimal configuration with changes; something has to be."""
    with pytest.raises(ConfigError) as caught:
        read(examples.changed(examples.MINIMAL, changes), *secret)
    return list(caught.value.faults)


@pytest.mark.covers(5, 8, 12, 13)
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"target": ""}, f"target: is required, {TARGETS}"),
        ({"target": "azure"}, f"target: 'azure' {UNKNOWN}"),
        ({"target": ["vm"]}, f"target: \"['vm']\" {UNKNOWN}"),
        ({"app": {"name": 5}}, "app/name: should be text, for example bookstore"),
        ({"app": {"namee": "x"}}, "app/namee: is not a key here; did you mean 'name'?"),
        ({"app": {"app": {}}}, f"app/app: is not a key here; the keys are {APP_KEYS}; remove it"),
        ({"app": {"health": {"pathh": "/"}}}, "app/health/pathh: is not a key here; did you mean 'path'?"),
        ({"app": {"release_command": "x"}},
         "app/release_command: is not a key here; did you mean 'releaseCommand'?"),
        ({"app": {"git": {"url": "x"}}}, "app/git/ref: is required, for example v1.4.2"),
        ({"app": {"path": None}}, "app: should have either 'path' or 'git', for example path: assets/app"),
        ({"app": {"git": {"url": "x", "ref": "v1"}}},
         "app: should have either 'path' or 'git', for example path: assets/app"),
        ({"app": {"python": 3.1}},
         'app/python: should be a Python version in quotes, for example "3.12" (YAML reads 3.10 as 3.1)'),
        ({"app": {"environment": {"A": False}}},
         f"app/environment/A: should be text, and YAML reads it as true or false: {QUOTED}"),
        ({"app": {"environment": {"A": 1e3}}},
         f"app/environment/A: should be text, and YAML reads it as a number: {QUOTED}"),
        ({"app": {"environment": {"1A": "x"}}},
         f"app/environment/1A: '1A' {VARIABLE}"),
        ({"app": {"environment": {"LD_PRELOAD": "x"}}},
         f"app/environment/LD_PRELOAD: 'LD_PRELOAD' {LOADER}"),
        ({"app": {"environment": {"A": "x\0"}}},
         "app/environment/A: should be text without control characters (new lines and tabs are fine)"),
        ({"app": {"environment": ["A=1"]}}, "app/environment: should be a map of keys and values"),
        ({"app": {"static": {"avatar": "images"}}},
         f"app/static/avatar: {PREFIX}"),
        ({"app": {"static": {"/a": "../x"}}},
         "app/static//a: should be a folder of the app, for example 'images'"),
        ({"app": {"persistent": "images"}}, 'app/persistent: should be a list, for example ["images"]'),
        ({"app": {"persistent": ["-rf"]}},
         "app/persistent/0: should not start with '-', for example 'images'"),
        ({"app": {"health": {"path": "healthz"}}},
         "app/health/path: should be a path that starts with '/' and has no '..', for example '/healthz'"),
        ({"app": {"health": {"timeout": 0}}},
         "app/health/timeout: should be greater than or equal to 1, for example 60"),
        ({"app": {"health": {"timeout": -1}}},
         "app/health/timeout: should be greater than or equal to 1, for example 60"),
        ({"app": {"health": {"timeout": 10**9}}},
         "app/health/timeout: should be less than or equal to 600, for example 60"),
        ({"app": {"health": {"timeout": "60"}}},
         "app/health/timeout: should be a whole number, for example 60"),
        ({"app": {"releaseCommand": "a\0"}},
         "app/releaseCommand: should be text without control characters (new lines and tabs are fine)"),
        ({"app": {"releaseCommand": ["a"]}},
         "app/releaseCommand: should be text, for example flask --app run db upgrade"),
        ({"machine": {"webStack": "caddy"}},
         f"machine/webStack: should be {STACKS}, for example nginx-uwsgi"),
        ({"machine": {"workers": "many"}},
         f"machine/workers: {WORKERS}"),
        ({"machine": {"workers": 10_000}},
         f"machine/workers: {WORKERS}"),
        ({"machine": {"threads": 0}}, "machine/threads: should be greater than or equal to 1, for example 8"),
        ({"machine": {"maxBodyMegabytes": "10G"}},
         "machine/maxBodyMegabytes: should be a whole number, for example 16"),
        ({"machine": {"purgeData": "yes"}}, "machine/purgeData: should be true or false, for example false"),
        ({"machine": {"serverName": "x;{}"}},
         f"machine/serverName: {HOST_NAME}"),
        ({"machine": {"web_stack": "nginx-uwsgi"}},
         "machine/web_stack: is not a key here; did you mean 'webStack'?"),
        ({"machine": "nginx"}, "machine: should be a section of keys and values"),
        ({"secrets": {"A": 5}}, "secrets/A: should be text"),
        ({"secrets": {"A-B": "x"}},
         f"secrets/A-B: 'A-B' {VARIABLE}"),
        ({"secrets": {"A": "x"}, "app": {"environment": {"A": "y"}}},
         "secrets/A: should be in one place, and app/environment has it too; remove one of them"),
        ({"pinnedRelease": "latest"},
         ("pinnedRelease: should be a kept release, as an output of its own run named it, for example "
          "'3f9c0a71be52' (release), 'v-3f9c0a71be52-0a1b2c' (versionLabel), "
          "'r3f9c0a71be52-0a1b2c' (version), "
          "'3f9c0a71be52-0b9e8d7c-6a5f-4e3d-8c2b-1a0f9e8d7c6b' (rollback)")),
        ({"vm": {"host": "a b"}},
         f"vm/host: {HOST_NAME}"),
        ({"vm": {"host": "203.0.113.777"}},
         "vm/host: should be an address of four numbers up to 255, for example '203.0.113.7'"),
        ({"vm": {"port": 70_000}}, "vm/port: should be less than or equal to 65535, for example 22"),
        ({"vm": {"port": "22"}}, "vm/port: should be a whole number, for example 22"),
        ({"vm": {"user": "Root"}}, "vm/user: should be a login name, for example 'root' or 'ubuntu'"),
        ({"vm": {"hostkey": "x"}}, "vm/hostkey: is not a key here; did you mean 'hostKey'?"),
        ({"vm": "x"}, "vm: should be a section of keys and values"),
        ({"int": "x"}, f"int: is not a key here; the keys are {KEYS}; remove it"),
        ({"vmm": {}}, "vmm: is not a key here; did you mean 'vm'?"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:60],
)  # fmt: skip
def test_a_bad_value_is_told(changes: dict[str, Any], fault: str) -> None:
    """Path, rule, example, remedy; and that alone, since all else is right."""
    assert faults(changes) == [fault]


def test_all_faults_come_at_once() -> None:
    """Of all sections, though the target is unknown: nobody wants to learn of them one by one."""
    told = faults({"target": "vn", "app": {"name": "X"}, "machine": {"threads": 0}})
    assert [line.partition(":")[0] for line in told] == ["target", "app/name", "machine/threads"]
    told = faults({"app": {"name": "X", "path": None}, "vm": {"port": 0}, "zzz": {}}, "app", "vm")
    assert [line.partition(":")[0] for line in told] == ["vm/port", "app/name", "zzz"]


def test_nothing_is_asked_of_an_empty_configuration_but_what_is_needed() -> None:
    """The defaults of Pulumi.yaml, as a new stack has them."""
    with pytest.raises(ConfigError) as caught:
        read({"target": "vm", "app": {}, "secrets": {}, "machine": {}, "vm": {}, "pinnedRelease": ""})
    assert [line.partition(":")[0] for line in caught.value.faults] == ["vm/host", "vm/hostKey", "app/name"]


def test_the_whole_configuration_is_read() -> None:
    """Each section as its own value, defaults beside it."""
    config, section = read(dict(examples.FULL))
    assert (config.target, config.app.name, config.app.health.timeout) == ("vm", "bookstore", 90)
    assert config.secrets["DATABASE_URL"].get_secret_value() == examples.CANARY
    assert (config.machine.web_stack, config.machine.workers) == ("nginx-uwsgi", 3)
    assert (section.host, section.user, section.port) == ("203.0.113.7", "ubuntu", 2222)


@pytest.mark.parametrize("release", ["123456789012", "12345678e901", "0123456789ab"])
def test_a_release_id_is_text_whatever_its_digits(release: str) -> None:
    """The configuration's own parser makes a number of one in a hundred ids."""
    config, _ = read(examples.changed(examples.MINIMAL, {"pinnedRelease": release}))
    assert config.pinned_release == release


def test_a_frozen_configuration_can_t_be_changed() -> None:
    """What was checked is what is used."""
    config, section = read(dict(examples.MINIMAL))
    for value, name in ((config, "target"), (config.app, "name"), (section, "host")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(value, name, "x")


def test_health_is_strict_only_about_a_path_of_its_own() -> None:
    """'/' of an app without a health check may well be a redirect or a 404."""
    assert [settings.HealthSettings(path=path).accept for path in (None, "/healthz")] == ["any", "success"]


def test_the_owner_is_project_and_stack() -> None:
    """Two stacks that claim one app on one machine have to differ."""
    config = examples.settings(examples.MINIMAL)
    assert recorder.as_stack("blue", lambda: config.owner) == f"{settings.PROJECT}/blue"


@pytest.mark.covers(7)
def test_secrets_in_plain_text_are_refused() -> None:
    """With the command that encrypts them."""
    told = (
        "secrets: should be encrypted, but TOKEN, KEY can be read in the stack's file; change it where it "
        "came from, then: pulumi config set --secret --path 'flask-deploy:secrets.TOKEN'"
    )
    assert faults({"secrets": {"TOKEN": "x", "KEY": "y"}}, "other") == [told]


@pytest.mark.covers(7)
def test_a_private_key_in_plain_text_is_refused() -> None:
    """A target's own secrets are no exception."""
    key = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----"
    told = (
        "vm: should be encrypted, but privateKey can be read in the stack's file; change it where it "
        "came from, then: pulumi config set --secret --path 'flask-deploy:vm.privateKey'"
    )
    assert faults({"vm": {"privateKey": key}}) == [told]
    _, section = read(examples.changed(examples.MINIMAL, {"vm": {"privateKey": key}}), "vm")
    assert section.key("vm") == f"{key}\n"


def test_an_encrypted_value_outside_of_secrets_is_refused() -> None:
    """It would stand in plain text in the state: only `secrets` are marked on their way."""
    told = (
        "app: has an encrypted value, and would show it, since only secrets are kept secret; move it: "
        "pulumi config set --secret --path 'flask-deploy:secrets.NAME'"
    )
    assert faults({"app": {"environment": {"A": "x"}}}, "app") == [told]


def test_pydantic_s_own_error_shows_no_value() -> None:
    """Should it ever reach a traceback."""
    with pytest.raises(ValidationError) as caught:
        examples.settings(examples.MINIMAL, secrets={"TOKEN": ["c4n4ry"]})
    assert "c4n4ry" not in str(caught.value)


BAD = ["", "\0", "\ufffe", "\r"]


@hypothesis_settings(max_examples=20, deadline=None)
@given(st.text(max_size=20), st.sampled_from(BAD), st.sampled_from(["vm", "zz"]), st.booleans())
def test_a_secret_is_in_no_message_and_no_repr(text: str, bad: str, target: str, structure: bool) -> None:  # noqa: FBT001
    """Whatever is wrong with it, or beside it."""
    secret: Any = f"c4n4ry{text}{bad}"
    config = examples.changed(
        examples.MINIMAL,
        {
            "target": target,
            "secrets": {"TOKEN": [secret] if structure else secret},
            "vm": {"privateKey": secret},
        },
    )
    with pytest.raises(ConfigError) as caught:
        read(config, "secrets", "vm")
    assert "c4n4ry" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.faults}"
    good = examples.settings(
        examples.MINIMAL, secrets={"TOKEN": f"c4n4ry{''.join(filter(str.isalnum, text))}"}
    )
    assert "c4n4ry" not in f"{good!r} {good} {good.model_dump()}"
