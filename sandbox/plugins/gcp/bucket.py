"""gcp:storage/bucket:Bucket, as resource_storage_bucket.go has it, and buckets' rows."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.gcp import names, projects
from sandbox.plugins.gcp.base import GcpResource
from sandbox.plugins.gcp.errors import ApiError
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

API: Final = "https://www.googleapis.com/storage/v1"
LABEL: Final = {"goog-pulumi-provisioned": "true"}  # the provider adds it
_MOST: Final = 63  # characters without dots


def row(project: str, location: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A bucket as the account has it."""
    storage = {"us-central": "US", "europe-west": "EU"}.get(location, location).upper()
    return {"project": project, "location": storage, "arguments": dict(arguments or {})}


class Bucket(GcpResource):
    """A bucket. Its name is one among all of the world's."""

    token = "gcp:storage/bucket:Bucket"  # noqa: S105 - a type's name
    noun = "Bucket"
    api = projects.STORAGE
    name_argument = "name"
    force_new: ClassVar[frozenset[str]] = frozenset(
        {
            "name",
            "location",
            "project",
            "customPlacementConfig",
            "enableObjectRetention",
            "hierarchicalNamespace",
        }
    )
    kept: ClassVar[frozenset[str]] = frozenset(
        {
            "project",
            "publicAccessPrevention",
            "uniformBucketLevelAccess",
            "softDeletePolicy",
            "storageClass",
            "rpo",
        }
    )
    defaults: ClassVar[Mapping[str, Any]] = {"forceDestroy": False}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"publicAccessPrevention": ("enforced", "inherited")}

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """https://cloud.google.com/storage/docs/buckets#naming."""
        yield from super().refusals(inputs)
        name = inputs.get("name")
        if name is not None and (problem := _name_fault(name)):
            yield Failure("", f'"name" ("{name}"): {problem}')

    def diff(self, call: Call, old: Props, new: Props) -> Any:
        """Compare; a location is the same in small letters."""
        same = str(old.get("location", "")).upper() == str(new.get("location")).upper()
        return super().diff(call, {**old, "location": new["location"]} if same else old, new)

    def make(self, call: Call, inputs: Props) -> str:
        """Make it."""
        del call
        name, project, location = inputs["name"], self.project(inputs), str(inputs["location"]).upper()
        if location not in names.STORAGE:
            raise ApiError(400, f"The specified location constraint is not valid: {location}", "invalid")
        with self.account.opened() as tables:
            if name in tables["taken"]:
                text = (
                    "The requested bucket name is not available. The bucket namespace is shared by all users "
                )
                raise ApiError(
                    409, f"{text}of the system. Please select a different name and try again.", "conflict"
                )
            if name in tables["buckets"]:
                text = "Your previous request to create the named bucket succeeded and you already own it."
                raise ApiError(409, text, "conflict")
            tables["buckets"][name] = row(project, location, inputs)
        return str(name)

    def look(self, identity: str, state: Props) -> Props | None:
        """What there is of it."""
        found = self.account.row("buckets", identity)
        if found is None:
            return None
        arguments = found["arguments"]
        own = {"forceDestroy": state.get("forceDestroy", False)}
        return {
            "publicAccessPrevention": "inherited",
            "storageClass": "STANDARD",
            "uniformBucketLevelAccess": False,
            "softDeletePolicy": {"retentionDurationSeconds": 604800.0},
            **{name: value for name, value in arguments.items() if name != "forceDestroy"},
            **own,
            "location": found["location"],
            "name": identity,
            "project": found["project"],
            "projectNumber": float(projects.number(self.account, found["project"])),
            "effectiveLabels": LABEL | arguments.get("labels", {}),
            "pulumiLabels": LABEL | arguments.get("labels", {}),
            "selfLink": f"{API}/b/{identity}",
            "url": f"gs://{identity}",
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Change what is not fixed."""
        del call, old
        with self.wrapped(f"Error updating Bucket {identity}"):
            if self.account.row("buckets", identity) is None:
                raise ApiError(404, "The specified bucket does not exist.")
            self.account.change("buckets", identity, arguments=new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Delete it; with objects in it only when that was said before."""
        del call
        with self.account.opened() as tables:
            inside = [key for key in tables["objects"] if key.startswith(f"{identity}/")]
            if inside and not state.get("forceDestroy"):
                raise RefusedError(
                    f"Error trying to delete bucket {identity} containing objects without `force_destroy` "
                    "set to true"
                )
            for key in inside:
                del tables["objects"][key]
            tables["buckets"].pop(identity, None)
            tables["policies"].pop(f"buckets/{identity}", None)


def _name_fault(name: str) -> str:
    """What is wrong with a bucket's name; nothing for a good one."""
    parts = name.split(".")
    if not names.BUCKET.fullmatch(name) or any(len(part) > _MOST for part in parts):
        return "a bucket's name has 3 to 63 lowercase letters, digits, dashes, dots, underscores"
    if name.startswith("goog") or re.search(r"g[o0]{2}gle", name):
        return "a bucket's name can't begin with 'goog' nor contain 'google'"
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return ""
    return "a bucket's name can't be an address"
