"""IAM: roles, what is attached to them, instance profiles.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.aws.base import ACCOUNT_ID, AwsResource

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


class Role(AwsResource):
    """A role."""

    token = "aws:iam/role:Role"  # noqa: S105  a resource type
    table, service, kind = "roles", "IAM", "IAM Role"
    name_argument = "name"
    name_rule = (r"[\w+=,.@-]{1,64}", "must be 1 to 64 alphanumeric characters or +=,.@-_")
    force_new: ClassVar[frozenset[str]] = frozenset({"name", "namePrefix", "path"})
    kept: ClassVar[frozenset[str]] = frozenset({"name", "inlinePolicies", "managedPolicyArns"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "forceDetachPolicies": False,
        "maxSessionDuration": 3600.0,
        "path": "/",
    }

    def make(self, call: Call, inputs: Props) -> str:
        """CreateRole."""
        del call
        name: str = inputs["name"]
        self._check_trust(name, inputs)
        with self.account.opened() as tables:
            if name in tables[self.table]:
                text = f"Role with name {name} already exists."
                raise self.error(f"creating {name}", "CreateRole", "EntityAlreadyExists", text, 409)
            tables[self.table][name] = {**inputs, "policies": {}, "attached": []}
        return name

    def look(self, identity: str, state: Props) -> Props | None:
        """GetRole."""
        row = super().look(identity, state)
        if row is None:
            return None
        told = {key: value for key, value in row.items() if key not in {"policies", "attached"}}
        return {
            **told,
            "arn": f"arn:aws:iam::{ACCOUNT_ID}:role/{identity}",
            "uniqueId": f"AROA{identity.upper()}",
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateAssumeRolePolicy and its relatives."""
        del call, old
        self._check_trust(identity, new)
        self.account.change(self.table, identity, **new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteRole; nothing may hang on it."""
        row = self.account.row(self.table, identity)
        profiles = self.account.table("profiles").values()
        if row and (row["attached"] or row["policies"] or any(one["role"] == identity for one in profiles)):
            text = "Cannot delete entity, must detach all policies first."
            raise self.error(f"deleting {identity}", "DeleteRole", "DeleteConflict", text, 409)
        super().unmake(call, identity, state)

    def _check_trust(self, name: str, inputs: Props) -> None:
        try:
            statements = json.loads(inputs["assumeRolePolicy"])["Statement"]
            known = all(one["Principal"] and one["Action"] for one in statements)
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            text = "This policy contains invalid Json"
            raise self.error(f"creating {name}", "CreateRole", "MalformedPolicyDocument", text)


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
            json.loads(new["policy"])["Statement"]
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


class InstanceProfile(AwsResource):
    """What gives a role to instances."""

    token = "aws:iam/instanceProfile:InstanceProfile"  # noqa: S105  a resource type
    table, service, kind = "profiles", "IAM", "IAM Instance Profile"
    name_argument = "name"
    name_rule = (r"[\w+=,.@-]{1,128}", "must be 1 to 128 alphanumeric characters or +=,.@-_")
    force_new: ClassVar[frozenset[str]] = frozenset({"name", "namePrefix", "path"})
    kept: ClassVar[frozenset[str]] = frozenset({"name", "namePrefix"})
    defaults: ClassVar[Mapping[str, Any]] = {"path": "/"}

    def make(self, call: Call, inputs: Props) -> str:
        """CreateInstanceProfile and AddRoleToInstanceProfile."""
        del call
        name, role = inputs["name"], inputs.get("role", "")
        with self.account.opened() as tables:
            if name in tables[self.table]:
                text = f"Instance Profile {name} already exists."
                raise self.error(
                    f"creating {name}", "CreateInstanceProfile", "EntityAlreadyExists", text, 409
                )
            if role and role not in tables["roles"]:
                text = f"The role with name {role} cannot be found."
                raise self.error(f"adding {name}", "AddRoleToInstanceProfile", "NoSuchEntity", text, 404)
            tables[self.table][name] = {**inputs, "role": role}
        return str(name)

    def look(self, identity: str, state: Props) -> Props | None:
        """GetInstanceProfile."""
        row = super().look(identity, state)
        arn = f"arn:aws:iam::{ACCOUNT_ID}:instance-profile/{identity}"
        return None if row is None else {**row, "arn": arn}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Another role, or tags."""
        del call, old
        self.account.change(self.table, identity, **new)
