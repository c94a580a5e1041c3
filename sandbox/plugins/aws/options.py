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
# Namespaces in which a program names the options itself.
_FREE: Final = (VARIABLES, SECRETS, STATIC)
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    PYTHON: frozenset({"WSGIPath", "NumProcesses", "NumThreads"}),
    ENVIRONMENT: frozenset({"EnvironmentType", "LoadBalancerType", "ServiceRole", "LoadBalancerIsShared"}),
    f"{EB}:environment:proxy": frozenset({"ProxyServer"}),
    f"{EB}:environment:process:default": frozenset(
        {"HealthCheckPath", "MatcherHTTPCode", "Port", "Protocol", "StickinessEnabled", "DeregistrationDelay"}
        | {"HealthCheckInterval", "HealthCheckTimeout", "HealthyThresholdCount", "UnhealthyThresholdCount"}
    ),
    f"{EB}:healthreporting:system": frozenset({"SystemType", "EnhancedHealthAuthEnabled"}),
    f"{EB}:managedactions": frozenset(
        {"ManagedActionsEnabled", "PreferredStartTime", "ServiceRoleForManagedUpdates"}
    ),
    f"{EB}:managedactions:platformupdate": frozenset({"UpdateLevel", "InstanceRefreshEnabled"}),
    f"{EB}:cloudwatch:logs": frozenset({"StreamLogs", "DeleteOnTerminate", "RetentionInDays"}),
    f"{EB}:command": frozenset(
        {"DeploymentPolicy", "Timeout", "BatchSize", "BatchSizeType", "IgnoreHealthCheck"}
    ),
    f"{EB}:application": frozenset({"Application Healthcheck URL"}),
    LAUNCH: frozenset(
        {"IamInstanceProfile", "EC2KeyName", "DisableIMDSv1", "RootVolumeType", "RootVolumeSize"}
        | {"SecurityGroups", "SSHSourceRestriction", "MonitoringInterval", "DisableDefaultEC2SecurityGroup"}
        | {"InstanceType", "ImageId", "RootVolumeIOPS", "RootVolumeThroughput", "BlockDeviceMappings"}
    ),
    "aws:ec2:instances": frozenset({"InstanceTypes", "SupportedArchitectures", "EnableSpot"}),
    "aws:ec2:vpc": frozenset(
        {"VPCId", "Subnets", "ELBSubnets", "ELBScheme", "AssociatePublicIpAddress", "DBSubnets"}
    ),
    "aws:autoscaling:asg": frozenset({"MinSize", "MaxSize", "Cooldown", "Availability Zones"}),
    "aws:autoscaling:updatepolicy:rollingupdate": frozenset(
        {"RollingUpdateEnabled", "RollingUpdateType", "MaxBatchSize", "MinInstancesInService", "PauseTime"}
        | {"Timeout"}
    ),
    "aws:elb:listener": frozenset({"ListenerProtocol", "InstancePort"}),
}
_CHOICES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    (ENVIRONMENT, "EnvironmentType"): frozenset({"SingleInstance", "LoadBalanced"}),
    (ENVIRONMENT, "LoadBalancerType"): frozenset({"classic", "application", "network"}),
    (f"{EB}:environment:proxy", "ProxyServer"): frozenset({"nginx", "apache"}),
    (f"{EB}:healthreporting:system", "SystemType"): frozenset({"basic", "enhanced"}),
    (f"{EB}:managedactions:platformupdate", "UpdateLevel"): frozenset({"patch", "minor"}),
    (f"{EB}:command", "DeploymentPolicy"): frozenset(
        {"AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"}
    ),
    (LAUNCH, "DisableIMDSv1"): frozenset({"true", "false"}),
    (LAUNCH, "RootVolumeType"): frozenset({"standard", "gp2", "gp3", "io1", "io2"}),
    ("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateType"): frozenset(
        {"Time", "Health", "Immutable"}
    ),
    ("aws:ec2:vpc", "ELBScheme"): frozenset({"public", "internal"}),
}
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


def fault(options: Options) -> str:
    """The first option that the service refuses, in its words; '' when there is none."""
    for full, value in options.items():
        namespace, _, name = full.partition(" ")
        if namespace not in _FREE and name not in _KNOWN.get(namespace, frozenset()):
            what = f"(Namespace: '{namespace}', OptionName: '{name}')"
            return f"Invalid option specification {what}: Unknown configuration setting."
        choices = _CHOICES.get((namespace, name))
        if choices and value not in choices:
            what = f"(Namespace: '{namespace}', OptionName: '{name}')"
            allowed = f"Value is not one of the allowed values: {sorted(choices)}"
            return f"Invalid option value: '{value}' {what}: {allowed}"
    return ""


def single(options: Options) -> bool:
    """Whether the environment has one instance and no balancer."""
    return options.get(key(ENVIRONMENT, "EnvironmentType"), "LoadBalanced") == "SingleInstance"


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
    return found


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


def in_place(before: Options, after: Options) -> bool:
    """Whether a change needs no new instances."""
    changed: Sequence[str] = [full for full in {*before, *after} if before.get(full) != after.get(full)]
    return not any(full.startswith(("aws:autoscaling:launch", "aws:ec2:", f"{SECRETS} ")) for full in changed)
