"""Target heroku with `pinnedRelease`: a slug that is kept is released again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final

from components import deadline
from components.platforms.release import Release
from components.targets import heroku
from unit import examples, recorder
from unit.engine import SLUG

if TYPE_CHECKING:
    import pytest

    from unit.conftest import Deploy

CODE: Final = "3f9c0a71be52"
KEPT: Final = f"{CODE}-{SLUG}"


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.HEROKU, changes or {}))
    assert done.error is None
    return done


def pinned(deploy: Deploy, changes: dict[str, Any] | None = None) -> recorder.Recording:
    """A stack that is pinned to a release."""
    return deployed(deploy, examples.changed(changes or {}, {"pinnedRelease": KEPT}))


def probed(done: recorder.Recording) -> list[str]:
    """The probe's words."""
    return shlex.split(done["probe"].inputs["create"])


def test_each_run_says_how_to_come_back_to_it(deploy: Deploy) -> None:
    """The code that was built, and the slug that came of it: what `pinnedRelease` takes."""
    done = deployed(deploy)
    settings = json.loads((done.folder / heroku.SOURCE / "flask_deploy.json").read_text())
    assert done.outputs["rollback"] == f"{settings['code']}-{SLUG}"


def test_the_slug_is_released(deploy: Deploy) -> None:
    """Of this app; dynos wait for it, and the probe, which asks for that release."""
    done = pinned(deploy)
    assert done.one("Release").inputs == {"appId": "app-id", "slugId": SLUG}
    assert "Release::release" in done.one("Formation").waits_for
    assert "release" in done["probe"].depends_on
    words = probed(done)
    assert words[words.index("--deployment") + 1] == "release-id"
    assert "pulumi up --replace '**Release::release'" in words[words.index("--remedy") + 1]
    assert done.outputs["rollback"] == KEPT


def test_nothing_is_built(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that removing the key builds today's app; and nothing is staged for it."""
    place = deployed(deploy).folder / heroku.SOURCE / "flask_deploy.json"
    place.unlink()
    watched: list[Any] = []
    monkeypatch.setattr(deadline, "watch", lambda *given: watched.append(given))
    done = pinned(deploy)
    assert (done.all("Build"), watched, place.exists()) == ([], [], False)
    assert deployed(deploy).all("Release") == []


def test_the_kept_code_has_to_answer_with_today_s_variables(deploy: Deploy) -> None:
    """They are the app's, whatever slug it runs."""
    for changes in ({}, {"secrets": {"A": "x"}}, {"app": {"environment": {"A": "1"}}}):
        done = pinned(deploy, changes)
        environment = done.one("App").inputs["configVars"]["FLASK_DEPLOY_ENVIRONMENT"]
        assert probed(done)[7] == done.outputs["release"] == Release(code=CODE, environment=environment).id
