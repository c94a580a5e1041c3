"""What is refused before anything is made in a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.errors import ConfigError
from components.targets import appengine
from unit import examples, recorder

if TYPE_CHECKING:
    from unit.conftest import Deploy


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}), **options)
    assert done.error is None
    return done


@pytest.mark.parametrize("key", ["credentials", "accessToken"])
@pytest.mark.parametrize("secret", [False, True])
def test_credentials_in_plain_are_refused(deploy: Deploy, key: str, secret: bool) -> None:  # noqa: FBT001
    """The stack's file is committed; encrypted ones are fine. They are not repeated."""
    config = {**examples.APPENGINE, f"gcp:{key}": "c4n4ry"}
    done = deploy(config, secret=("secrets", *([f"gcp:{key}"] if secret else [])))
    if secret:
        assert done.error is None
    else:
        assert isinstance(done.error, ConfigError)
        assert done.error.faults[0].startswith(f"gcp:{key}: should be encrypted, but can be read")
        assert done.resources == []
    assert "c4n4ry" not in str([done.error, done.said, done.resources])


@pytest.mark.parametrize("variable", appengine.PROJECT_VARIABLES)
def test_the_project_may_come_from_the_environment(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Where the provider takes it too; the stack's own counts before it."""
    monkeypatch.setenv(variable, "other-project")
    config = {key: value for key, value in examples.APPENGINE.items() if key != "gcp:project"}
    assert deploy(config)["version"].inputs["project"] == "other-project"
    assert deployed(deploy)["version"].inputs["project"] == "my-project"


def test_all_faults_are_told_at_once(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made, each with a remedy; what was staged before is still there."""
    place = deployed(deploy).folder / appengine.ZIP
    before = place.read_bytes()
    for variable in appengine.PROJECT_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    config = examples.changed(
        examples.APPENGINE,
        {
            "gcp:project": "",
            "pinnedRelease": "3f9c0a71be52",
            "app": {"python": "3.11", "persistent": ["images"], "environment": {"PORT": "80"}},
        },
    )
    done = deploy(config)
    assert isinstance(done.error, ConfigError)
    assert [text.partition(": ")[0] for text in done.error.faults] == [
        *("gcp:project", "app/persistent", "app/python", "pinnedRelease", "app/environment/PORT")
    ]
    assert (done.resources, place.read_bytes()) == ([], before)


@pytest.mark.parametrize("project", ["My Project", "471203000000", "abc", "x" * 31, "example.com:shop"])
def test_what_is_no_project_s_id_is_refused(deploy: Deploy, project: str) -> None:
    """Its name or number, most often."""
    done = deploy({**examples.APPENGINE, "gcp:project": project})
    assert isinstance(done.error, ConfigError)
    assert done.error.faults[0].startswith(f"gcp:project: {project!r} should be a project's id")
