"""What refusals and events of AWS mean, and what to do.

The provider shows an environment's events only where it ends Ready after a failure, and events of an
instance's failure never have the cause: that is in its log. log.py shows the end of what of it is sent to
CloudWatch, and remedies say how to ask for the rest and for the events.
"""

import re
from dataclasses import replace
from typing import Final

from components import explained
from components.explained import Reason

# Stands in remedies for the command that shows the environment's events.
EVENTS: Final = "EVENTS"
# Said of an update that failed: Elastic Beanstalk has gone back. A new environment has nothing before it.
SERVES: Final = "; what served before still serves"
CREATED: Final = re.compile(r"creating Elastic Beanstalk Environment |Environment \(\S+\) create: ")
# Of those below, what happens on an instance, whose log may tell more.
ON_INSTANCE: Final = (
    *("failed to install application dependencies", "Engine execution has encountered an error"),
    "health check",
)
# Stands for the command that lists the versions that are kept.
VERSIONS: Final = "VERSIONS"
CREDENTIALS: Final = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, to ones of yours"
# Refusals: https://docs.aws.amazon.com/elasticbeanstalk/latest/api/CommonErrors.html
# Events: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.events.html
REASONS: Final = (
    Reason(
        sign="BucketAlreadyExists",
        meaning="somebody has a bucket of this name",
        remedy="draw another: pulumi up --replace '**RandomId::suffix'",
    ),
    Reason(
        sign="couldn't find resource",
        meaning="the environment ended before it was built, and the provider does not read why",
        remedy=f"its events tell: {EVENTS}",
    ),
    Reason(
        sign="must have instance profile",
        meaning="Elastic Beanstalk does not know the instance profile yet, since a new one takes a while",
        remedy=f"run it again in a minute; if that does not help, the events tell more: {EVENTS}",
    ),
    Reason(
        sign="is not available.",
        meaning="somebody has an environment with this URL",
        remedy="choose another: pulumi config set --path beanstalk.cnamePrefix bookstore-3f9c",
    ),
    Reason(
        sign="already exists",
        meaning="the account has one of this name that this stack did not make",
        remedy="delete that one; or choose another name, for an environment under beanstalk.environmentName",
    ),
    Reason(
        sign="No Application Version named",
        meaning="there is no version of this label: another stack has made it, or its time is over "
        "(beanstalk.keptVersions)",
        remedy=f"set pinnedRelease to one that there is, or remove it; the newest stand first: {VERSIONS}",
    ),
    Reason(
        sign="Must be Ready",
        meaning="somebody changes the environment at this moment, or a managed update does",
        remedy=f"wait until it is Ready; what is under way: {EVENTS}",
    ),
    Reason(
        sign="LoadBalancerType",
        meaning="an environment keeps its kind of load balancer for life",
        remedy="make another (the site is away meanwhile): pulumi up --replace '**Environment::environment'",
    ),
    Reason(
        sign="failed to install application dependencies",
        meaning=f"the requirements can't be installed{SERVES}",
        remedy="correct the app's requirements or app.python; pip's lines are in eb-engine.log: eb logs",
    ),
    Reason(
        sign="Engine execution has encountered an error",
        meaning="the deployment failed on the instance: the app ended while it was starting, or "
        f"app.releaseCommand, a hook of the app's or the reading of a secret failed{SERVES}",
        remedy="what of their lines is not shown is in web.stdout.log and eb-engine.log: in CloudWatch below "
        "/aws/elasticbeanstalk, or by eb logs as long as the instance lives",
    ),
    Reason(
        sign="health check",
        meaning=f"the new instances do not become healthy{SERVES}",
        remedy=f"correct the app, or app.health.path; their causes: {EVENTS}",
    ),
    Reason(
        sign="timeout while waiting for state to become 'Ready'",
        meaning="the environment is not ready in time, and may become so yet",
        remedy=f"its events tell: {EVENTS}; beanstalk.readyMinutes gives it longer",
    ),
    Reason(
        sign="TooManyApplicationVersions",
        meaning="the account has no room for more versions in this region",
        remedy="lower beanstalk.keptVersions, or delete versions of other applications",
    ),
    Reason(
        sign="No valid credential sources",
        meaning="AWS does not know who you are",
        remedy=CREDENTIALS,
    ),
    Reason(
        sign="Invalid credentials",
        meaning="the access key is not accepted",
        remedy=CREDENTIALS,
    ),
    Reason(
        sign="unable to validate AWS credentials",
        meaning="AWS can't be asked who you are",
        remedy=f"{CREDENTIALS}, and aws:region to a region that there is",
    ),
    Reason(
        sign="InvalidClientTokenId",
        meaning="the access key is not accepted",
        remedy=CREDENTIALS,
    ),
    Reason(
        sign="ExpiredToken",
        meaning="your session has expired",
        remedy="sign in again: aws sso login, or however you got it",
    ),
    Reason(
        sign="TemplateURL must reference a valid S3 object",
        meaning="you lack a permission that Elastic Beanstalk needs in your name, and AWS does not say which",
        remedy="docs/targets/beanstalk.md lists what a deployment needs",
    ),
    Reason(
        sign="AccessDenied",
        meaning="you lack a permission, which the message names",
        remedy="docs/targets/beanstalk.md lists what a deployment needs",
    ),
)


def refusal(error: str, region: str = "") -> Reason | None:
    """Return what a failed call means; None when its text explains itself.

    An environment that the text names is named in the remedy's commands too, as is the region if it is known.
    """
    found = explained.first(REASONS, error)
    if found is None:
        return None
    named = re.search(r"\be-[a-z0-9]{10}\b", error)
    which = f"--environment-id {named[0]}" if named else "--environment-name NAME"
    remedy = found.remedy.replace(EVENTS, events(which, region)).replace(VERSIONS, versions(region))
    meaning = found.meaning.removesuffix(SERVES) if CREATED.search(error) else found.meaning
    return replace(found, meaning=meaning, remedy=remedy)


def on_instance(error: str) -> bool:
    """Whether a deployment has failed on an instance, by the events that the provider repeats."""
    return any(sign in error for sign in ON_INSTANCE)


def instances(error: str) -> list[str]:
    """Return the ids of the instances that a text names, each once."""
    return list(dict.fromkeys(re.findall(r"\bi-[0-9a-f]{8,17}\b", error)))


def events(which: str, region: str = "") -> str:
    """Return the command that shows the warnings and errors of an environment."""
    return f"aws elasticbeanstalk describe-events {_place(region)}{which} --severity WARN --max-items 20"


def versions(region: str = "") -> str:
    """Return the command that lists the application versions, each with what it is of."""
    query = "ApplicationVersions[].[ApplicationName,VersionLabel,DateCreated]"
    return (
        f"aws elasticbeanstalk describe-application-versions {_place(region)}--query '{query}' --output table"
    )


def _place(region: str) -> str:
    return f"--region {region} " if region else ""
