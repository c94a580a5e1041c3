"""The environment's option settings, written as Elastic Beanstalk answers them, so that no plan differs.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html. Every value is text;
lists have no spaces and are sorted; what a kind of environment does not answer is not sent to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import elasticbeanstalk

from components.beanstalk.section import Section
from components.settings import Settings

_EB: Final = "aws:elasticbeanstalk"
VARIABLES: Final = f"{_EB}:application:environment"
SECRETS: Final = f"{_EB}:application:environmentsecrets"
STATIC: Final = f"{_EB}:environment:proxy:staticfiles"
COMMAND_SECONDS: Final = 900  # for the commands of one deployment on one instance

Options = dict[tuple[str, str], Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the settings are made of."""

    settings: Settings
    section: Section
    wsgi_path: str
    static: Mapping[str, str]
    variables: Mapping[str, str]
    secret_arns: Mapping[str, pulumi.Output[str]]
    profile: pulumi.Input[str]  # its name: Beanstalk answers that, never the ARN
    service_role: pulumi.Input[str]
    key_name: pulumi.Input[str] | None


def make(wanted: Wanted) -> list[elasticbeanstalk.EnvironmentSettingArgs]:
    """Return the settings, sorted."""
    parts = (_app, _environment, _instances, _network, _deployment, _operation)
    found: Options = {}
    for part in parts:
        found.update(part(wanted))
    return [
        # An empty `resource` is what the provider reads back; another one would be lost.
        elasticbeanstalk.EnvironmentSettingArgs(namespace=namespace, name=name, value=value, resource="")
        for (namespace, name), value in sorted(found.items(), key=lambda item: item[0])
    ]


def _app(wanted: Wanted) -> Options:
    section = wanted.section
    return {
        (f"{_EB}:container:python", "WSGIPath"): wanted.wsgi_path,
        (f"{_EB}:container:python", "NumProcesses"): str(section.processes),
        (f"{_EB}:container:python", "NumThreads"): str(section.threads),
        **{(VARIABLES, name): value for name, value in wanted.variables.items()},
        **{(SECRETS, name): arn for name, arn in wanted.secret_arns.items()},
        **{(STATIC, prefix): folder for prefix, folder in wanted.static.items()},
        (f"{_EB}:environment:proxy", "ProxyServer"): "nginx",
    }


def _environment(wanted: Wanted) -> Options:
    section, health = wanted.section, wanted.settings.app.health
    found: Options = {
        (f"{_EB}:environment", "ServiceRole"): wanted.service_role,
        (f"{_EB}:environment", "EnvironmentType"): "LoadBalanced" if section.balanced else "SingleInstance",
    }
    if section.balanced:  # without a balancer neither is answered
        found[f"{_EB}:environment", "LoadBalancerType"] = section.load_balancer
        found["aws:autoscaling:asg", "MinSize"] = str(section.min_instances)
        found["aws:autoscaling:asg", "MaxSize"] = str(section.max_instances)
    if section.load_balancer == "application":
        process = f"{_EB}:environment:process:default"
        found[process, "HealthCheckPath"] = health.asked
        found[process, "MatcherHTTPCode"] = "200-299" if health.accept == "success" else "200-499"
    return found


def _instances(wanted: Wanted) -> Options:
    section = wanted.section
    launch = "aws:autoscaling:launchconfiguration"
    found: Options = {
        (launch, "IamInstanceProfile"): wanted.profile,
        # Both: accounts since 2023 get launch templates only with them; IMDSv2 alone answers.
        (launch, "DisableIMDSv1"): "true",
        (launch, "RootVolumeType"): "gp3",
        (launch, "RootVolumeSize"): str(section.disk_gigabytes),
        ("aws:ec2:instances", "InstanceTypes"): section.instance_type,
        ("aws:ec2:instances", "SupportedArchitectures"): section.architecture,
    }
    if wanted.key_name is not None and section.ssh_from is not None:
        found[launch, "EC2KeyName"] = wanted.key_name
        # With a key, Beanstalk opens port 22 to everybody unless this is said.
        found[launch, "SSHSourceRestriction"] = f"tcp,22,22,{section.ssh_from}"
    return found


def _network(wanted: Wanted) -> Options:
    section = wanted.section
    if section.vpc_id is None:
        return {}  # the default VPC
    found: Options = {
        ("aws:ec2:vpc", "VPCId"): section.vpc_id,
        ("aws:ec2:vpc", "Subnets"): ",".join(sorted(section.subnets)),
    }
    if section.balanced:  # a single instance has an address in any case
        found["aws:ec2:vpc", "AssociatePublicIpAddress"] = "true"
        found["aws:ec2:vpc", "ELBSubnets"] = ",".join(sorted(section.balancer_subnets or section.subnets))
        found["aws:ec2:vpc", "ELBScheme"] = "public"
    return found


def _deployment(_: Wanted) -> Options:
    """A release comes on new instances; the old ones serve until these are healthy.

    Both policies have to be Immutable, or Elastic Beanstalk refuses either.
    """
    return {
        (f"{_EB}:command", "DeploymentPolicy"): "Immutable",
        (f"{_EB}:command", "Timeout"): str(COMMAND_SECONDS),
        ("aws:autoscaling:updatepolicy:rollingupdate", "RollingUpdateType"): "Immutable",
    }


def _operation(wanted: Wanted) -> Options:
    section = wanted.section
    managed = section.managed_updates != "off" and section.solution_stack is None
    found: Options = {
        (f"{_EB}:healthreporting:system", "SystemType"): "enhanced",
        (f"{_EB}:managedactions", "ManagedActionsEnabled"): "true" if managed else "false",
        (f"{_EB}:cloudwatch:logs", "StreamLogs"): "true" if section.log_days else "false",
    }
    if managed:
        found[f"{_EB}:managedactions", "PreferredStartTime"] = section.update_window
        found[f"{_EB}:managedactions:platformupdate", "UpdateLevel"] = section.managed_updates
    if section.log_days:
        found[f"{_EB}:cloudwatch:logs", "DeleteOnTerminate"] = "true"
        found[f"{_EB}:cloudwatch:logs", "RetentionInDays"] = str(section.log_days)
    return found
