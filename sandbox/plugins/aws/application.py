"""Applications and their versions.

https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateApplicationVersion.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.aws import iam_policy, service
from sandbox.plugins.aws.base import ACCOUNT_ID, BeanstalkResource
from sandbox.plugins.aws.errors import provider_error
from sandbox.plugins.calls import HalfDoneError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props


class Application(BeanstalkResource):
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
        with self.account.opened() as tables:
            if name in tables[self.table]:
                text = f"Application {name} already exists."
                raise self.error(f"creating {name}", "CreateApplication", "InvalidParameterValue", text)
            plain = {key: value for key, value in inputs.items() if key != "appversionLifecycle"}
            tables[self.table][name] = plain
        try:
            self._set_lifecycle(name, inputs)
        except RefusedError as problem:  # the application is there
            raise HalfDoneError(str(problem), name, {**inputs, "id": name}) from problem
        return name

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeApplications."""
        row = super().look(identity, state)
        arn = f"arn:aws:elasticbeanstalk:{self.access.region}:{ACCOUNT_ID}:application/{identity}"
        return None if row is None else {**row, "arn": arn}

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateApplication, UpdateApplicationResourceLifecycle."""
        del call
        self.account.change(self.table, identity, **{key: new.get(key) for key in ("description", "tags")})
        if old.get("appversionLifecycle") != new.get("appversionLifecycle"):
            self._set_lifecycle(identity, new)

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
                why = "it has a version that is deployed to a running environment."
                text = f"Unable to delete application {identity} because {why}"
                raise self.error(
                    f"deleting {identity}", "DeleteApplication", "OperationInProgressFailure", text
                )
            tables[self.table].pop(identity, None)
            for table in ("versions", "environments"):
                for key, row in list(tables[table].items()):
                    if row["application"] == identity:
                        del tables[table][key]

    def _set_lifecycle(self, name: str, inputs: Props) -> None:
        """UpdateApplicationResourceLifecycle."""
        lifecycle = inputs.get("appversionLifecycle") or {}
        given = lifecycle.get("serviceRole", "")
        role = self.account.row("roles", given.rpartition("/")[2])
        if lifecycle and (role is None or not iam_policy.trusts(role, iam_policy.BEANSTALK)):
            text = f"The service role {given} does not exist, or Elastic Beanstalk can't assume it."
            operation = "UpdateApplicationResourceLifecycle"
            raise self.error(f"updating {name}", operation, "InvalidParameterValue", text)
        self.account.change(self.table, name, appversionLifecycle=lifecycle or None)


class ApplicationVersion(BeanstalkResource):
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
        """DescribeApplicationVersions, of which the provider reads neither bucket nor key."""
        row = super().look(f"{state.get('application')}/{identity}", state)
        if row is None:
            return None
        told = ("application", "name", "description", "tags", "region")
        return {
            **{key: row[key] for key in told if key in row},
            "arn": self._arn(row["application"], identity),
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateApplicationVersion: the description."""
        del call, old
        self.account.change(self.table, f"{new['application']}/{identity}", **new)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """DeleteApplicationVersion. The provider itself refuses at two environments that use it (2.8 #3)."""
        del call
        application = state["application"]
        with self.account.opened() as tables:
            found = service.users(tables, application, identity)
            if not state.get("forceDelete") and len(found) > 1:
                names = " ".join(found)
                what = (
                    f"{self.kind} ({identity}) is currently in use by the following environments: [{names}]"
                )
                raise provider_error(what)
            statuses = [tables["environments"][one]["status"] for one in found]
            if any(status != service.ENDED for status in statuses):
                text = f"Unable to delete application version: {identity}. "
                if "Ready" in statuses:
                    text += "It is deployed to a running environment."
                else:
                    text += "An operation is already in progress, please retry again shortly."
                operation, code = "DeleteApplicationVersion", "OperationInProgressFailure"
                raise self.error(f"deleting {identity}", operation, code, text)
            tables[self.table].pop(f"{application}/{identity}", None)

    def _prune(self, application: str) -> None:
        """The lifecycle rule, as far as its role may: the oldest beyond the count go, but for those in use.

        https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-lifecycle.html
        """
        with self.account.opened() as tables:
            rule = tables["applications"][application].get("appversionLifecycle") or {}
            own = [row for row in tables[self.table].values() if row["application"] == application]
            limit = int(rule.get("maxCount") or len(own))
            role = str(rule.get("serviceRole", "")).rpartition("/")[2]
            for row in sorted(own, key=lambda row: row["created"])[: max(0, len(own) - limit)]:
                arn = self._arn(application, row["label"])
                may = iam_policy.may(tables, iam_policy.BEANSTALK, role)
                if service.users(tables, application, row["label"]):
                    continue
                if not may("elasticbeanstalk:DeleteApplicationVersion", arn):
                    continue
                name = f"{row['bucket']}/{row['key']}"
                if rule.get("deleteSourceFromS3") and may("s3:DeleteObject", f"arn:aws:s3:::{name}"):
                    tables["objects"].pop(name, None)
                    (self.account.folder / "s3" / name).unlink(missing_ok=True)
                del tables[self.table][f"{application}/{row['label']}"]

    def _arn(self, application: str, label: str) -> str:
        name = f"{application}/{label}"
        return f"arn:aws:elasticbeanstalk:{self.access.region}:{ACCOUNT_ID}:applicationversion/{name}"
