"""Target appengine: what a project gets for a release, who may do what there, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from unit import examples, recorder

if TYPE_CHECKING:
    from unit.conftest import Deploy

SECRETS: Final = {"secrets": {"DATABASE_URL": examples.CANARY}}


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}), **options)
    assert done.error is None
    return done


@pytest.fixture(scope="module")
def made(deploy: Deploy) -> recorder.Recording:
    """An app with a secret and a static folder."""
    return deployed(deploy, {**SECRETS, "app": {"static": {"/avatar": "images"}}})


def test_the_outputs_are_these(made: recorder.Recording) -> None:
    """As docs/targets/appengine.md has them."""
    assert set(made.outputs) == {"url", "release", "target", "version"}
    assert made.outputs["url"] == "https://my-project.ew.r.appspot.com"
