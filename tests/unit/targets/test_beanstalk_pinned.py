"""Target beanstalk with `pinnedRelease`: the environment goes back to a version that is kept."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from components.platforms.release import Release
from components.targets import beanstalk
from unit import examples
from unit.beanstalk.stacks import NAME, SECRETS, deployed
from unit.beanstalk.stacks import settings as option_settings

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy

CODE: Final = "3f9c0a71be52"
LABEL: Final = f"v-{CODE}-0a1b2c"
VARIABLES: Final = "aws:elasticbeanstalk:application:environment"


def pinned(deploy: Deploy, changes: dict[str, Any] | None = None) -> recorder.Recording:
    """A stack that is pinned to a version."""
    return deployed(deploy, examples.changed(changes or {}, {"pinnedRelease": LABEL}))


def asked(done: recorder.Recording) -> str:
    """The release that the probe waits for."""
    return shlex.split(done["probe"].inputs["create"])[7]


def test_the_environment_names_the_version(deploy: Deploy) -> None:
    """As it is called at AWS, and so does the output; everything else stays as it was."""
    before, done = deployed(deploy), pinned(deploy)
    assert done.one("Environment").inputs == {**before.one("Environment").inputs, "version": LABEL}
    assert done.outputs["versionLabel"] == LABEL
    assert done.outputs["applicationName"] == NAME


def test_no_version_is_registered(deploy: Deploy) -> None:
    """Nor what it is made of: so removing the key makes one of today's app. What was made stays at AWS."""
    before, done = deployed(deploy), pinned(deploy)
    gone = set(before.names()) - set(done.names())
    assert gone == {"version", "bundle", "deployment"}
    assert before["version"].retained
    assert before["bundle"].retained


def test_the_kept_code_has_to_answer_with_today_s_variables(deploy: Deploy) -> None:
    """The label tells the code; a changed variable or secret is another release of it."""
    releases = set()
    for changes in ({}, SECRETS, {"app": {"environment": {"A": "1"}}}):
        done = pinned(deploy, changes)
        environment = option_settings(done)[VARIABLES]["FLASK_DEPLOY_ENVIRONMENT"]
        assert asked(done) == done.outputs["release"] == Release(code=CODE, environment=environment).id
        releases.add(asked(done))
    assert len(releases) == 3


def test_another_pin_is_asked_for_anew(deploy: Deploy) -> None:
    """Two versions may be of one code."""
    words = [
        deployed(deploy, {"pinnedRelease": label})["probe"].inputs["create"]
        for label in (LABEL, f"v-{CODE}-ffffff")
    ]
    assert len(set(words)) == 2


def test_no_bundle_is_staged(deploy: Deploy) -> None:
    """There is none to upload; a change of the app changes nothing that is deployed."""
    bundle = deployed(deploy).folder / beanstalk.BUNDLE
    bundle.unlink()
    before = pinned(deploy)
    more = before.folder / "app" / "more.py"
    more.write_text("changed = True\n")
    try:
        after = pinned(deploy)
    finally:
        more.unlink()
    assert not bundle.exists()
    told = [{each.name: each.inputs for each in done.resources} for done in (before, after)]
    assert told[0] == told[1]
