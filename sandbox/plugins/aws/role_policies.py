"""IAM: what hangs on a role, AWS's own policies and policies of its own.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.aws import iam_policy
from sandbox.plugins.aws.base import AwsResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

# AWS's own policies, those that have to do with Elastic Beanstalk.
POLICIES: Final = frozenset(
    f"arn:aws:iam::aws:policy/{name}"
    for name in (
        *("AWSElasticBeanstalkWebTier", "AWSElasticBeanstalkWorkerTier", "AmazonSSMManagedInstanceCore"),
        *("AWSElasticBeanstalkMulticontainerDocker", "service-role/AWSElasticBeanstalkEnhancedHealth"),
        *("service-role/AWSElasticBeanstalkService", "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy"),
    )
)


class _OnRole(AwsResource):
    """Something that hangs on a role."""

    table, service = "roles", "IAM"

    def role(self, tables: Mapping[str, Any], name: str, operation: str) -> Any:
        """The role's row."""
        if name not in tables["roles"]:
            text = f"The role with name {name} cannot be found."
            raise self.error(f"putting {name}", operation, "NoSuchEntity", text, 404)
        return tables["roles"][name]


class RolePolicyAttachment(_OnRole):
    """A managed policy on a role."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"  # noqa: S105  a resource type
    kind = "IAM Role Policy Attachment"
    goes_first = True
    force_new: ClassVar[frozenset[str]] = frozenset({"role", "policyArn"})

    def make(self, call: Call, inputs: Props) -> str:
        """AttachRolePolicy."""
        del call
        role, arn = inputs["role"], inputs["policyArn"]
        with self.account.opened() as tables:
            row = self.role(tables, role, "AttachRolePolicy")
            if arn not in POLICIES:
                text = f"Policy {arn} does not exist or is not attachable."
                raise self.error(f"attaching {arn}", "AttachRolePolicy", "NoSuchEntity", text, 404)
            row["attached"] = sorted({*row["attached"], arn})
        return f"{role}-{arn}"

    def look(self, identity: str, state: Props) -> Props | None:
        """ListAttachedRolePolicies."""
        del identity
        row = self.account.row(self.table, state["role"])
        if row is None or state["policyArn"] not in row["attached"]:
            return None
        return {"role": state["role"], "policyArn": state["policyArn"]}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Nothing can change in place."""

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DetachRolePolicy."""
        del call, identity
        with self.account.opened() as tables:
            row = tables[self.table].get(state["role"])
            if row:
                row["attached"] = [arn for arn in row["attached"] if arn != state["policyArn"]]


class RolePolicy(_OnRole):
    """A policy that is the role's own."""

    token = "aws:iam/rolePolicy:RolePolicy"  # noqa: S105  a resource type
    kind = "IAM Role Policy"
    name_argument = "name"
    name_rule = (r"[\w+=,.@-]{1,128}", "must be 1 to 128 alphanumeric characters or +=,.@-_")
    force_new: ClassVar[frozenset[str]] = frozenset({"role", "name", "namePrefix"})
    kept: ClassVar[frozenset[str]] = frozenset({"name", "namePrefix"})

    def make(self, call: Call, inputs: Props) -> str:
        """PutRolePolicy."""
        self.change(call, "", {}, inputs)
        return f"{inputs['role']}:{inputs['name']}"

    def look(self, identity: str, state: Props) -> Props | None:
        """GetRolePolicy."""
        del state
        role, _, name = identity.partition(":")
        row = self.account.row(self.table, role)
        if row is None or name not in row["policies"]:
            return None
        return {"role": role, "name": name, "policy": row["policies"][name]}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """PutRolePolicy."""
        del call, identity, old
        try:
            iam_policy.statements(new["policy"])
        except (ValueError, KeyError, TypeError):
            text = "Syntax errors in policy."
            name = f"putting {new['name']}"
            raise self.error(name, "PutRolePolicy", "MalformedPolicyDocument", text) from None
        with self.account.opened() as tables:
            self.role(tables, new["role"], "PutRolePolicy")["policies"][new["name"]] = new["policy"]

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteRolePolicy."""
        del call, state
        role, _, name = identity.partition(":")
        with self.account.opened() as tables:
            tables[self.table].get(role, {"policies": {}})["policies"].pop(name, None)
