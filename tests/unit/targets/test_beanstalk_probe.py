"""The probe of an environment: it asks the real URL, gently, for the release that has to run."""

from __future__ import annotations

import json
import shlex
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from components import app, settings
from components.beanstalk import source
from components.errors import ConfigError
from components.files import alone
from components.targets import beanstalk
from unit import examples, recorder
from unit.beanstalk.stacks import NAME, SECRETS, deployed, engine
from unit.beanstalk.stacks import settings as option_settings
from unit.platforms.runtime import wrapper

if TYPE_CHECKING:
    import pytest

    from unit.conftest import Deploy

ROOT: Final = Path(__file__).parent.parent.parent.parent
HOST: Final = f"{NAME}.eu-central-1.elasticbeanstalk.com"
VARIABLES: Final = "aws:elasticbeanstalk:application:environment"


def asked(done: recorder.Recording) -> tuple[list[str], dict[str, str]]:
    """The probe's arguments and options."""
    words = shlex.split(done["probe"].inputs["create"])
    return words[2:8], dict(zip(words[8::2], words[9::2], strict=True))


def staged(done: recorder.Recording) -> dict[str, bytes]:
    """The bundle as it was staged by the last run."""
    with zipfile.ZipFile(done.folder / beanstalk.BUNDLE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_url_is_asked(deploy: Deploy) -> None:
    """At its own name; an instance may need a while to be known by it, and has its log read by people."""
    done = deployed(deploy, {"app": {"health": {"path": "/healthz", "timeout": 90}}})
    arguments, options = asked(done)
    seconds = str(beanstalk.SWITCH_SECONDS + 90)
    assert arguments == [f"{HOST}:80", "http", "/healthz", "success", seconds, done.outputs["release"]]
    assert {key: options[key] for key in ("--host", "--patience", "--pause")} == {
        "--host": HOST,
        "--patience": "30",
        "--pause": "2",
    }


def test_without_a_health_path_any_answer_counts(deploy: Deploy) -> None:
    """Below 500, as on a machine."""
    assert asked(deployed(deploy))[0][2:4] == ["/", "any"]


def test_a_name_that_is_answered_in_upper_case_is_asked_in_lower(deploy: Deploy) -> None:
    """As every browser does."""
    held = {"Environment": {"cname": "Shop.EU-central-1.elasticbeanstalk.com"}}
    done = deployed(deploy, engine=engine(held=held))
    assert asked(done)[0][0] == "shop.eu-central-1.elasticbeanstalk.com:80"


def test_a_version_is_asked_for_each_time(deploy: Deploy) -> None:
    """The release may be one that was asked for before, and another may have failed meanwhile."""
    done = deployed(deploy)
    assert asked(done)[1]["--deployment"] == done.one("ApplicationVersion").inputs["name"]


def test_the_probe_comes_last(deploy: Deploy) -> None:
    """After the environment, and all that it needs."""
    done = deployed(deploy, SECRETS)
    others = {each.name for each in done.resources if each.custom and each.name != "probe"}
    assert done["probe"].depends_on == others


def test_what_to_do_is_said(deploy: Deploy) -> None:
    """Where the reasons are, in a command that can be pasted, and what heals."""
    remedy = asked(deployed(deploy))[1]["--remedy"]
    assert f"describe-events --region eu-central-1 --environment-name {NAME} --severity WARN" in remedy
    assert "eb logs" in remedy
    assert "pulumi up --refresh" in remedy


def test_a_region_that_a_profile_has_is_not_guessed(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line finds it where the provider did."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "shop")
    done = deployed(deploy, {"aws:region": ""})
    assert f"describe-events --environment-name {NAME}" in asked(done)[1]["--remedy"]


def test_the_app_will_answer_what_is_asked_for(deploy: Deploy) -> None:
    """The id from the bundled file and the variable that is set is the one that the probe waits for."""
    done = deployed(deploy, {"secrets": {"A": "x"}, "app": {"environment": {"B": "y"}}})
    variables = option_settings(done)[VARIABLES]
    code = json.loads(staged(done)["flask_deploy.json"])["code"]
    assert wrapper().release(code, variables["FLASK_DEPLOY_ENVIRONMENT"]) == asked(done)[0][5]


def test_the_path_of_the_bundle_is_equal_on_each_computer(deploy: Deploy) -> None:
    """The engine records it, and a refresh on another one looks for it."""
    done = deployed(deploy)
    assert done["bundle"].inputs["source"].path == str(beanstalk.BUNDLE) == "platforms/beanstalk/bundle.zip"


def test_the_bundle_is_held_until_the_run_ends(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read when it is uploaded, and another stack's run would write its own there before."""
    held: list[Path] = []
    monkeypatch.setattr(alone, "hold", held.append)
    deployed(deploy)
    assert held == [Path("platforms/beanstalk.lock")]


def test_a_fault_stages_nothing(deploy: Deploy) -> None:
    """What was bundled before is still there, as it was."""
    before = staged(deployed(deploy))
    changes = {"pinnedRelease": "3f9c0a71be52", "app": {"static": {"/avatar": "images"}}}
    done = deploy(examples.changed(examples.BEANSTALK, changes), engine=engine())
    assert isinstance(done.error, ConfigError)
    assert (done.resources, staged(done)) == ([], before)


def chapter() -> source.Source:
    """What is bundled of the sample app, by the example of a stack."""
    stack = yaml.safe_load((ROOT / "Pulumi.beanstalk.yaml").read_text())["config"]
    config: dict[str, Any] = {key.removeprefix("flask-deploy:"): value for key, value in stack.items()}

    def make() -> source.Source:
        common, _ = settings.read(settings.values())
        loaded = app.load(
            project=ROOT,
            path=common.app.path,
            git=None,
            wsgi=common.app.wsgi,
            static=common.app.static,
            persistent=common.app.persistent,
        )
        return source.make(loaded, common)

    changes = {"secrets": {"DATABASE_URL": "postgres://x"}}
    return recorder.as_stack("beanstalk", make, config=examples.changed(config, changes))


def test_the_sample_app_is_served_as_the_chapter_has_it() -> None:
    """WSGIPath, WORK_ENV and the avatars; and the example of a stack works, without a word."""
    found = chapter()
    assert (found.wsgi_path, found.static, found.notes) == ("run:application", {"/avatar": "images"}, ())
    assert found.variables["WORK_ENV"] == "PROD"
    assert found.bundle.read("flask_deploy_release.sh") == b"flask --app run db upgrade\n"


def test_the_sample_app_s_requirements_are_hashed() -> None:
    """That which is added too."""
    text = (chapter().bundle.read("requirements.txt") or b"").decode()
    entries = [line for line in text.splitlines() if line[:1].isalpha()]
    assert "gunicorn" in {entry.partition("==")[0] for entry in entries}
    assert all(entry.endswith("\\") for entry in entries)
