"""Option settings as Elastic Beanstalk takes them, and as it answers them: what it changes on the way.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EB: Final = "aws:elasticbeanstalk"
VARIABLES: Final = f"{EB}:application:environment"
SECRETS: Final = f"{EB}:application:environmentsecrets"
STATIC: Final = f"{EB}:environment:proxy:staticfiles"
PYTHON: Final = f"{EB}:container:python"
ENVIRONMENT: Final = f"{EB}:environment"
LAUNCH: Final = "aws:autoscaling:launchconfiguration"
PROCESS: Final = f"{EB}:environment:process:default"
COMMAND: Final = f"{EB}:command"
ROLLING: Final = "aws:autoscaling:updatepolicy:rollingupdate"
# Options that instances are born with.
_OF_INSTANCES: Final = (LAUNCH, "aws:ec2:", f"{ENVIRONMENT} EnvironmentType")
_INSTANCE_TYPE: Final = f"{LAUNCH} InstanceType"
_LISTS: Final = {
    ("aws:ec2:instances", "InstanceTypes"),
    ("aws:ec2:vpc", "Subnets"),
    ("aws:ec2:vpc", "ELBSubnets"),
}

Options = dict[str, str]  # "namespace name" to value


def key(namespace: str, name: str) -> str:
    """How an option is called in the account."""
    return f"{namespace} {name}"


def taken(settings: Iterable[Mapping[str, Any]]) -> Options:
    """Settings of a program as options."""
    return {key(one["namespace"], one["name"]): str(one["value"]) for one in settings}


def hashed(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What makes two settings the same to the provider: the order inside a value does not count.

    resource_environment.go: optionSettingValueHash with sortValues.
    """
    value = str(one["value"])
    try:
        parsed = json.loads(value)
        value = json.dumps(parsed, sort_keys=True) if isinstance(parsed, dict | list) else value
    except ValueError:
        pass
    if not value.startswith(("{", "[")):
        value = ",".join(sorted(value.split(",")))
    return one["namespace"], one["name"], str(one.get("resource") or ""), value


def single(options: Options) -> bool:
    """Whether the environment has one instance and no balancer."""
    return options.get(key(ENVIRONMENT, "EnvironmentType"), "LoadBalanced") == "SingleInstance"


def enhanced(options: Options) -> bool:
    """Whether health is reported by the instances themselves."""
    return of_namespace(options, f"{EB}:healthreporting:system").get("SystemType") == "enhanced"


def balancer(options: Options) -> str:
    """The kind of balancer; the API's default is the classic one."""
    return "" if single(options) else options.get(key(ENVIRONMENT, "LoadBalancerType"), "classic")


def answered(options: Options) -> Options:
    """The options as DescribeConfigurationSettings tells them (providers' reports: see README.md)."""
    found: Options = {}
    for full, given in options.items():
        namespace, _, name = full.partition(" ")
        value = given
        if (namespace, name) == (LAUNCH, "IamInstanceProfile"):
            value = value.rpartition("/")[2]
        if (namespace, name) == (LAUNCH, "MonitoringInterval"):
            value = value.lower()
        if (namespace, name) in _LISTS:
            value = value.replace(" ", "")
        if _is_answered(namespace, name, options):
            found[full] = value
    if single(options) and key("aws:autoscaling:asg", "MaxSize") in found:
        found[key("aws:autoscaling:asg", "MaxSize")] = "1"
    if (several := found.get(key("aws:ec2:instances", "InstanceTypes"))) and _INSTANCE_TYPE in found:
        found[_INSTANCE_TYPE] = several.partition(",")[0]
    return found


def read_back(settings: Iterable[Mapping[str, Any]], options: Options) -> list[dict[str, Any]]:
    """Of a program's settings those that the provider finds in the service's answer, with its values.

    environment.go, resourceEnvironmentRead: namespace, name and resource have to be the same.
    """
    present = answered(options)
    return [
        {**one, "value": present[full]}
        for one in settings
        if (full := key(one["namespace"], one["name"])) in present and not one.get("resource")
    ]


def _is_answered(namespace: str, name: str, options: Options) -> bool:
    if namespace == "aws:elb:listener":
        return False  # it is answered as aws:elb:listener:80
    of_balancer = namespace.startswith(f"{EB}:environment:process:") or name == "LoadBalancerType"
    if single(options):
        return not of_balancer
    return not (namespace.startswith(f"{EB}:environment:process:") and balancer(options) == "classic")


def of_namespace(options: Options, namespace: str) -> dict[str, str]:
    """The options of one namespace, by name."""
    prefix = f"{namespace} "
    return {full.removeprefix(prefix): value for full, value in options.items() if full.startswith(prefix)}


def listed(options: Options) -> list[dict[str, str]]:
    """All settings, as the provider's `allSettings` shows them: variables stand there twice, in clear."""
    found = [
        {"namespace": full.partition(" ")[0], "name": full.partition(" ")[2], "value": value, "resource": ""}
        for full, value in sorted(answered(options).items())
    ]
    variables = ",".join(
        f"{name}={value}" for name, value in sorted(of_namespace(options, VARIABLES).items())
    )
    template = {"namespace": "aws:cloudformation:template:parameter", "name": "EnvironmentVariables"}
    return [*found, {**template, "value": variables, "resource": "AWSEBEnvironmentVariables"}]


def policy(before: Options, after: Options, *, code: bool) -> str:
    """How a change gets to the instances; `code`: the version or the platform is another one.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.rollingupdates.html: what concerns
    the instances themselves replaces them, all at once where nothing else is said.
    """
    immutable = of_namespace(after, ROLLING).get("RollingUpdateType") == "Immutable"
    changed: Sequence[str] = [full for full in {*before, *after} if before.get(full) != after.get(full)]
    if any(full.startswith(_OF_INSTANCES) for full in changed):
        return "Immutable" if immutable else "replace"
    return of_namespace(after, COMMAND).get("DeploymentPolicy", "AllAtOnce") if code else "configure"


def count(options: Options) -> int:
    """How many instances there are; nothing here scales beyond the least number."""
    return 1 if single(options) else int(of_namespace(options, "aws:autoscaling:asg").get("MinSize", "1"))


def profile(options: Options) -> str:
    """The instance profile's name, of whatever it was given by: a role's ARN names none."""
    given = of_namespace(options, LAUNCH).get("IamInstanceProfile", "")
    return given.rpartition("/")[2] if ":instance-profile/" in given else given
