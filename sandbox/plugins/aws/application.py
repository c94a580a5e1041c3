"""Applications and their versions.

https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateApplicationVersion.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws import service
from sandbox.plugins.aws.base import ACCOUNT_ID, AwsResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class Application(AwsResource):
    """An application: a name for environments and versions."""

    token = "aws:elasticbeanstalk/application:Application"  # noqa: S105  a resource type
    table, service, kind = "applications", "Elastic Beanstalk", "Elastic Beanstalk Application"
    name_argument = "name"
    name_rule = (r"[^/]{1,100}", "must be 1 to 100 characters without a slash")
    force_new: ClassVar[frozenset[str]] = frozenset({"name", "region"})
    kept: ClassVar[frozenset[str]] = frozenset({"name", "region"})

    def make(self, call: Call, inputs: Props) -> str:
        """CreateApplication."""
        del call
        name: str = inputs["name"]
        self._check_role(name, inputs)
        with self.account.opened() as tables:
            if name in tables[self.table]:
                text = f"Application {name} already exists."
                raise self.error(f"creating {name}", "CreateApplication", "InvalidParameterValue", text)
            tables[self.table][name] = dict(inputs)
        return name

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeApplications."""
        row = super().look(identity, state)
        arn = f"arn:aws:elasticbeanstalk:{self.access.region}:{ACCOUNT_ID}:application/{identity}"
        return None if row is None else {**row, "arn": arn}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateApplication, UpdateApplicationResourceLifecycle."""
        del call, old
        self._check_role(identity, new)
        self.account.put(self.table, identity, dict(new))

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteApplication: all versions go with it, their bundles stay."""
        del call, state
        with self.account.opened() as tables:
            running = [
                row["name"]
                for row in tables["environments"].values()
                if row["application"] == identity and row["status"] != service.ENDED
            ]
            if running:
                why = f"it has {len(running)} running environments."
                text = f"Unable to delete application {identity} because {why}"
                raise self.error(
                    f"deleting {identity}", "DeleteApplication", "OperationInProgressFailure", text
                )
            tables[self.table].pop(identity, None)
            for table in ("versions", "environments"):
                for key, row in list(tables[table].items()):
                    if row["application"] == identity:
                        del tables[table][key]

    def _check_role(self, name: str, inputs: Props) -> None:
        lifecycle = inputs.get("appversionLifecycle") or {}
        role = lifecycle.get("serviceRole", "").rpartition("/")[2]
        if lifecycle and self.account.row("roles", role) is None:
            text = f"The role {lifecycle.get('serviceRole')} does not exist."
            raise self.error(f"creating {name}", "CreateApplication", "InvalidParameterValue", text)


class ApplicationVersion(AwsResource):
    """A version: a label for a bundle."""

    token = "aws:elasticbeanstalk/applicationVersion:ApplicationVersion"  # noqa: S105  a resource type
    table, service, kind = "versions", "Elastic Beanstalk", "Elastic Beanstalk Application Version"
    name_argument = "name"
    name_rule = (r"[^/]{1,100}", "must be 1 to 100 characters without a slash")
    force_new: ClassVar[frozenset[str]] = frozenset(
        {"name", "bucket", "key", "application", "process", "region"}
    )
    kept: ClassVar[frozenset[str]] = frozenset({"name", "region"})
    defaults: ClassVar[Mapping[str, Any]] = {"forceDelete": False}

    def make(self, call: Call, inputs: Props) -> str:
        """CreateApplicationVersion; then the application's lifecycle rule prunes."""
        del call
        label, application = inputs["name"], inputs["application"]

        def refused(text: str) -> Exception:
            operation = "CreateApplicationVersion"
            return self.error(f"creating {label}", operation, "InvalidParameterValue", text)

        with self.account.opened() as tables:
            if application not in tables["applications"]:
                raise refused(f"No Application named '{application}' found.")
            if f"{application}/{label}" in tables[self.table]:
                raise refused(f"Application Version {label} already exists.")
            bucket, key = inputs["bucket"], inputs["key"]
            if f"{bucket}/{key}" not in tables["objects"]:
                where = f"(Bucket: {bucket}  Key: {key})"
                raise refused(f"Unable to download from S3 location {where}. Reason: Not Found")
            row = {**inputs, "label": label, "created": time.time()}
            tables[self.table][f"{application}/{label}"] = row
        self._prune(application)
        return str(label)

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeApplicationVersions."""
        row = super().look(f"{state.get('application')}/{identity}", state)
        if row is None:
            return None
        name = f"{row['application']}/{identity}"
        arn = f"arn:aws:elasticbeanstalk:{self.access.region}:{ACCOUNT_ID}:applicationversion/{name}"
        told = {key: value for key, value in row.items() if key not in {"label", "created"}}
        return {**told, "arn": arn}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateApplicationVersion: the description."""
        del call, old
        self.account.change(self.table, f"{new['application']}/{identity}", **new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteApplicationVersion; one environment that ended a moment ago is left out, not two (2.8 #3)."""
        del call
        with self.account.opened() as tables:
            found = service.users(tables, state["application"], identity)
            ended = [row["name"] for row in tables["environments"].values() if row["status"] == service.ENDED]
            in_use = [name for name in found if name not in ended]
            if not state.get("forceDelete") and (in_use or len(found) > 1):
                names = ", ".join(found)
                used = f"in use by the following environments: {names}"
                text = f"Application Version ({identity}) is currently {used}"
                raise self.error(
                    f"deleting {identity}", "DeleteApplicationVersion", "SourceBundleInUse", text
                )
            tables[self.table].pop(f"{state['application']}/{identity}", None)

    def _prune(self, application: str) -> None:
        """The lifecycle rule: the oldest beyond the count go, but for those in use.

        https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-lifecycle.html
        """
        with self.account.opened() as tables:
            rule = tables["applications"][application].get("appversionLifecycle") or {}
            own = [row for row in tables[self.table].values() if row["application"] == application]
            limit = int(rule.get("maxCount") or len(own))
            for row in sorted(own, key=lambda row: row["created"])[: max(0, len(own) - limit)]:
                if service.users(tables, application, row["label"]):
                    continue
                del tables[self.table][f"{application}/{row['label']}"]
                if rule.get("deleteSourceFromS3"):
                    name = f"{row['bucket']}/{row['key']}"
                    tables["objects"].pop(name, None)
                    (self.account.folder / "s3" / name).unlink(missing_ok=True)
