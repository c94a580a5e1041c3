"""Environments, with the manners of the provider: what it waits for, what it reads, what it overlooks.

Source: terraform-provider-aws, internal/service/elasticbeanstalk/environment.go.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.machines import addresses
from sandbox.plugins.aws import control, options, service
from sandbox.plugins.aws.base import ACCOUNT_ID, BeanstalkResource
from sandbox.plugins.aws.errors import provider_error
from sandbox.plugins.calls import HalfDoneError, RefusedError
from sandbox.plugins.cloud import workers
from sandbox.plugins.cloud.values import opened
from sandbox.plugins.provider import Diff, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.calls import Call
    from sandbox.plugins.values import Props

POLL_SECONDS: Final = 0.3  # the provider's first look is after 10 s
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}
_TRIES: Final = 21  # of the provider, for something that it does not find; here it says so at once


class Environment(BeanstalkResource):
    """An environment: instances that run a version, behind an address of its own."""

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
        if ways[:1] != ["solutionStackName"] or inputs.get("tier") == "Worker":
            what = "only web servers with a solutionStackName are"
            yield Failure("", f"{what} emulated by the sandbox, see sandbox/README.md")

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Settings are a set, and the order inside a value does not count.

        What is recorded after a success is what the service answers: a setting that it answers otherwise, or
        not at all, differs in every plan.
        """
        found = super().diff(call, old, new)
        detailed = {path: kind for path, kind in found.detailed.items() if path[0] != "settings"}
        before, after = _settings(old), _settings(new)
        detailed |= _differences(options.read_back(before, options.taken(before)), after)
        return Diff(detailed, delete_before_replace=found.delete_before_replace)

    def make(self, call: Call, inputs: Props) -> str:
        """CreateEnvironment, then wait until it is Ready."""
        started = time.time()
        wanted = options.taken(_settings(inputs))
        try:
            with self.account.opened() as tables:
                control.check_new(inputs, wanted, tables, self.access.region)
                own = f"elasticbeanstalk-{self.access.region}-{ACCOUNT_ID}"
                tables["buckets"].setdefault(own, {"tags": {}, "parts": {}})  # it stays for good
        except control.InvalidError as problem:
            raise self._refused(f"creating {inputs['name']}", "CreateEnvironment", problem) from None
        identity = f"e-{secrets.token_hex(5)}"
        self.account.put(self.table, identity, service.launched(inputs, wanted, addresses.reserve()))
        half = {**inputs, "id": identity}
        try:
            status = self._wait(call, identity, inputs, "create")
        except RefusedError as problem:
            raise HalfDoneError(str(problem), identity, half) from problem
        if status == service.ENDED:
            text = f"waiting for {self.kind} ({identity}) create: couldn't find resource ({_TRIES} retries)"
            raise HalfDoneError(str(provider_error(text)), identity, half)
        if errors := service.errors_since(self.account.table(self.table)[identity], started):
            text = f"creating {self.kind} ({identity}): {errors}"
            state = {**(self.look(identity, inputs) or {}), **half}
            raise HalfDoneError(str(provider_error(text)), identity, state)
        return identity

    def look(self, identity: str, state: Props) -> Props | None:
        """DescribeEnvironments, DescribeConfigurationSettings; of the settings those that are recorded."""
        row = super().look(identity, state)
        if row is None or row["status"] == service.ENDED:
            return None
        address = addresses.address(row["number"])
        arn = f"arn:aws:elasticbeanstalk:{self.access.region}:{ACCOUNT_ID}:environment"
        return {
            "application": row["application"],
            "name": row["name"],
            "tier": row["tier"],
            "description": row["description"],
            "version": row["version"],
            "solutionStackName": row["stack"],
            "tags": row["tags"],
            **({"cnamePrefix": row["cnamePrefix"]} if row["cnamePrefix"] else {}),
            "cname": address,
            "endpointUrl": address,
            "instances": row["instances"],
            "settings": options.read_back(_settings(state), row["options"]),
            "allSettings": options.listed(row["options"]),
            "arn": f"{arn}/{row['application']}/{row['name']}",
            "region": self.access.region,
            "autoscalingGroups": [f"awseb-{identity}-stack-AWSEBAutoScalingGroup"],
            "loadBalancers": [row["balancer"]] if row["balancer"] else [],
            "launchConfigurations": [],
            "queues": [],
            "triggers": [],
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """UpdateEnvironment with what differs from the record; then wait until it is Ready."""
        started = time.time()
        before, after = _set(_settings(old)), _set(_settings(new))
        with self.account.opened() as tables:
            row = tables[self.table].get(identity)
            if row is None or row["status"] == service.ENDED:
                problem = control.InvalidError(f"No Environment found for EnvironmentId = '{identity}'.")
                raise self._refused(f"updating {identity}", "UpdateEnvironment", problem)
            row["tags"] = new.get("tags", {})
            if before != after or _differs(old, new):
                self._request(identity, row, old, new, tables)
        self._wait(call, identity, new, "update")
        if errors := service.errors_since(self.account.table(self.table)[identity], started):
            raise provider_error(f"updating {self.kind} ({identity}): {errors}")

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Wait until it is Ready, TerminateEnvironment, wait until it is Terminated."""
        if self.account.row(self.table, identity) is None:
            return
        if self._wait(call, identity, state, "update") == service.ENDED:
            return
        self.account.change(self.table, identity, status="Terminating", todo=True)
        self._wait(call, identity, state, "delete")

    def _request(
        self, identity: str, row: dict[str, Any], old: Props, new: Props, tables: Mapping[str, Any]
    ) -> None:
        """UpdateEnvironment itself: the settings that differ from the record, and those to remove."""
        before, after = _set(_settings(old)), _set(_settings(new))
        wanted: options.Options = dict(row["options"])
        for namespace, name, _, _ in before - after:
            wanted.pop(options.key(namespace, name), None)
        wanted |= options.taken([one for one in _settings(new) if options.hashed(one) in after - before])
        try:
            if row["status"] != "Ready":
                what = "is in an invalid state for this operation. Must be Ready."
                raise control.InvalidError(f"Environment named {row['name']} {what}")  # noqa: TRY301
            control.check_change(row, new, wanted, tables)
        except control.InvalidError as problem:
            raise self._refused(f"updating {identity}", "UpdateEnvironment", problem) from None
        row.update(status="Updating", todo=True, wanted=wanted, description=new.get("description", ""))
        row.update(health=row["health"] if options.enhanced(wanted) else "Grey")
        row.update(wantedVersion=new.get("version", row["version"]))
        row.update(wantedStack=new.get("solutionStackName", row["stack"]))

    def _wait(self, call: Call, identity: str, inputs: Props, what: str) -> str:
        """Poll until nothing is going on; the status. A worker that was killed has a successor."""
        limit = str(inputs.get("waitForReadyTimeout", "20m"))
        deadline = time.monotonic() + int(limit[:-1]) * _UNITS[limit[-1]]
        while True:
            row = self.account.table(self.table)[identity]
            if not row["todo"]:
                return str(row["status"])
            if time.monotonic() > deadline:
                state = f"(last state: '{row['status']}', timeout: {limit})"
                text = f"timeout while waiting for state to become 'Ready' {state}"
                raise provider_error(f"waiting for {self.kind} ({identity}) {what}: {text}")
            workers.wake("aws", self.account, identity)
            call.sleep(POLL_SECONDS)

    def _refused(self, doing: str, operation: str, problem: control.InvalidError) -> Exception:
        return self.error(doing, operation, problem.code, str(problem))


def _settings(inputs: Props) -> list[dict[str, Any]]:
    """The settings that are known: in a preview, some depend on what is not made yet."""
    return [one for one in opened(inputs.get("settings") or []) if isinstance(one, dict)]


def _set(settings: Iterable[Mapping[str, Any]]) -> set[tuple[str, str, str, str]]:
    return {options.hashed(one) for one in settings}


def _differs(old: Props, new: Props) -> bool:
    """Whether an argument of UpdateEnvironment is another one; what the service fills in may be left out."""
    given = [name for name in ("version", "solutionStackName") if name in new]
    return any((old.get(name) or "") != (new.get(name) or "") for name in (*given, "description"))


def _differences(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> dict[tuple[str | int, ...], str]:
    """The settings that change; all of them where one has no `resource` (2.8 #7)."""
    gone, come = _set(before) - _set(after), _set(after) - _set(before)
    if not gone and not come:
        return {}
    whole = any("resource" not in one for one in after)
    found: dict[tuple[str | int, ...], str] = {
        ("settings", index): "UPDATE" if index < len(before) else "ADD"
        for index, one in enumerate(after)
        if whole or options.hashed(one) in come
    }
    if gone and not found:
        return {
            ("settings", index): "DELETE" for index, one in enumerate(before) if options.hashed(one) in gone
        }
    return found
