"""Target appengine: a version of Google App Engine standard for each release.

A new version has no traffic. It is asked at an address of its own, and only when this release answers there
is the traffic moved to it. The versions before stay, so that it can go back.
"""

import os
from pathlib import Path
from typing import Any, Final, TypedDict

import pulumi

from components import cloud_account, explained, pinned
from components.app import App
from components.appengine import (
    account,
    build,
    names,
    plan,
    project,
    reasons,
    secrets,
    serving,
    store,
    version,
)
from components.appengine import source as sources
from components.appengine.parts import Common
from components.appengine.section import Section
from components.errors import ConfigError, gathering
from components.platforms import staging
from components.settings import Settings
from components.target import Endpoint, probe, say_pinned

__all__ = ["Section", "deploy"]

# Relative, since the engine records it: an absolute path would be another one on each computer.
ZIP: Final = Path("platforms/appengine/app.zip")
WAIT_SECONDS: Final = 300  # for roles and APIs that are new: minutes, says Google
# As the provider reads them, in its order.
PROJECT_VARIABLES: Final = (
    *("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT"),
    *("GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
)


class AppEngineArgs(TypedDict):
    """What the component needs to know; `project` is the project's id."""

    settings: Settings
    section: Section
    app: App
    source: sources.Source
    project: str


class AppEngine(pulumi.ComponentResource):
    """The application, a bucket, an account, secrets, the release's version, and the traffic to it."""

    host: pulumi.Output[str]
    version_id: pulumi.Output[str]

    def __init__(self, name: str, args: AppEngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-deploy:index:AppEngine", name, {}, opts)
        settings, section, source = args["settings"], args["section"], args["source"]
        explain = explained.hook("refused", "target appengine", reasons.refusal, WAIT_SECONDS)
        common = Common(parent=self, project=args["project"], explain=explain)
        apis = project.switch_on(common, secrets=bool(settings.secrets))
        application = project.application(section, apis, common)
        place = {
            "owner": settings.owner,
            "bucket": names.bucket(args["project"], version.SERVICE),
            "object": f"{source.bundle.digest}.zip",
            "account": names.account(settings.owner),
        }
        runs_as = account.make(place["account"], settings, application, common)
        bucket = store.bucket(place["bucket"], application, common)
        roles = account.roles(runs_as, bucket, application, common)
        kept = secrets.make(settings, account.member(runs_as), [*apis.values(), application], common)
        ready: list[pulumi.Resource] = [*apis.values(), *roles, *kept.granted]
        if settings.pinned_release:
            # The version is there. The one that is not registered any more stays, and so does its zip.
            self.version_id = pulumi.Output.from_input(settings.pinned_release)
        else:
            made = build.make(
                version.arguments(source, settings, section, args["app"].static),
                source=source,
                code=store.zipped(ZIP, place["object"], bucket, common),
                account=runs_as,
                secrets=kept.versions,
                place=place,
                after=ready,
                common=common,
            )
            self.version_id = made.version_id.apply(str)
            ready = [made]
        self.host = application.default_hostname
        ready = [*ready, serving.ingress(ready, section, common)]
        served = self.version_id
        if section.ingress == "all":
            release = _serves(source, settings)
            answered = serving.asked(self.version_id, self.host, settings, release, ready, common)
            served = pulumi.Output.all(served, answered).apply(lambda both: str(both[0]))
        serving.farewell(self.host, [serving.traffic(served, ready, common)], common)
        self.register_outputs({"host": self.host, "versionId": self.version_id})


def deploy(settings: Settings, section: Any, app: App) -> Endpoint:
    """Make the version, ask it, move the traffic, ask again."""
    assert isinstance(section, Section)  # noqa: S101 - the registry pairs them
    faults = cloud_account.plain_secrets("gcp", ("credentials", "accessToken"))
    faults += cloud_account.missing("gcp", ("project",), PROJECT_VARIABLES, "my-project-471203")
    chosen = _project()
    if chosen and not names.PROJECT.fullmatch(chosen):
        faults.append(
            f"gcp:project: {chosen!r} should be a project's id, not its name or number: 6 to 30 lower-case "
            "letters, digits and dashes, for example my-project-471203"
        )
    source: sources.Source | None = None
    with gathering(faults):
        source = sources.make(app, settings, section)
    if faults or source is None:
        raise ConfigError(faults)
    for note in plan.notes(settings, section):
        pulumi.log.warn(note)
    if settings.pinned_release:
        say_pinned(settings.pinned_release)
    if line := plan.adopted(section):
        pulumi.log.info(line)
    if not settings.pinned_release:
        staging.write_zip(source.bundle, ZIP)
    made = AppEngine(
        "appengine",
        {"settings": settings, "section": section, "app": app, "source": source, "project": chosen},
    )
    release: pulumi.Input[str] = _serves(source, settings)
    if section.ingress == "all":
        both = pulumi.Output.all(made.host, made.version_id)
        question = both.apply(lambda v: serving.question(v[0], settings, serving.MOVED, deployment=v[1]))
        hooks = serving.last_words_of(made.version_id, chosen, "log-app")
        release = probe(question, release, opts=pulumi.ResourceOptions(depends_on=[made], hooks=hooks))
    return Endpoint(
        url=pulumi.Output.concat("https://", made.host),
        release=release,
        outputs={"version": made.version_id},
    )


def _serves(source: sources.Source, settings: Settings) -> str:
    """Return the release that has to answer: a pinned version has its own in its id."""
    return pinned.digits(settings.pinned_release) if settings.pinned_release else source.release.id


def _project() -> str:
    values = (pulumi.Config("gcp").get("project"), *map(os.environ.get, PROJECT_VARIABLES))
    return next((value for value in values if value), "")
