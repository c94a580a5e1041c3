"""What the machine of an app is told, from the account's tables; the reader is guest/document.py."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp import iam, names, projects
from sandbox.plugins.gcp.guest import cloud_logging

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.plugins.cloud.account import Account, Table

Tables = dict[str, "Table"]

# MB: https://cloud.google.com/appengine/docs/standard#instance_classes
MEMORY: Final[Mapping[str, int]] = {
    "F1": 384,
    "F2": 768,
    "F4": 1536,
    "F4_1G": 3072,
    "B1": 384,
    "B2": 768,
    "B4": 1536,
    "B4_1G": 3072,
    "B8": 3072,
}
_ALL: Final = "INGRESS_TRAFFIC_ALLOWED_ALL"
_OPEN: Final = frozenset({_ALL, "INGRESS_TRAFFIC_ALLOWED_UNSPECIFIED", ""})


def present(account: Account) -> Tables:
    """A copy of all tables; one that nothing was put into yet is empty."""
    return defaultdict(dict, account.tables())


def of(tables: Tables, project: str) -> dict[str, Any]:
    """The document of a project's app."""
    application = tables["applications"][project]
    row = projects.ensure(tables, project)
    prefix = "e~" if application["location"].startswith("europe") else "s~"
    return {
        "project": project,
        "hostname": names.hostname(project, application["location"]),
        "application": f"{prefix}{project}",
        "serving": application.get("serving_status", "SERVING") == "SERVING",
        "services": {name: _service(tables, project, name) for name in services(tables, project)},
        "accounts": list(tables["accounts"]),
        "secrets": {name: _secret(tables, project, name) for name in _of(tables["secrets"], project)},
        "secret_manager": projects.SECRET_MANAGER in row["enabled"],
        "logging": projects.LOGGING in row["enabled"],
    }


def services(tables: Tables, project: str) -> list[str]:
    """The services of a project's app."""
    return list(_of(tables["services"], project))


def versions(tables: Tables, project: str, service: str) -> dict[str, Any]:
    """The versions of a service, by id."""
    return dict(_of(tables["versions"], f"{project}/{service}"))


def addresses(tables: Tables) -> dict[str, str]:
    """Every name of every app, with the address of its machine; Cloud Logging is at the last one's."""
    return {
        name: str(row["address"])
        for project, row in tables["applications"].items()
        if "address" in row
        for name in (*_names(tables, project, names.hostname(project, row["location"])), cloud_logging.HOST)
    }


def _names(tables: Tables, project: str, host: str) -> Iterator[str]:
    for own in (host, f"{project}.appspot.com"):
        yield own
        for service in services(tables, project):
            yield f"{service}-dot-{own}"
            for version in versions(tables, project, service):
                yield f"{version}-dot-{service}-dot-{own}"
                yield f"{version}-dot-{own}"


def _of(table: Table, prefix: str) -> Table:
    """The rows whose key is the prefix and one more part, by that part."""
    start = f"{prefix}/"
    return {
        key.removeprefix(start): row
        for key, row in table.items()
        if key.startswith(start) and "/" not in key.removeprefix(start)
    }


def _service(tables: Tables, project: str, name: str) -> dict[str, Any]:
    row = tables["services"][f"{project}/{name}"]
    return {
        "ingress": _ALL if row.get("ingress", "") in _OPEN else row["ingress"],
        "shard_by": row.get("shard_by", ""),
        "split": row["split"],
        "versions": {id_: _version(one) for id_, one in versions(tables, project, name).items()},
    }


def _version(row: Mapping[str, Any]) -> dict[str, Any]:
    given = row["arguments"]
    scheduler = given.get("automaticScaling", {}).get("standardSchedulerSettings", {})
    always = scheduler.get("minInstances", 0) or given.get("manualScaling", {}).get("instances", 0)
    return {
        "build": row["build"],
        "layer": row["layer"],
        "entrypoint": given["entrypoint"]["shell"],
        "environment": given.get("envVariables", {}),
        "handlers": given.get("handlers", []),
        "account": row["account"],
        "user": row["user"],
        "runtime": given["runtime"],
        "memory": MEMORY[given.get("instanceClass", "F1")],
        "min_instances": min(int(always), 2),  # more than that is no use on one computer
    }


def _secret(tables: Tables, project: str, name: str) -> dict[str, Any]:
    row = tables["secrets"][f"{project}/{name}"]
    resources = (f"secrets/{project}/{name}", f"projects/{project}")
    emails = tables["accounts"]
    return {
        "number": projects.ensure(tables, project)["number"],
        "readers": [one for one in emails if iam.allows(tables, resources, iam.READ_SECRET, one)],
        "versions": row["versions"],
    }
