"""The version of a release at App Engine: everything is spelled out, and its id tells one from another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from unit import examples, recorder

if TYPE_CHECKING:
    from unit.conftest import Deploy

# What the service would fill in, and the provider take for a difference at every run.
SECURITY: Final = {
    "login": "LOGIN_OPTIONAL",
    "authFailAction": "AUTH_FAIL_ACTION_REDIRECT",
    "securityLevel": "SECURE_ALWAYS",
    "redirectHttpResponseCode": "REDIRECT_HTTP_RESPONSE_CODE_301",
}
CHANGES: Final[dict[str, dict[str, Any]]] = {
    "variable": {"app": {"environment": {"A": "1"}}},
    "secret": {"secrets": {"A": "1"}},
    "static": {"app": {"static": {"/avatar": "images"}}},
    "python": {"app": {"python": "3.14"}},
    "class": {"appengine": {"instanceClass": "F2"}},
    "least": {"appengine": {"minInstances": 1}},
    "most": {"appengine": {"maxInstances": 5}},
}


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}), **options)
    assert done.error is None
    return done


def content(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> str:
    """What draws another version when it is another."""
    return str(deployed(deploy, changes, **options)["attempt"].inputs["keepers"]["content"])


def inputs(deploy: Deploy, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the version is made of."""
    return dict(deployed(deploy, changes)["version"].inputs)


def test_it_is_kept_when_another_serves(deploy: Deploy) -> None:
    """Of the service that a project's first one has to be."""
    found = inputs(deploy)
    assert (found["noopOnDestroy"], found["service"], found["project"]) == (True, "default", "my-project")


@pytest.mark.parametrize(("python", "runtime"), [("3.12", "python312"), ("3.14", "python314")])
def test_its_runtime_is_the_configured_python(deploy: Deploy, python: str, runtime: str) -> None:
    """By App Engine's name for it."""
    assert inputs(deploy, {"app": {"python": python}})["runtime"] == runtime


def test_each_handler_is_spelled_out(deploy: Deploy) -> None:
    """In their order, static folders first; the last one is exactly `.*` with `auto`."""
    avatar, rest = inputs(deploy, CHANGES["static"])["handlers"]
    assert avatar == {
        "urlRegex": "/avatar/(.+)",
        **SECURITY,
        "staticFiles": {
            "path": "images/\\1",
            "uploadPathRegex": "images/.*",
            "applicationReadable": True,
            "requireMatchingFile": False,
            "expiration": "600s",
            "httpHeaders": {"X-Content-Type-Options": "nosniff"},
        },
    }
    assert rest == {"urlRegex": ".*", **SECURITY, "script": {"scriptPath": "auto"}}
    assert inputs(deploy)["handlers"] == [rest]


def test_scaling_is_spelled_out(deploy: Deploy) -> None:
    """Bounds as configured; as many requests at once as an instance has threads."""
    section = {"appengine": {"instanceClass": "F2", "minInstances": 1, "maxInstances": 3}}
    found = inputs(deploy, section)
    assert found["instanceClass"] == "F2"
    assert found["automaticScaling"] == {
        "maxConcurrentRequests": 32,
        "minIdleInstances": 0,
        "maxIdleInstances": 1,
        "minPendingLatency": "1s",
        "maxPendingLatency": "5s",
        "standardSchedulerSettings": {
            "minInstances": 1,
            "maxInstances": 3,
            "targetCpuUtilization": 0.6,
            "targetThroughputUtilization": 0.6,
        },
    }


def test_gunicorn_is_what_starts(deploy: Deploy) -> None:
    """On the port that the runtime names; the settings beside it read the secrets and wrap the app."""
    assert inputs(deploy)["entrypoint"] == {
        "shell": "gunicorn --bind :$PORT --workers 2 --threads 8 run:application"
    }


def test_variables_arrive_with_the_release_s_half(deploy: Deploy) -> None:
    """The app works its release out from it."""
    found = inputs(deploy, {"app": {"environment": {"WORK_ENV": "PROD"}}})["envVariables"]
    assert found["WORK_ENV"] == "PROD"
    assert set(found) == {"WORK_ENV", "FLASK_DEPLOY_ENVIRONMENT"}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_each_change_is_another_version(deploy: Deploy, changes: dict[str, Any]) -> None:
    """A change in place would be remembered as done when it failed."""
    assert content(deploy) != content(deploy, changes)
    before, after = inputs(deploy), inputs(deploy, changes)
    assert [key for key in {*before, *after} - {"versionId"} if before.get(key) != after.get(key)]


def test_a_version_is_never_changed_in_place(deploy: Deploy) -> None:
    """What is read back is held, since all is in the id; the engine gives a new version the new values."""
    version = deployed(deploy, CHANGES["secret"])["version"]
    not_read = {"deployment", "entrypoint", "envVariables", "noopOnDestroy"}
    assert {*version.ignore_changes} == {*version.inputs} - not_read - {"versionId", "project"}


def test_nothing_changed_is_the_same_version(deploy: Deploy) -> None:
    """Then nothing is built."""
    assert inputs(deploy) == inputs(deploy)
    ingress: dict[str, Any] = {"appengine": {"ingress": "internal"}}
    assert inputs(deploy, ingress) == inputs(deploy)
    assert content(deploy, ingress) == content(deploy)


def test_another_stack_s_is_another_version(deploy: Deploy) -> None:
    """One that has the same id would be built over without a word."""
    assert len({content(deploy, name=stack) for stack in ("dev", "prod")}) == 2


def test_an_id_is_drawn_for_each_change(deploy: Deploy) -> None:
    """Another content draws anew, also an earlier one; in front stands the release that answers."""
    done = deployed(deploy)
    assert done["attempt"].inputs["byteLength"] == 3
    assert set(done["attempt"].inputs["keepers"]) == {"content"}
    assert done["version"].inputs["versionId"] == f"r{done.outputs['release']}-ab12cd"
