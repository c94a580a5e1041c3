"""What Elastic Beanstalk's API refuses before anything is done: names, versions, platforms, options.

https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateEnvironment.html, API_UpdateEnvironment.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.aws import functions, iam_policy, option_rules, options, service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.values import Props

VALIDATION: Final = "ConfigurationValidationException"
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]"
_PREFIX: Final = r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"
_RULE: Final = (
    "at '{}' failed to satisfy constraint: Member must have length between 4 and {}, contain only letters, "
    "numbers, and hyphens, and not start or end with a hyphen"
)


class InvalidError(Exception):
    """What the API answers: its code and its words."""

    def __init__(self, text: str, code: str = "InvalidParameterValue") -> None:
        super().__init__(text)
        self.code = code


def check_new(inputs: Props, wanted: options.Options, tables: Mapping[str, Any], region: str) -> None:
    """CreateEnvironment. Raises InvalidError."""
    name: str = inputs["name"]
    running = [row for row in tables["environments"].values() if row["status"] != service.ENDED]
    if not re.fullmatch(_NAME, name):
        raise InvalidError(f"Value {name} {_RULE.format('EnvironmentName', 40)}")
    if any(row["name"] == name for row in running):
        raise InvalidError(f"Environment {name} already exists.")
    prefix = inputs.get("cnamePrefix", "")
    if prefix and not re.fullmatch(_PREFIX, prefix):
        raise InvalidError(f"Value {prefix} {_RULE.format('CNAMEPrefix', 63)}")
    taken = {*tables["foreignCnames"], *(row["cnamePrefix"] for row in running)}
    if prefix and prefix.lower() in {one.lower() for one in taken}:
        raise InvalidError(f"DNS name ({prefix}.{region}.elasticbeanstalk.com) is not available.")
    if inputs["application"] not in tables["applications"]:
        raise InvalidError(f"No Application named '{inputs['application']}' found.")
    _check(inputs, wanted, tables)


def check_change(
    row: Mapping[str, Any], new: Props, wanted: options.Options, tables: Mapping[str, Any]
) -> None:
    """UpdateEnvironment. Raises InvalidError."""
    before, after = options.balancer(row["options"]), options.balancer(wanted)
    if before and after and before != after:
        text = (
            f"Invalid option value: '{after}' (Namespace: '{options.ENVIRONMENT}', OptionName: "
            "'LoadBalancerType'): You can't change the load balancer type of an existing environment."
        )
        raise InvalidError(text, VALIDATION)
    _check({**new, "application": row["application"]}, wanted, tables)


def _check(inputs: Props, wanted: options.Options, tables: Mapping[str, Any]) -> None:
    version = inputs.get("version", "")
    if version and f"{inputs['application']}/{version}" not in tables["versions"]:
        raise InvalidError(f"No Application Version named '{version}' found.")
    if inputs.get("solutionStackName") not in functions.stacks(tables):
        raise InvalidError(f"No Solution Stack named '{inputs.get('solutionStackName')}' found.")
    if problem := option_rules.fault(wanted):
        raise InvalidError(problem, VALIDATION)
    key = options.of_namespace(wanted, options.LAUNCH).get("EC2KeyName")
    if key and key not in tables["keyPairs"]:
        where = f"(Namespace: '{options.LAUNCH}', OptionName: 'EC2KeyName')"
        raise InvalidError(f"Invalid option value: '{key}' {where}: The key pair does not exist.", VALIDATION)
    _check_service_role(wanted, tables)


def _check_service_role(wanted: options.Options, tables: Mapping[str, Any]) -> None:
    """Enhanced health and managed updates need a service role; it has to let Elastic Beanstalk in."""
    given = options.of_namespace(wanted, options.ENVIRONMENT).get("ServiceRole", "")
    health = options.of_namespace(wanted, f"{options.EB}:healthreporting:system").get("SystemType")
    managed = options.of_namespace(wanted, f"{options.EB}:managedactions").get("ManagedActionsEnabled")
    if not given:
        if health == "enhanced":
            raise InvalidError("The service role is required for enhanced health reporting.", VALIDATION)
        if managed == "true":
            raise InvalidError("You must specify a service role for managed actions.", VALIDATION)
        return
    role = tables["roles"].get(given.rpartition("/")[2])
    if role is None or not iam_policy.trusts(role, iam_policy.BEANSTALK):
        raise InvalidError(f"The service role {given} does not exist or can't be assumed.", VALIDATION)
