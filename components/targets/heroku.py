"""Target heroku: an app at Heroku, built there from the app's files.

Heroku moves the traffic by itself: a build that fails changes nothing, and one that succeeds is served
even if it crashes. So the probe asks what runs, and its failure shows the app's log.
"""

import asyncio
from pathlib import Path
from typing import Any, Final, TypedDict
from urllib.parse import urlsplit

import pulumi
import pulumi_random as random
from pulumiverse_heroku import app as heroku
from pulumiverse_heroku import build, domain, formation

from components import cloud_account, deadline, explained
from components.app import App
from components.errors import ConfigError
from components.files import alone
from components.heroku import log, reasons
from components.heroku import source as sources
from components.heroku.section import Section
from components.platforms import last_words
from components.platforms import release as releases
from components.settings import Settings
from components.target import Endpoint, Question, probe, say_pinned

__all__ = ["Section", "deploy"]

# Relative, since the provider records it: an absolute path would be another one on each computer.
SOURCE: Final = Path("platforms/heroku")
ROUTER_SECONDS: Final = 15  # until the router has turned to new dynos
RELEASE_SECONDS: Final = 300  # for the first release command
# What is deployed once more, by whether a release is pinned.
AGAIN: Final = {False: "**Build::build", True: "**Release::release"}
# The provider remembers a failed change of the app as done, and would never send it again.
ADVICE: Final = "when that is mended, go on with: pulumi up --refresh"


class HerokuArgs(TypedDict):
    """What the component needs to know."""

    settings: Settings
    section: Section
    source: sources.Source


class Heroku(pulumi.ComponentResource):
    """The app with its variables, its build, its dynos and its domains."""

    url: pulumi.Output[str]
    app_name: pulumi.Output[str]
    deployment: pulumi.Output[str]
    kept: pulumi.Output[str]
    dns_targets: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HerokuArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-deploy:index:Heroku", name, {}, opts)
        section, source = args["section"], args["source"]
        self._explain = explained.hook(
            "refused", "target heroku", reasons.refusal, RELEASE_SECONDS, advice=ADVICE
        )
        made = heroku.App(
            "app",
            name=self._app_name(args["settings"], section),
            region=section.region,
            stack=section.stack,
            organization=heroku.AppOrganizationArgs(name=section.team) if section.team else None,
            buildpacks=["heroku/python"],
            # Both maps always: a missing one would be kept as it was.
            config_vars=source.variables,
            sensitive_config_vars=_secrets(args["settings"]),
            # Never False: Heroku switches it on by itself for domains of paid dynos.
            acm=True if section.domains and section.size != "eco" else None,
            opts=self._opts(),
        )
        pin = args["settings"].pinned_release
        released = self._release(pin, made) if pin else self._build(args, made)
        formation.Formation(
            "web",
            app_id=made.id,
            type="web",
            size=section.size,
            quantity=section.quantity,
            opts=self._opts(depends_on=[released]),
        )
        self.deployment = released.id
        code = source.release.code
        # What pinnedRelease takes to come back here.
        self.kept = (
            pulumi.Output.from_input(pin) if pin else pulumi.Output.concat(code, "-", released.slug_id)
        )
        self.url = made.web_url.apply(lambda url: url.rstrip("/"))
        self.app_name = made.name
        self.dns_targets = {host: self._domain(host, made).cname for host in dict.fromkeys(section.domains)}
        self.register_outputs({"url": self.url})

    def _build(self, args: HerokuArgs, made: heroku.App) -> build.Build:
        source = args["source"]
        built = build.Build(
            "build",
            app_id=made.id,
            # The version decides whether to build, and tells a list of builds which code each is of. The
            # provider's own checksum leaves file modes out, and a refresh would report it as changed wherever
            # the folder is not staged yet.
            source=build.BuildSourceArgs(
                path=str(SOURCE), version=f"{source.release.code}-{source.bundle.digest}"
            ),
            opts=self._opts(ignore_changes=["localChecksum"]),
        )
        minutes = args["section"].build_minutes
        deadline.watch(built, minutes * 60, _too_long(minutes))
        return built

    def _release(self, pin: str, made: heroku.App) -> heroku.Release:
        """Release a kept slug again, with the variables of today. The build that is not registered stays."""
        slug = pin[pin.index("-") + 1 :]
        return heroku.Release("release", app_id=made.id, slug_id=slug, opts=self._opts())

    def _domain(self, host: str, made: heroku.App) -> domain.Domain:
        # A certificate that Heroku or the user has attached is not ours to take away.
        opts = self._opts(ignore_changes=["sniEndpointId"])
        return domain.Domain(f"domain-{host}", app_id=made.id, hostname=host, opts=opts)

    def _opts(self, **more: Any) -> pulumi.ResourceOptions:
        hooks = pulumi.ResourceHookBinding(on_error=[self._explain])
        return pulumi.ResourceOptions(parent=self, hooks=hooks, **more)

    def _app_name(self, settings: Settings, section: Section) -> pulumi.Input[str]:
        if section.app_name:
            return section.app_name
        suffix = random.RandomId("suffix", byte_length=2, opts=self._opts())
        return suffix.hex.apply(lambda digits: f"{settings.app.name[:25].rstrip('-')}-{digits}")


def _secrets(settings: Settings) -> dict[str, pulumi.Input[str]]:
    return {name: pulumi.Output.secret(value.get_secret_value()) for name, value in settings.secrets.items()}


def deploy(settings: Settings, section: Any, app: App) -> Endpoint:
    """Make the app at Heroku, and build it there."""
    assert isinstance(section, Section)  # noqa: S101 - the registry pairs them
    if faults := cloud_account.plain_secrets("heroku", ("apiKey",)):
        raise ConfigError(faults)
    source = sources.make(app, settings)
    for note in source.notes:
        pulumi.log.warn(note)
    if settings.pinned_release:
        say_pinned(settings.pinned_release)
    else:
        # The folder is read until the build is up there, and another stack's run would write its own into it.
        alone.hold(SOURCE.with_suffix(".lock"))
        source.bundle.write_folder(SOURCE)
    made = Heroku("heroku", {"settings": settings, "section": section, "source": source})
    asked = pulumi.Output.all(made.url, made.deployment)
    question = asked.apply(lambda both: _question(both[0], both[1], settings, names_release=source.wrapped))
    explain = last_words.hook("log", made.app_name, _last_words, reasons.of_log)
    hooks = pulumi.ResourceHookBinding(on_error=[explain])
    opts = pulumi.ResourceOptions(depends_on=[made], hooks=hooks)
    release = probe(question, releases.served(source.release, settings.pinned_release).id, opts=opts)
    outputs: dict[str, pulumi.Input[Any]] = {"appName": made.app_name, "rollback": made.kept}
    if made.dns_targets:
        outputs["dnsTargets"] = made.dns_targets
    return Endpoint(url=made.url, release=release, outputs=outputs)


def _question(url: str, deployment: str, settings: Settings, *, names_release: bool) -> Question:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Question(
        place=f"{parts.hostname}:{port}",
        protocol=parts.scheme,
        host=parts.netloc,
        path=settings.app.health.asked,
        accept=settings.app.health.accept,
        seconds=ROUTER_SECONDS + settings.app.health.timeout,
        patience=30,
        pause=2,
        names_release=names_release,
        deployment=deployment,
        remedy="the app's own lines tell why: heroku logs; if what runs is another release, the provider has "
        "taken something for done that failed, or somebody rolled back: pulumi up --refresh, "
        f"and if that does not help: pulumi up --replace '{AGAIN[bool(settings.pinned_release)]}'",
    )


async def _last_words(app_name: str) -> list[str]:
    lines = await asyncio.to_thread(log.recent, app_name)
    return reasons.last_words(reasons.telling(lines))


def _too_long(minutes: float) -> str:
    """What to say of a build that is not done: the provider would wait for 26 hours, whatever it is told."""
    return (
        f"heroku/buildMinutes: the build is not done after {minutes:g} minutes, so this run ends here; "
        "look at it with 'heroku builds:output'; the next 'pulumi up' starts another one, "
        "and what served still serves"
    )
