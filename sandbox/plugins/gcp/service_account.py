"""gcp:serviceaccount/account:Account, as resource_google_service_account.go has it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, ClassVar, Final

from sandbox.plugins.gcp import names, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

_LENGTH: Final = (6, 30)


class ServiceAccount(GcpResource):
    """A service account. Its bindings stay when it goes, and give nothing to anybody."""

    token = "gcp:serviceaccount/account:Account"  # noqa: S105 - a type's name
    noun = "service account"
    api = projects.IAM
    name_argument = "accountId"
    force_new: ClassVar[frozenset[str]] = frozenset({"accountId", "project"})
    kept: ClassVar[frozenset[str]] = frozenset({"project"})

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """https://cloud.google.com/iam/docs/service-accounts-create."""
        yield from super().refusals(inputs)
        identity = inputs.get("accountId")
        least, most = _LENGTH
        if identity is not None and not (
            least <= len(identity) <= most and names.ACCOUNT.fullmatch(identity)
        ):
            pattern = f"^[a-z](?:[-a-z0-9]{{{least - 2},{most - 2}}}[a-z0-9])$"
            yield Failure("", f'"account_id" ("{identity}") doesn\'t match regexp "{pattern}"')

    def make(self, call: Call, inputs: Props) -> str:
        """Make it."""
        del call
        project = self.project(inputs)
        email = f"{inputs['accountId']}@{project}.iam.gserviceaccount.com"
        with self.account.opened() as tables:
            if email in tables["accounts"] and not inputs.get("createIgnoreAlreadyExists"):
                text = (
                    f"Service account {inputs['accountId']} already exists within project projects/{project}."
                )
                raise ApiError(409, text)
            tables["accounts"][email] = {"project": project, "id": inputs["accountId"], **_said(inputs)}
        return f"projects/{project}/serviceAccounts/{email}"

    def look(self, identity: str, state: Props) -> Props | None:
        """What there is of it."""
        del state
        _, project, _, email = identity.split("/")
        projects.require(self.account, project, self.api)
        row = self.account.row("accounts", email)
        if row is None:
            return None
        return {
            **{name: row[name] for name in ("description", "displayName", "disabled") if name in row},
            "accountId": row["id"],
            "email": email,
            "member": f"serviceAccount:{email}",
            "name": identity,
            "project": project,
            "uniqueId": str(10**20 + zlib.crc32(email.encode())),
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change what is said of it."""
        del call, old
        with self.wrapped("Error updating service account"):
            projects.require(self.account, identity.split("/")[1], self.api)
            self.account.change("accounts", identity.rpartition("/")[2], **_said(new))

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete it."""
        del call, state
        self.account.drop("accounts", identity.rpartition("/")[2])
        self.apps.publish(identity.split("/")[1])


def _said(inputs: Props) -> Props:
    return {name: inputs[name] for name in ("description", "displayName", "disabled") if name in inputs}
