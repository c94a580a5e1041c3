"""Environments, with the manners of the provider: what it waits for, what it reads, what it overlooks.

Source: terraform-provider-aws, internal/service/elasticbeanstalk/environment.go.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.machines import addresses
from sandbox.plugins.aws import functions, options, service
from sandbox.plugins.aws.base import ACCOUNT_ID, AwsResource
from sandbox.plugins.aws.errors import provider_error
from sandbox.plugins.calls import HalfDoneError
from sandbox.plugins.cloud.values import opened
from sandbox.plugins.provider import Diff, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

POLL_SECONDS: Final = 0.3
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}


class Environment(AwsResource):
    """An environment: one instance that runs a version, behind an address of its own."""

    token = "aws:elasticbeanstalk/environment:Environment"  # noqa: S105  a resource type
    table, service, kind = "environments", "Elastic Beanstalk", "Elastic Beanstalk Environment"
    name_argument = "name"
    force_new: ClassVar[frozenset[str]] = frozenset({"name", "tier", "cnamePrefix", "region"})
    kept: ClassVar[frozenset[str]] = frozenset(
        {"name", "cnamePrefix", "platformArn", "solutionStackName", "version", "region"}
    )
    defaults: ClassVar[Mapping[str, Any]] = {"tier": "WebServer", "waitForReadyTimeout": "20m"}

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """What the provider checks by itself: one way to name a platform, the tier, durations."""
        ways = [name for name in ("solutionStackName", "platformArn", "templateName") if inputs.get(name)]
        if len(ways) > 1:
            yield Failure(ways[0], f'"{ways[0]}": conflicts with {ways[1]}')
        if inputs.get("tier", "WebServer") not in {"WebServer", "Worker"}:
            yield Failure("tier", f'expected tier to be one of ["WebServer" "Worker"], got {inputs["tier"]}')
        if not re.fullmatch(r"\d+[smh]", str(inputs.get("waitForReadyTimeout", "20m"))):
            yield Failure("waitForReadyTimeout", '"wait_for_ready_timeout" cannot be parsed as a duration')

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Settings are a set, and the order inside a value does not count."""
        found = super().diff(call, old, new)
        same = _set(old.get("settings")) == _set(new.get("settings"))
        detailed = {path: kind for path, kind in found.detailed.items() if path[0] != "settings" or not same}
        return Diff(detailed, delete_before_replace=found.delete_before_replace)

    def make(self, call: Call, inputs: Props) -> str:
        """CreateEnvironment, then wait until it is Ready."""
        started = time.time()
        name: str = inputs["name"]
        wanted = options.taken(inputs.get("settings", []))
        with self.account.opened() as tables:
            self._check_new(name, inputs, wanted, tables)
        identity = f"e-{secrets.token_hex(5)}"
        row = {
            "name": name,
            "application": inputs["application"],
            "tier": inputs.get("tier", "WebServer"),
            "cnamePrefix": inputs.get("cnamePrefix", ""),
            "tags": inputs.get("tags", {}),
            "number": addresses.reserve(),
            "instance": "",
            "coming": "",
            "ended": 0.0,
            "events": [],
            "status": "Launching",
            "health": "Grey",
            "todo": True,
            "options": wanted,
            "wanted": wanted,
            "version": inputs.get("version", ""),
            "wantedVersion": inputs.get("version", ""),
            "stack": inputs["solutionStackName"],
            "wantedStack": inputs["solutionStackName"],
        }
        self.account.put(self.table, identity, row)
        status = self._wait(call, identity, inputs)
        if status == service.ENDED:
            text = f"waiting for {self.kind} ({identity}) create: couldn't find resource (21 retries)"
            raise HalfDoneError(f"1 error occurred:\n\t* {text}\n\n", identity, {**inputs, "id": identity})
        if errors := service.errors_since(self.account.table(self.table)[identity], started):
            text = f"waiting for Elastic Beanstalk Environment ({identity}) create: {'; '.join(errors)}"
            state = {**inputs, **(self.look(identity, inputs) or {}), "id": identity}
            raise HalfDoneError(f"1 error occurred:\n\t* {text}\n\n", identity, {**state, **inputs})
        return identity

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeEnvironments, DescribeConfigurationSettings; of the settings those that are recorded."""
        row = super().look(identity, state)
        if row is None or row["status"] == service.ENDED:
            return None
        address = addresses.address(row["number"])
        present = options.answered(row["options"])
        settings = [
            {**one, "value": present[full], **({"resource": ""} if "resource" in one else {})}
            for one in state.get("settings", [])
            if (full := options.key(one["namespace"], one["name"])) in present and not one.get("resource")
        ]
        arn = f"arn:aws:elasticbeanstalk:{self.access.region}:{ACCOUNT_ID}:environment"
        return {
            "application": row["application"],
            "name": row["name"],
            "tier": row["tier"],
            "version": row["version"],
            "solutionStackName": row["stack"],
            "tags": row["tags"],
            **({"cnamePrefix": row["cnamePrefix"]} if row["cnamePrefix"] else {}),
            "cname": address,
            "endpointUrl": address,
            "instances": [f"i-{row['instance']}"],
            "settings": settings,
            "allSettings": options.listed(row["options"]),
            "arn": f"{arn}/{row['application']}/{row['name']}",
            "region": self.access.region,
            "autoscalingGroups": [f"awseb-{identity}"],
            "loadBalancers": [],
            "queues": [],
            "triggers": [],
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateEnvironment with what differs from the record; then wait until it is Ready."""
        before, after = _set(old.get("settings")), _set(new.get("settings"))
        differs = any(
            old.get(name) != new.get(name) for name in ("version", "solutionStackName", "description")
        )
        if before == after and not differs:
            self.account.change(self.table, identity, tags=new.get("tags", {}))
            return
        started = time.time()
        with self.account.opened() as tables:
            row = tables[self.table].get(identity)
            if row is None or row["status"] == service.ENDED:
                raise self._refused("updating", new["name"], f"No Environment found for {new['name']}.")
            if row["status"] != "Ready":
                what = "is in an invalid state for this operation. Must be Ready."
                text = f"Environment named {row['name']} {what}"
                raise self._refused("updating", row["name"], text)
            wanted = self._wanted(row, old, new)
            self._check_change(row, new, wanted, tables)
            row.update(status="Updating", todo=True, wanted=wanted, tags=new.get("tags", {}))
            row.update(wantedVersion=new.get("version", row["version"]))
            row.update(wantedStack=new.get("solutionStackName", row["stack"]))
        self._wait(call, identity, new)
        if errors := service.errors_since(self.account.table(self.table)[identity], started):
            text = f"waiting for Elastic Beanstalk Environment ({identity}) update: {'; '.join(errors)}"
            raise provider_error(text)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """TerminateEnvironment, then wait until it is Terminated."""
        with self.account.opened() as tables:
            row = tables[self.table].get(identity)
            if row is None or row["status"] == service.ENDED:
                return
            row.update(status="Terminating", todo=True)
        self._wait(call, identity, state)

    def _wait(self, call: Call, identity: str, inputs: Props) -> str:
        """Poll until nothing is going on; the status. A worker that was killed has a successor."""
        limit = str(inputs.get("waitForReadyTimeout", "20m"))
        deadline = time.monotonic() + int(limit[:-1]) * _UNITS[limit[-1]]
        while True:
            row = self.account.table(self.table)[identity]
            if not row["todo"]:
                return str(row["status"])
            if time.monotonic() > deadline:
                state = f"(last state: '{row['status']}', timeout: {limit})"
                raise provider_error(f"timeout while waiting for state to become 'Ready' {state}")
            service.wake(self.account, identity)
            call.sleep(POLL_SECONDS)

    def _wanted(self, row: Mapping[str, Any], old: Props, new: Props) -> options.Options:
        """What the call carries: settings that differ from the record, and those to remove."""
        before, after = _set(old.get("settings")), _set(new.get("settings"))
        found: options.Options = dict(row["options"])
        for namespace, name, _, _ in before - after:
            found.pop(options.key(namespace, name), None)
        carried = [one for one in new.get("settings", []) if options.hashed(one) in after - before]
        return found | options.taken(carried)

    def _check_new(
        self, name: str, inputs: Props, wanted: options.Options, tables: Mapping[str, Any]
    ) -> None:
        running = [row for row in tables[self.table].values() if row["status"] != service.ENDED]
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]", name):
            raise self._refused(
                "creating",
                name,
                f"Value {name} at 'EnvironmentName' failed to satisfy constraint: Member must be 4 to 40 "
                "characters in length, letters, numbers and hyphens only, no hyphen at the start or end",
            )
        if any(row["name"] == name for row in running):
            raise self._refused("creating", name, f"Environment {name} already exists.")
        prefix = inputs.get("cnamePrefix", "")
        if prefix and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]", prefix):
            raise self._refused(
                "creating", name, f"Value {prefix} at 'CNAMEPrefix' failed to satisfy constraint"
            )
        foreign = tables.get("foreignCnames", {})
        if prefix and (prefix in foreign or any(row["cnamePrefix"] == prefix for row in running)):
            host = f"{prefix}.{self.access.region}.elasticbeanstalk.com"
            raise self._refused("creating", name, f"DNS name ({host}) is not available.")
        if inputs["application"] not in tables["applications"]:
            raise self._refused("creating", name, f"No Application named '{inputs['application']}' found.")
        self._check(name, inputs, wanted, tables, "creating")

    def _check_change(
        self, row: Mapping[str, Any], new: Props, wanted: options.Options, tables: Mapping[str, Any]
    ) -> None:
        kinds = options.balancer(row["options"]), options.balancer(wanted)
        if all(kinds) and kinds[0] != kinds[1]:
            text = (
                f"Invalid option value: '{kinds[1]}' (Namespace: 'aws:elasticbeanstalk:environment', "
                "OptionName: 'LoadBalancerType'): You can't change the load balancer type of an environment."
            )
            raise self._refused("updating", row["name"], text)
        self._check(row["name"], {"application": row["application"], **new}, wanted, tables, "updating")

    def _check(
        self, name: str, inputs: Props, wanted: options.Options, tables: Mapping[str, Any], doing: str
    ) -> None:
        version = inputs.get("version", "")
        if version and f"{inputs['application']}/{version}" not in tables["versions"]:
            text = f"No Application Version named '{version}' found."
            raise self._refused(doing, name, text)
        if inputs.get("solutionStackName") not in functions.STACKS:
            text = f"No Solution Stack named '{inputs.get('solutionStackName')}' found."
            raise self._refused(doing, name, text)
        if problem := options.fault(wanted):
            raise self._refused(doing, name, problem, "ConfigurationValidationException")
        enhanced = wanted.get(f"{options.EB}:healthreporting:system SystemType") == "enhanced"
        role = wanted.get(options.key(options.ENVIRONMENT, "ServiceRole"), "")
        if (enhanced or role) and role.rpartition("/")[2] not in tables["roles"]:
            text = "The service role is required for enhanced health, and does not exist."
            raise self._refused(doing, name, text, "ConfigurationValidationException")

    def _refused(self, doing: str, name: str, text: str, code: str = "InvalidParameterValue") -> Exception:
        operation = "CreateEnvironment" if doing == "creating" else "UpdateEnvironment"
        return self.error(f"{doing} {name}", operation, code, text)


def _set(settings: Any) -> set[tuple[str, str, str, str]]:
    return {options.hashed(one) for one in opened(settings or []) if isinstance(one, dict)}
