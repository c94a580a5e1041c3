"""Secrets Manager. Rules: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html."""

from __future__ import annotations

import secrets
import string
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws.base import ACCOUNT_ID, AwsResource
from sandbox.plugins.aws.errors import provider_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class Secret(AwsResource):
    """A secret, still without a value. One that is deleted with a window keeps its name until it is over."""

    token = "aws:secretsmanager/secret:Secret"  # noqa: S105  a resource type
    table, service, kind = "secrets", "Secrets Manager", "Secrets Manager Secret"
    name_argument = "name"
    name_rule = (r"[\w/+=.@-]{1,512}", "must contain alphanumeric characters and /_+=.@- only, at most 512")
    force_new: ClassVar[frozenset[str]] = frozenset({"name", "namePrefix", "region"})
    kept: ClassVar[frozenset[str]] = frozenset({"name", "namePrefix", "policy", "region", "replicas"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "forceOverwriteReplicaSecret": False,
        "recoveryWindowInDays": 30.0,
    }

    def make(self, call: Call, inputs: Props) -> str:
        """CreateSecret."""
        del call
        name: str = inputs["name"]
        with self.account.opened() as tables:
            for row in tables[self.table].values():
                if row["name"] == name:
                    text = "You can't create this secret because a secret with this name is already "
                    text += "scheduled for deletion."
                    code = "InvalidRequestException"
                    if not row["deleted"]:
                        text = f"The operation failed because the secret {name} already exists."
                        code = "ResourceExistsException"
                    raise self.error(f"creating {name}", "CreateSecret", code, text)
            tail = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(6))
            arn = f"arn:aws:secretsmanager:{self.access.region}:{ACCOUNT_ID}:secret:{name}-{tail}"
            tables[self.table][arn] = {**inputs, "deleted": False, "versions": {}}
        return arn

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeSecret."""
        row = super().look(identity, state)
        if row is None or row["deleted"]:
            return None
        told = {key: value for key, value in row.items() if key not in {"deleted", "versions"}}
        return {**told, "arn": identity, "region": self.access.region}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateSecret, TagResource."""
        del call, old
        self.account.change(self.table, identity, **new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteSecret: at once without a window, otherwise it is only scheduled."""
        if int(state.get("recoveryWindowInDays", 30)) == 0:
            super().unmake(call, identity, state)
        elif self.account.row(self.table, identity) is not None:
            self.account.change(self.table, identity, deleted=True, versions={})


class SecretVersion(AwsResource):
    """A secret's value."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105  a resource type
    table, service, kind = "secrets", "Secrets Manager", "Secrets Manager Secret Version"
    force_new: ClassVar[frozenset[str]] = frozenset({"secretId", "secretString", "secretBinary", "region"})
    secret: ClassVar[frozenset[str]] = frozenset({"secretString", "secretBinary"})

    def make(self, call: Call, inputs: Props) -> str:
        """PutSecretValue: the former value stays as AWSPREVIOUS."""
        del call
        arn, version = inputs["secretId"], str(uuid.uuid4())
        if not inputs.get("secretString"):
            raise provider_error(f"putting Secrets Manager Secret ({arn}) value: it must not be empty")
        with self.account.opened() as tables:
            row = tables[self.table].get(arn)
            if row is None or row["deleted"]:
                text = "Secrets Manager can't find the specified secret."
                code = "ResourceNotFoundException"
                raise self.error(f"putting {arn}", "PutSecretValue", code, text)
            kept = dict(list(row["versions"].items())[-1:])
            row["versions"] = {**kept, version: inputs["secretString"]}
        return f"{arn}|{version}"

    def look(self, identity: str, state: Props) -> Props | None:
        """GetSecretValue."""
        del state
        arn, _, version = identity.partition("|")
        row = self.account.row(self.table, arn)
        if row is None or version not in row["versions"]:
            return None
        value = row["versions"][version]
        return {"secretId": arn, "arn": arn, "secretArn": arn, "versionId": version, "secretString": value}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Stages only; the value is force-new."""

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Take its stage away: what is left has none, and is deleted by itself."""
        del call, state
        arn, _, version = identity.partition("|")
        with self.account.opened() as tables:
            row = tables[self.table].get(arn)
            if row is not None:
                row["versions"].pop(version, None)
