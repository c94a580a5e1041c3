"""IAM: roles and instance profiles; what hangs on roles is in role_policies.py.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws import iam_policy
from sandbox.plugins.aws.base import ACCOUNT_ID, AwsResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


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
        text = ""
        if any(one["role"] == identity for one in profiles):
            text = "Cannot delete entity, must remove roles from instance profile first."
        elif row and (row["attached"] or row["policies"]):
            what = "detach all policies" if row["attached"] else "delete policies"
            text = f"Cannot delete entity, must {what} first."
        if text:
            raise self.error(f"deleting {identity}", "DeleteRole", "DeleteConflict", text, 409)
        super().unmake(call, identity, state)

    def _check_trust(self, name: str, inputs: Props) -> None:
        try:
            known = all(one["Principal"] for one in iam_policy.statements(inputs["assumeRolePolicy"]))
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            text = "This policy contains invalid Json"
            raise self.error(f"creating {name}", "CreateRole", "MalformedPolicyDocument", text)


class InstanceProfile(AwsResource):
    """What gives a role to instances. A new one is not known everywhere at once: service.py, `is_known`."""

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
            tables[self.table][name] = {**inputs, "role": role, "created": time.time()}
        return str(name)

    def look(self, identity: str, state: Props) -> Props | None:
        """GetInstanceProfile."""
        row = super().look(identity, state)
        arn = f"arn:aws:iam::{ACCOUNT_ID}:instance-profile/{identity}"
        if row is None:
            return None
        return {**{key: value for key, value in row.items() if key != "created"}, "arn": arn}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Another role, or tags."""
        del call, old
        self.account.change(self.table, identity, **new)
