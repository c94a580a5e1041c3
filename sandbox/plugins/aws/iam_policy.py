"""What a role may do, by its own policies, and of AWS's by those that are here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: a Deny counts
more than an Allow; conditions are not emulated: a statement that has one allows nothing, and denies.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


EC2: Final = "ec2.amazonaws.com"
BEANSTALK: Final = "elasticbeanstalk.amazonaws.com"
_LOGS: Final = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:*:*:log-group:/aws/elasticbeanstalk*",
}
# Of AWS's own policies what is asked for here:
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles-instance.html
_MANAGED: Final = {
    f"arn:aws:iam::aws:policy/{name}": json.dumps({"Statement": [_LOGS]})
    for name in ("AWSElasticBeanstalkWebTier", "AWSElasticBeanstalkWorkerTier")
}


def may(tables: Mapping[str, Any], principal: str, role: str | None) -> Callable[[str, str], bool]:
    """Whether a service may do an action with a resource as that role, which has to let it act so."""
    row = tables.get("roles", {}).get(role)

    def answer(action: str, resource: str) -> bool:
        if row is None or not trusts(row, principal):
            return False
        effects = {
            statement["Effect"]
            for policy in (*row["policies"].values(), *_managed(row))
            for statement in statements(policy)
            if _fits(statement.get("Action"), action) and _fits(statement.get("Resource"), resource)
            if statement["Effect"] == "Deny" or not statement.get("Condition")
        }
        return effects == {"Allow"}

    return answer


def _managed(role: Mapping[str, Any]) -> list[str]:
    return [_MANAGED[arn] for arn in role.get("attached", ()) if arn in _MANAGED]


def trusts(role: Mapping[str, Any], principal: str) -> bool:
    """Whether a service may act as a role."""
    return any(
        statement["Effect"] == "Allow"
        and _fits(statement.get("Action"), "sts:AssumeRole")
        and principal in _listed(dict(statement.get("Principal") or {}).get("Service"))
        for statement in statements(role["assumeRolePolicy"])
    )


def statements(text: str) -> list[dict[str, Any]]:
    """The statements of a policy document. Raises ValueError, KeyError or TypeError: it is none."""
    found = json.loads(text)["Statement"]
    listed = found if isinstance(found, list) else [found]
    for one in listed:
        if one["Effect"] not in {"Allow", "Deny"} or not (one.get("Action") or one.get("NotAction")):
            raise ValueError("a statement needs Effect and Action")
    return listed


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _fits(patterns: Any, value: str) -> bool:
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in _listed(patterns))
