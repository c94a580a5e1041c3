"""gcp:secretmanager/secret:Secret and …/secretVersion:SecretVersion.

Source: resource_secret_manager_secret.go, resource_secret_manager_secret_version.go.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.gcp import names, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.bucket import LABEL
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

_SIZE: Final = 64 << 10  # bytes of a payload: https://cloud.google.com/secret-manager/quotas


class Secret(GcpResource):
    """A secret: a name for versions. Its deletion takes them with it."""

    token = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
    noun = "Secret"
    api = projects.SECRET_MANAGER
    name_argument = "secretId"
    goes_first = True
    force_new: ClassVar[frozenset[str]] = frozenset({"secretId", "project", "replication", "tags"})
    kept: ClassVar[frozenset[str]] = frozenset({"project"})
    defaults: ClassVar[Mapping[str, Any]] = {"deletionProtection": False}

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create."""
        yield from super().refusals(inputs)
        name = inputs.get("secretId", "x")
        if not names.SECRET.fullmatch(name):
            yield Failure("", f'"secret_id" ("{name}") has 1 to 255 letters, digits, hyphens and underscores')
        if len({"auto", "userManaged"} & inputs.get("replication", {"auto": {}}).keys()) != 1:
            yield Failure("", '"replication.0": one of `auto,user_managed` must be specified')

    def make(self, call: Call, inputs: Props) -> str:
        """Make it."""
        del call
        project, name = self.project(inputs), inputs["secretId"]
        with self.account.opened() as tables:
            if f"{project}/{name}" in tables["secrets"]:
                raise ApiError(409, f"Secret [projects/{project}/secrets/{name}] already exists.")
            tables["secrets"][f"{project}/{name}"] = {"arguments": inputs, "versions": {}, "last": 0}
        self.apps.publish(project)
        return f"projects/{project}/secrets/{name}"

    def look(self, identity: str, state: Props) -> Props | None:
        """What there is of it."""
        del state
        _, project, _, name = identity.split("/")
        projects.require(self.account, project, self.api)
        row = self.account.row("secrets", f"{project}/{name}")
        if row is None:
            return None
        labels = LABEL | row["arguments"].get("labels", {})
        number = projects.number(self.account, project)
        own = {"name": f"projects/{number}/secrets/{name}", "project": project, "secretId": name}
        return {**row["arguments"], **own, "effectiveLabels": labels, "pulumiLabels": labels}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change its labels and the like."""
        del call, old
        _, project, _, name = identity.split("/")
        with self.wrapped(f'Error updating Secret "{identity}"'):
            projects.require(self.account, project, self.api)
            self.account.change("secrets", f"{project}/{name}", arguments=new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete it with its versions."""
        del call
        if state.get("deletionProtection"):
            raise RefusedError(
                "cannot destroy secret manager secret without setting deletion_protection=false and running "
                "`terraform apply`"
            )
        if state.get("deletionPolicy") == "ABANDON":
            return
        _, project, _, name = identity.split("/")
        self.account.drop("secrets", f"{project}/{name}")
        self.account.drop("policies", f"secrets/{project}/{name}")
        self.apps.publish(project)


class SecretVersion(GcpResource):
    """A payload. Another one is another version."""

    token = "gcp:secretmanager/secretVersion:SecretVersion"  # noqa: S105 - a type's name
    noun = "SecretVersion"
    api = projects.SECRET_MANAGER
    has_project = False
    force_new: ClassVar[frozenset[str]] = frozenset({"secret", "secretData", "isSecretDataBase64", "project"})
    secret: ClassVar[frozenset[str]] = frozenset({"secretData", "secretDataWo"})
    defaults: ClassVar[Mapping[str, Any]] = {"deletionPolicy": "DELETE", "enabled": True}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"deletionPolicy": ("DELETE", "DISABLE", "ABANDON")}

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The rules of the schema: one payload."""
        yield from super().refusals(inputs)
        if "secretDataWo" in inputs:
            yield Failure("", "Sandbox: secret_data_wo is not emulated, only secret_data")

    def require(self, props: Props) -> None:
        """The project is the secret's."""
        projects.require(self.account, _parts(props["secret"])[0], self.api)

    def make(self, call: Call, inputs: Props) -> str:
        """Add it."""
        del call
        project, name = _parts(inputs["secret"])
        payload = _payload(inputs)
        with self.account.opened() as tables:
            row = tables["secrets"].get(f"{project}/{name}")
            if row is None:
                raise ApiError(404, f"Secret [projects/{project}/secrets/{name}] not found.")
            row["last"] += 1
            state = "ENABLED" if inputs.get("enabled", True) else "DISABLED"
            row["versions"][str(row["last"])] = {"payload": payload, "state": state}
            number = row["last"]
        self.apps.publish(project)
        return f"projects/{projects.number(self.account, project)}/secrets/{name}/versions/{number}"

    def look(self, identity: str, state: Props) -> Props | None:
        """What there is of it, with its payload."""
        _, _, _, name, _, number = identity.split("/")
        project, key = self._key(identity)
        projects.require(self.account, project, self.api)
        row = (self.account.row("secrets", key) or {"versions": {}})["versions"].get(number)
        if row is None or row["state"] == "DESTROYED":
            return None
        told = {"secret": state.get("secret", f"projects/{project}/secrets/{name}"), "name": identity}
        if row["state"] == "ENABLED":
            told["secretData"] = self._data(row["payload"], state)
        policy: Props = {
            name: state[name] for name in ("deletionPolicy", "isSecretDataBase64") if name in state
        }
        return {**told, **policy, "enabled": row["state"] == "ENABLED", "version": number}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Enable or disable it."""
        del call, old
        self._become(identity, "ENABLED" if new.get("enabled", True) else "DISABLED")

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Destroy it, or what the policy says."""
        del call
        policy = state.get("deletionPolicy", "DELETE")
        if policy != "ABANDON":
            self._become(identity, "DISABLED" if policy == "DISABLE" else "DESTROYED")

    def _become(self, identity: str, wanted: str) -> None:
        project, key = self._key(identity)
        projects.require(self.account, project, self.api)
        with self.account.opened() as tables:
            if (row := tables["secrets"].get(key)) is not None:
                version = row["versions"][identity.rpartition("/")[2]]
                version["state"] = wanted
                if wanted == "DESTROYED":
                    version["payload"] = ""
        self.apps.publish(project)

    def _key(self, identity: str) -> tuple[str, str]:
        """Project and row of the secret; in ids its project stands by number."""
        _, number, _, name, _, _ = identity.split("/")
        table = self.account.table("projects")
        project = next((one for one, row in table.items() if number in {one, row["number"]}), number)
        return project, f"{project}/{name}"

    @staticmethod
    def _data(payload: str, state: Props) -> str:
        return payload if state.get("isSecretDataBase64") else base64.b64decode(payload).decode()


def _parts(secret: str) -> tuple[str, str]:
    """Project and name of projects/P/secrets/S. RefusedError for a name alone, which the provider refuses."""
    parts = secret.split("/")
    if len(parts) != 4 or parts[0] != "projects" or parts[2] != "secrets":
        raise RefusedError(f"secret {secret!r} must be projects/PROJECT/secrets/SECRET")
    return parts[1], parts[3]


def _payload(inputs: Props) -> str:
    """The payload in base64."""
    data = str(inputs.get("secretData", ""))
    if not inputs.get("isSecretDataBase64"):
        data = base64.b64encode(data.encode()).decode()
    try:
        size = len(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError) as problem:
        raise RefusedError("secret_data is no base64") from problem
    if not 0 < size <= _SIZE:
        raise ApiError(400, f"The secret payload must have 1 to {_SIZE} bytes, not {size}.")
    return data
