"""From a version that exists to one that serves: who may ask it, whether it answers, the traffic."""

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_gcp import appengine

from components.appengine import log, names, reasons, version
from components.appengine.parts import Common
from components.appengine.section import Section
from components.platforms import last_words, left
from components.settings import Settings
from components.target import Question, probe

START_SECONDS: Final = 15  # until an instance is there that the app can start in
LOGS: Final = "the app's own lines tell why: gcloud app logs read --service default --limit 100"
NOT_MOVED: Final = f"it has no traffic yet, and what served before still serves; {LOGS}"
# App Engine answers for a version that is not there with the one that has the traffic.
NOT_BACK: Final = (
    "the pinned version has no traffic yet, and what served before still serves; those that there are: "
    f"gcloud app versions list --service {version.SERVICE}; {LOGS}"
)
MOVED: Final = (
    f"{LOGS}; if another release answers, somebody has moved the traffic: "
    "pulumi up --replace '**EngineSplitTraffic::traffic'"
)


def question(host: str, settings: Settings, remedy: str, deployment: str = "") -> Question:
    """Return what a host name is asked; a first answer may need a new instance."""
    return Question(
        place=f"{host}:443",
        protocol="https",
        host=host,
        path=settings.app.health.asked,
        accept=settings.app.health.accept,
        seconds=START_SECONDS + settings.app.health.timeout,
        patience=30,
        pause=1,
        deployment=deployment,
        remedy=remedy,
    )


def ingress(after: Sequence[pulumi.Resource], section: Section, common: Common) -> pulumi.Resource:
    """Set who may ask the service, which is there once it has a version."""
    return appengine.ServiceNetworkSettings(
        "ingress",
        project=common.project,
        service=version.SERVICE,
        network_settings={"ingress_traffic_allowed": version.INGRESS[section.ingress]},
        # The provider remembers a failed change as done; a new resource it makes until that has worked.
        opts=common.opts(depends_on=list(after), replace_on_changes=["networkSettings"]),
    )


def asked(  # noqa: PLR0913,PLR0917 - what is asked, and when
    version_id: pulumi.Output[str],
    host: pulumi.Output[str],
    settings: Settings,
    release: str,
    after: Sequence[pulumi.Resource],
    common: Common,
) -> pulumi.Output[str]:
    """Ask the version at its own address, before it has any traffic; the release, once it answers."""
    own = pulumi.Output.all(version_id, host).apply(lambda both: names.version_host(*both))
    remedy = NOT_BACK if settings.pinned_release else NOT_MOVED
    asks = own.apply(lambda name: question(name, settings, remedy))
    hooks = last_words_of(version_id, common.project, "log-version")
    opts = pulumi.ResourceOptions(parent=common.parent, depends_on=list(after), hooks=hooks)
    return probe(asks, release, name="probe-version", opts=opts)


def last_words_of(version_id: pulumi.Output[str], project: str, name: str) -> pulumi.ResourceHookBinding:
    """Return what shows the version's log where it does not answer."""

    async def read(whose: str) -> list[str]:
        return await log.recent(project, whose)

    return pulumi.ResourceHookBinding(on_error=[last_words.hook(name, version_id, read, reasons.of_log)])


def traffic(
    version_id: pulumi.Output[str], after: Sequence[pulumi.Resource], common: Common
) -> appengine.EngineSplitTraffic:
    """Give a version all the traffic. Nothing moves it back when this is removed."""
    return appengine.EngineSplitTraffic(
        "traffic",
        project=common.project,
        service=version.SERVICE,
        split={"shard_by": "IP", "allocations": version_id.apply(lambda own: {own: "1"})},
        migrate_traffic=False,
        # As above: otherwise one refused change would leave the old version serving, in green.
        opts=common.opts(depends_on=list(after), replace_on_changes=["split"]),
    )


def farewell(host: pulumi.Output[str], after: Sequence[pulumi.Resource], common: Common) -> None:
    """Say, when the stack is destroyed, what of it can't be removed."""
    lines = host.apply(lambda name: left_over(common.project, name))
    left.say({name: lines[name] for name in left_over(common.project, "")}, after, common.parent)


def left_over(project: str, host: str) -> dict[str, str]:
    """Return what destroy leaves, a line each."""
    return {
        "application": "the application can't be deleted, only disabled: "
        f"https://console.cloud.google.com/appengine/settings?project={project}",
        "versions": f"all versions and their traffic: https://{host} answers until an instance has to start "
        "without the account and the secrets, which are gone",
        "apis": f"APIs stay on; App Engine's bucket staging.{project}.appspot.com and its images stay",
    }
