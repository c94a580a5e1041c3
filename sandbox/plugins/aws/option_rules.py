"""Which options and values Elastic Beanstalk takes.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html and
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-specific.html. What this sandbox does
not do is refused, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.plugins.aws.options import (
    COMMAND,
    EB,
    ENVIRONMENT,
    LAUNCH,
    PROCESS,
    PYTHON,
    ROLLING,
    SECRETS,
    STATIC,
    VARIABLES,
    of_namespace,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.aws.options import Options

VARIABLES_LIMIT: Final = 4096  # bytes of all variables, name=value each
# Namespaces in which a program names the options itself.
_FREE: Final = (VARIABLES, SECRETS, STATIC)
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    PYTHON: frozenset({"WSGIPath", "NumProcesses", "NumThreads"}),
    ENVIRONMENT: frozenset({"EnvironmentType", "LoadBalancerType", "ServiceRole", "LoadBalancerIsShared"}),
    f"{EB}:environment:proxy": frozenset({"ProxyServer"}),
    PROCESS: frozenset(
        {"HealthCheckPath", "MatcherHTTPCode", "Port", "Protocol", "StickinessEnabled", "DeregistrationDelay"}
        | {"HealthCheckInterval", "HealthCheckTimeout", "HealthyThresholdCount", "UnhealthyThresholdCount"}
    ),
    f"{EB}:healthreporting:system": frozenset({"SystemType", "EnhancedHealthAuthEnabled"}),
    f"{EB}:managedactions": frozenset(
        {"ManagedActionsEnabled", "PreferredStartTime", "ServiceRoleForManagedUpdates"}
    ),
    f"{EB}:managedactions:platformupdate": frozenset({"UpdateLevel", "InstanceRefreshEnabled"}),
    f"{EB}:cloudwatch:logs": frozenset({"StreamLogs", "DeleteOnTerminate", "RetentionInDays"}),
    COMMAND: frozenset({"DeploymentPolicy", "Timeout", "BatchSize", "BatchSizeType", "IgnoreHealthCheck"}),
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
    ROLLING: frozenset(
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
    (COMMAND, "DeploymentPolicy"): frozenset(
        {"AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"}
    ),
    (LAUNCH, "DisableIMDSv1"): frozenset({"true", "false"}),
    (LAUNCH, "RootVolumeType"): frozenset({"standard", "gp2", "gp3", "io1", "io2"}),
    (ROLLING, "RollingUpdateType"): frozenset({"Time", "Health", "Immutable"}),
    ("aws:ec2:vpc", "ELBScheme"): frozenset({"public", "internal"}),
}
_NUMBERS: Final[Mapping[tuple[str, str], tuple[int, int]]] = {
    (PYTHON, "NumProcesses"): (1, 64),
    (PYTHON, "NumThreads"): (1, 128),
    (COMMAND, "Timeout"): (1, 3600),
    ("aws:autoscaling:asg", "MinSize"): (1, 10000),
    ("aws:autoscaling:asg", "MaxSize"): (1, 10000),
}
_TOGETHER: Final = (
    "To enable immutable config and application deployments together, you must set both the DeploymentPolicy "
    f"option ({COMMAND} namespace) and the RollingUpdateType option ({ROLLING} namespace) to Immutable."
)
_NOT_EMULATED: Final = {
    (COMMAND, "DeploymentPolicy"): {"RollingWithAdditionalBatch", "TrafficSplitting"},
    (f"{EB}:environment:proxy", "ProxyServer"): {"apache", "none"},
    ("aws:ec2:instances", "EnableSpot"): {"true"},
}


def fault(options: Options) -> str:
    """The first option that the service refuses, in its words; '' when there is none."""
    for full, value in options.items():
        namespace, _, name = full.partition(" ")
        if problem := _value_fault(namespace, name, value):
            return problem
    policy = of_namespace(options, COMMAND).get("DeploymentPolicy", "Immutable")
    if of_namespace(options, ROLLING).get("RollingUpdateType") == "Immutable" and policy != "Immutable":
        return _TOGETHER
    variables = of_namespace(options, VARIABLES)
    if len(",".join(f"{name}={value}" for name, value in variables.items())) > VARIABLES_LIMIT:
        return f"Environment variables may not be larger than {VARIABLES_LIMIT} bytes in total."
    return ""


def _value_fault(namespace: str, name: str, value: str) -> str:
    where = f"(Namespace: '{namespace}', OptionName: '{name}')"
    if namespace not in _FREE and name not in _KNOWN.get(namespace, frozenset()):
        return f"Invalid option specification {where}: Unknown configuration setting."
    if value in _NOT_EMULATED.get((namespace, name), ()):
        return f"{name} {value} is not emulated by the sandbox, see sandbox/README.md"
    choices = _CHOICES.get((namespace, name))
    if choices and value not in choices:
        allowed = f"Value is not one of the allowed values: {sorted(choices)}"
        return f"Invalid option value: '{value}' {where}: {allowed}"
    limits = _NUMBERS.get((namespace, name))
    if limits and not (value.isdecimal() and limits[0] <= int(value) <= limits[1]):
        return f"Invalid option value: '{value}' {where}: Value is not between {limits[0]} and {limits[1]}"
    return ""
