"""The three …IAMMember types: one role for one member, on a project, a bucket or a secret.

Source: tpgiamresource/resource_iam_member.go; all arguments replace.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from sandbox.plugins.gcp import iam, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

_KINDS: Final = ("user", "group", "serviceAccount", "domain", "principal", "principalSet", "projectOwner")
_ETAG: Final = "BwYAAAAAAAA="


class _Member(GcpResource):
    """A binding of one member."""

    noun = "IAM Member"
    target: ClassVar[str]  # the argument that names what the role is for

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """A member is a kind and a name."""
        yield from super().refusals(inputs)
        member = inputs.get("member")
        if member is not None and member not in iam.PUBLIC and member.partition(":")[0] not in _KINDS:
            yield Failure(
                "",
                f"invalid value for member (IAM members must have one of the values outlined here: "
                f"https://cloud.google.com/billing/docs/reference/rest/v1/Policy#Binding): {member}",
            )

    @abstractmethod
    def resource(self, inputs: Props) -> str:
        """What the policy belongs to; ApiError when it is not there."""

    def make(self, call: Call, inputs: Props) -> str:
        """Add it to the policy."""
        del call
        resource = self.resource(inputs)
        if "condition" in inputs:
            raise ApiError(400, "Sandbox: conditions of roles are not emulated.")
        with self.wrapped(
            f"Error applying IAM policy for {resource}: Error setting IAM policy for {resource}"
        ):
            iam.bind(self.account, resource, inputs["role"], inputs["member"])
        self._publish(inputs)
        return f"{self.prefix(inputs)}/{inputs['role']}/{inputs['member']}"

    def prefix(self, inputs: Props) -> str:
        """How ids begin."""
        return self.resource(inputs)

    def look(self, identity: str, state: Props) -> Props | None:
        """Whether it is in the policy."""
        recorded = state or self.imported(identity)
        self.require(recorded)
        try:
            resource = self.resource(recorded)
        except ApiError:
            return None
        if not iam.is_bound(self.account, resource, recorded["role"], recorded["member"]):
            return None
        names = (self.target, "role", "member")
        project = {"project": self.project(recorded)} if self.has_project else {}
        return {**project, **{name: recorded[name] for name in names}, "etag": _ETAG}

    def imported(self, identity: str) -> Props:
        """The arguments that an id stands for: `target role member`, as `pulumi import` takes them."""
        parts = (
            identity.split(" ") if " " in identity else re.split(r"/(?=roles/)|(?<=\w)/(?=\w+:)", identity)
        )
        return dict(zip((self.target, "role", "member"), parts, strict=False))

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Take it out of the policy."""
        del call, identity
        try:
            resource = self.resource(state)
        except ApiError:
            return  # what it was for is gone, and its policy with it
        iam.unbind(self.account, resource, state["role"], state["member"])
        self._publish(state)

    def _publish(self, inputs: Props) -> None:
        self.apps.publish(self.project(inputs))


class ProjectMember(_Member):
    """A role on a project."""

    token = "gcp:projects/iAMMember:IAMMember"  # noqa: S105 - a type's name
    goes_first = True
    api = projects.RESOURCE_MANAGER
    target = "project"
    force_new: ClassVar[frozenset[str]] = frozenset({"project", "role", "member", "condition"})

    def resource(self, inputs: Props) -> str:
        """The project, which is always there."""
        return f"projects/{self.project(inputs)}"

    def prefix(self, inputs: Props) -> str:
        """How ids begin."""
        return self.project(inputs)


class BucketMember(_Member):
    """A role on a bucket."""

    token = "gcp:storage/bucketIAMMember:BucketIAMMember"  # noqa: S105 - a type's name
    api = projects.STORAGE
    has_project = False
    target = "bucket"
    force_new: ClassVar[frozenset[str]] = frozenset({"bucket", "role", "member", "condition"})

    def resource(self, inputs: Props) -> str:
        """The bucket."""
        name = str(inputs["bucket"]).removeprefix("b/")
        found = self.account.row("buckets", name)
        if found is None:
            raise ApiError(404, "The specified bucket does not exist.")
        closed = found["arguments"].get("publicAccessPrevention") == "enforced"
        if closed and inputs.get("member") in iam.PUBLIC:
            raise ApiError(
                412,
                "The member bindings allUsers and allAuthenticatedUsers are not allowed since "
                "public access prevention is enforced.",
            )
        return f"buckets/{name}"

    def prefix(self, inputs: Props) -> str:
        """How ids begin."""
        return f"b/{str(inputs['bucket']).removeprefix('b/')}"


class SecretMember(_Member):
    """A role on a secret."""

    token = "gcp:secretmanager/secretIamMember:SecretIamMember"  # noqa: S105 - a type's name
    api = projects.SECRET_MANAGER
    target = "secretId"
    force_new: ClassVar[frozenset[str]] = frozenset({"project", "secretId", "role", "member", "condition"})
    kept: ClassVar[frozenset[str]] = frozenset({"project"})

    def resource(self, inputs: Props) -> str:
        """The secret, by its id or its whole name."""
        project, name = self._named(inputs)
        if self.account.row("secrets", f"{project}/{name}") is None:
            raise ApiError(404, f"Secret [projects/{project}/secrets/{name}] not found.")
        return f"secrets/{project}/{name}"

    def prefix(self, inputs: Props) -> str:
        """How ids begin."""
        project, name = self._named(inputs)
        return f"projects/{project}/secrets/{name}"

    def _named(self, inputs: Props) -> tuple[str, str]:
        given = str(inputs["secretId"])
        parts = given.split("/")
        return (parts[1], parts[3]) if given.startswith("projects/") else (self.project(inputs), given)
