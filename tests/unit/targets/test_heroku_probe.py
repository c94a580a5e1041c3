"""The probe of an app at Heroku: it asks the real URL, gently, for the release that has to run."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from components import app, settings
from components.errors import ConfigError
from components.heroku import source
from components.targets import heroku
from unit import examples, recorder
from unit.engine import Engine
from unit.platforms.runtime import wrapper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unit.conftest import Deploy

ROOT: Final = Path(__file__).parent.parent.parent.parent
HOST: Final = "bookstore-ab12-0123456789ab.herokuapp.com"


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None, **options: Any) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.HEROKU, changes or {}), **options)
    assert done.error is None
    return done


def asked(done: recorder.Recording) -> tuple[list[str], dict[str, str]]:
    """The probe's arguments and options."""
    words = shlex.split(done["probe"].inputs["create"])
    options = [word for word in words[8:] if word != "--any-release"]
    return words[2:8], dict(zip(options[::2], options[1::2], strict=True))


def test_the_url_is_asked_by_https(deploy: Deploy) -> None:
    """At its own name and port; a dyno may need a minute, and has its log read by people."""
    done = deployed(deploy, {"app": {"health": {"path": "/healthz", "timeout": 90}}})
    arguments, options = asked(done)
    seconds = str(heroku.ROUTER_SECONDS + 90)
    assert arguments == [f"{HOST}:443", "https", "/healthz", "success", seconds, done.outputs["release"]]
    assert {key: options[key] for key in ("--host", "--patience", "--pause")} == {
        "--host": HOST,
        "--patience": "30",
        "--pause": "2",
    }


def test_without_a_health_path_any_answer_counts(deploy: Deploy) -> None:
    """Below 500, as on a machine."""
    assert asked(deployed(deploy))[0][2:4] == ["/", "any"]


@pytest.mark.parametrize(
    ("url", "place", "protocol", "host"),
    [
        ("http://10.0.0.7:5000/", "10.0.0.7:5000", "http", "10.0.0.7:5000"),
        ("http://x.example/", "x.example:80", "http", "x.example"),
        ("https://x.example:8443/", "x.example:8443", "https", "x.example:8443"),
    ],
)
def test_whatever_the_url_is_it_is_asked(
    deploy: Deploy, url: str, place: str, protocol: str, host: str
) -> None:
    """Of an app without HTTPS, or elsewhere."""
    done = deployed(deploy, engine=Engine(held={"App": {"webUrl": url}}))
    arguments, options = asked(done)
    assert (arguments[:2], options["--host"]) == ([place, protocol], host)
    assert done.outputs["url"] == url.removesuffix("/")


def test_a_build_that_goes_back_is_asked_for_again(deploy: Deploy) -> None:
    """The release may be one that was asked for before, and another may have failed meanwhile."""
    assert asked(deployed(deploy))[1]["--deployment"] == "build-id"


def test_the_probe_comes_last(deploy: Deploy) -> None:
    """After dynos and domains."""
    done = deployed(deploy, {"heroku": {"domains": ["shop.example.com"]}})
    assert done["probe"].depends_on == {"app", "build", "web", "suffix", "domain-shop.example.com"}


def test_what_to_do_is_said(deploy: Deploy) -> None:
    """Where the app's lines are, and how to mend what the provider only remembers as done."""
    remedy = asked(deployed(deploy))[1]["--remedy"]
    assert all(
        command in remedy for command in ("heroku logs", "pulumi up --refresh", "--replace '**Build::build'")
    )


def test_answers_that_name_no_release_are_taken(deploy: Deploy, tmp_path: Path) -> None:
    """Of a server of the app's own, which is warned of; otherwise they never are."""
    assert "--any-release" not in shlex.split(deployed(deploy)["probe"].inputs["create"])
    examples.write(tmp_path, {**examples.FILES, "Procfile": "web: waitress-serve run:application\n"})
    done = deployed(deploy, {"app": {"path": str(tmp_path), "wsgi": None}})
    assert shlex.split(done["probe"].inputs["create"])[-1] == "--any-release"
    assert [severity for severity, _ in done.said] == ["warning"]


def test_the_app_will_answer_what_is_asked_for(deploy: Deploy) -> None:
    """The id from the file that is built and the variable that is set is the one that the probe waits for."""
    done = deployed(deploy, {"secrets": {"A": "x"}, "app": {"environment": {"B": "y"}}})
    variables = done.one("App").inputs["configVars"]
    code = yaml.safe_load(staged_settings(done))["code"]
    assert wrapper().release(code, variables["FLASK_DEPLOY_ENVIRONMENT"]) == asked(done)[0][5]


def staged_settings(done: recorder.Recording) -> str:
    """The file beside the app that says which code it is, as it was staged by the last run."""
    return (done.folder / heroku.SOURCE / "flask_deploy.json").read_text()


def chapter(changes: Mapping[str, Any] | None = None) -> source.Source:
    """What is staged of the sample app, by the example of a stack."""
    stack = yaml.safe_load((ROOT / "Pulumi.heroku.yaml").read_text())["config"]
    config = {key.removeprefix("flask-deploy:"): value for key, value in stack.items()}

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

    return recorder.as_stack("heroku", make, config=examples.changed(config, changes or {}))


def test_the_sample_app_s_procfile_is_what_one_would_write() -> None:
    """And the example of a stack works, without a word."""
    found = chapter({"secrets": {"DATABASE_URL": "postgres://x"}})
    assert (found.bundle.read("Procfile") or b"").decode() == (
        "web: gunicorn run:application\nrelease: flask --app run db upgrade\n"
    )
    assert (found.bundle.read(".python-version"), found.wrapped, found.notes) == (b"3.13\n", True, ())


def test_the_sample_app_s_requirements_are_hashed() -> None:
    """Those that are added too."""
    text = (chapter().bundle.read("requirements.txt") or b"").decode()
    entries = [line for line in text.splitlines() if line[:1].isalpha()]
    assert {"gunicorn", "whitenoise"} <= {entry.partition("==")[0] for entry in entries}
    assert all(entry.endswith("\\") for entry in entries)


def test_a_fault_stages_nothing(deploy: Deploy) -> None:
    """What was built before is still there, as it was."""
    before = staged_settings(deployed(deploy))
    done = deploy(examples.changed(examples.HEROKU, {"pinnedRelease": "3f9c0a71be52"}))
    assert isinstance(done.error, ConfigError)
    assert (done.resources, staged_settings(done)) == ([], before)
