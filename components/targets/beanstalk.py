"""Target beanstalk: an environment in AWS Elastic Beanstalk, and a version of the app in it.

Each release is a version of its own, be it for a changed variable only: so it comes on new instances beside
the old ones, with its release command run. The provider remembers a failed update as done, so the probe asks
the URL which release answers.
"""

from pathlib import Path
from typing import Any, Final, TypedDict

import pulumi
from pulumi_aws import elasticbeanstalk

from components import cloud_account, explained
from components.app import App
from components.beanstalk import anew, held, log, login, options, reasons, roles, stack, vault, version
from components.beanstalk import bucket as buckets
from components.beanstalk import region as regions
from components.beanstalk import source as sources
from components.beanstalk.parts import Common
from components.beanstalk.section import Section
from components.errors import ConfigError, gathering
from components.platforms import left, staging
from components.platforms import release as releases
from components.settings import Settings
from components.target import Endpoint, Question, probe, say_pinned

__all__ = ["Section", "deploy"]

# Relative, since the provider records it: an absolute path would be another one on each computer.
BUNDLE: Final = Path("platforms/beanstalk/bundle.zip")
SWITCH_SECONDS: Final = 60  # until a new name is known by DNS, or the old instances are gone
ADVICE: Final = "when that is mended, go on with: pulumi up --refresh"


class BeanstalkArgs(TypedDict):
    """What the component needs to know; `solution_stack` is for a new environment."""

    settings: Settings
    section: Section
    source: sources.Source
    solution_stack: str


class Beanstalk(pulumi.ComponentResource):
    """Bucket, roles and secrets, the application with its version, and the environment that runs it."""

    environment: elasticbeanstalk.Environment
    url: pulumi.Output[str]
    label: pulumi.Output[str]
    outputs: dict[str, pulumi.Output[Any]]

    def __init__(self, name: str, args: BeanstalkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-deploy:index:Beanstalk", name, {}, opts)
        self._section = section = args["section"]
        region = regions.told()
        explain = explained.hook(
            "refused", "target beanstalk", lambda error: reasons.refusal(error, region), advice=ADVICE
        )
        hooks = pulumi.ResourceHookBinding(on_error=[explain])
        own = pulumi.ResourceOptions(parent=self, hooks=hooks)
        label = held.name(args["settings"].app.name, own)
        self._common = common = Common(parent=self, name=label, explain=explain)
        bucket = buckets.make(common)
        kept = vault.make(args["settings"], common)
        who = roles.make(common, bucket, secrets=bool(kept.arns), session_manager=section.session_manager)
        application = self._make_application(args["settings"], who)
        pin = args["settings"].pinned_release
        self.label = (
            # The version is there. The one that is not registered any more stays, and so does its bundle.
            pulumi.Output.from_input(pin)
            if pin
            else version.make(args["source"], str(BUNDLE), bucket, application, common).name
        )
        wanted = options.Wanted(
            settings=args["settings"],
            section=section,
            wsgi_path=args["source"].wsgi_path,
            static=args["source"].static,
            variables=args["source"].variables,
            secret_arns=kept.arns,
            profile=who.profile.name,
            service_role=who.service.name,
            key_name=login.make(section.public_key, common),
        )
        before = [*who.ready, *kept.values]
        self.environment = self._make_environment(args, application, options.make(wanted), before)
        left.say({"bucket": self.environment.arn.apply(buckets.left_over)}, [self.environment], self)
        self.url = pulumi.Output.concat("http://", self.environment.cname.apply(str.lower))
        self.outputs = {
            "applicationName": application.name,
            "environmentName": self.environment.name,
            "solutionStack": self.environment.solution_stack_name,
            "versionLabel": self.label,
        }
        self.register_outputs({"url": self.url})

    def _make_application(self, settings: Settings, who: roles.Roles) -> elasticbeanstalk.Application:
        return elasticbeanstalk.Application(
            "application",
            name=self._common.name,
            description=f"{settings.app.name}, deployed by {settings.owner}"[:200],
            appversion_lifecycle=elasticbeanstalk.ApplicationAppversionLifecycleArgs(
                service_role=who.service.arn,
                max_count=self._section.kept_versions,
                delete_source_from_s3=True,
            ),
            tags=self._common.tags,
            opts=self._common.opts(depends_on=who.ready),
        )

    def _make_environment(
        self,
        args: BeanstalkArgs,
        application: elasticbeanstalk.Application,
        settings: list[elasticbeanstalk.EnvironmentSettingArgs],
        before: list[pulumi.Resource],
    ) -> elasticbeanstalk.Environment:
        section = self._section
        # Neither can be changed in place for certain: the service refuses another balancer, and knows
        # another Python as another platform. A newer version of the same platform changes nothing.
        born_with = f"{section.load_balancer} {args['settings'].app.python}"
        kept = [] if section.solution_stack else ["solutionStackName"]
        name = section.environment_name or self._common.name
        return elasticbeanstalk.Environment(
            "environment",
            name=name,
            application=application.name,
            version=self.label,
            tier="WebServer",
            solution_stack_name=args["solution_stack"],
            cname_prefix=section.cname_prefix or self._common.name,
            settings=settings,
            wait_for_ready_timeout=f"{section.ready_minutes}m",
            tags=self._common.tags,
            opts=self._common.opts(
                before=[anew.hook(self._common.name)],
                failed=log.hooks(
                    "log-of-instances", name, log_days=section.log_days, concerns=reasons.on_instance
                ),
                depends_on=before,
                replacement_trigger=born_with,
                delete_before_replace=True,  # name and URL stay, and there can be one of them only
                ignore_changes=kept,
                # It repeats what is set, variables among it.
                additional_secret_outputs=["allSettings"],
            ),
        )


def deploy(settings: Settings, section: Any, app: App) -> Endpoint:
    """Make the environment, and deploy the app in it."""
    assert isinstance(section, Section)  # noqa: S101 - the registry pairs them
    faults = cloud_account.plain_secrets("aws", ("accessKey", "secretKey", "token"))
    faults += [*regions.faults(), *vault.faults(settings)]
    source = None
    with gathering(faults):
        source = sources.make(app, settings)
    if faults or source is None:
        raise ConfigError(faults)
    for note in source.notes:
        pulumi.log.warn(note)
    solution_stack = stack.choose(section, settings.app.python)
    if settings.pinned_release:
        say_pinned(settings.pinned_release)
    else:
        staging.write_zip(source.bundle, BUNDLE)
    made = Beanstalk(
        "beanstalk",
        {"settings": settings, "section": section, "source": source, "solution_stack": solution_stack},
    )
    asked = pulumi.Output.all(made.url, made.label, made.environment.name)
    question = asked.apply(lambda known: _question(known[0], known[1], known[2], settings))
    serves = releases.served(source.release, settings.pinned_release)
    failed = log.hooks("log", made.environment.name, log_days=section.log_days)
    hooks = pulumi.ResourceHookBinding(on_error=list(failed))
    release = probe(question, serves.id, opts=pulumi.ResourceOptions(depends_on=[made], hooks=hooks))
    return Endpoint(url=made.url, release=release, outputs=made.outputs)


def _question(url: str, label: str, environment: str, settings: Settings) -> Question:
    host = url.removeprefix("http://")
    events = reasons.events(f"--environment-name {environment}", regions.told())
    return Question(
        place=f"{host}:80",
        host=host,
        path=settings.app.health.asked,
        accept=settings.app.health.accept,
        seconds=SWITCH_SECONDS + settings.app.health.timeout,
        patience=30,
        pause=2,
        deployment=label,
        remedy=f"the environment's events and the app's own lines tell why: {events}; eb logs; "
        "if what runs is another release, the provider has taken something for done that failed, or somebody "
        "has deployed another version: pulumi up --refresh",
    )
