"""Apps: https://devcenter.heroku.com/articles/platform-api-reference#app."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.api import releases
from sandbox.plugins.heroku.api.platform import (
    ApiError,
    Platform,
    Row,
    app_row,
    not_found,
    now,
    numbered,
    owned,
    tell,
)

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Table

REGIONS = ("us", "eu")  # of the Common Runtime: devcenter, regions
STACKS = ("heroku-22", "heroku-24", "heroku-26")  # devcenter, stack
DEFAULT_STACK = "heroku-26"
OFFICIAL = "urn:buildpack:"
_NAME = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


def create(platform: Platform, wanted: Row) -> Row:
    """Make an app. Takes as long as its machine needs to boot."""
    name = wanted["name"]
    check_name(name)
    if wanted.get("region", "us") not in REGIONS:
        raise not_found("region")
    stack = wanted.get("stack", DEFAULT_STACK)
    _check_stack(stack)
    sweep(platform)
    identity = str(uuid.uuid4())
    row: Row = {
        "id": identity,
        "name": name,
        "machine": machine_name(name, identity),
        "region": wanted.get("region", "us"),
        "stack": stack,
        "hostname": f"{name}-{secrets.token_hex(6)}.herokuapp.com",
        "created_at": now(),
        "acm": False,
        "address": "",
        "boot_seconds": 60,
        "buildpacks": [],
        "config_vars": {},
        "events": [],
        "formation": {},
        "generation": 0,  # counts what changes that which runs
        "applied": -1,
        "restarts": 0,
        "python": "",
    }
    with platform.account.opened() as tables:
        _check_free(tables, name)
        numbered(tables, "apps", row)
    address = platform.host.claim(row["machine"])
    with platform.account.opened() as tables:
        stored = app_row(tables, identity)
        stored["address"] = address
        releases.record(tables, stored, None, "Initial release")
        releases.record(tables, stored, None, "Enable Logplex")
    platform.host.wake(identity)
    return info(platform, identity)


def info(platform: Platform, name: str) -> Row:
    """An app. One whose machine was taken away does not exist any more."""
    with platform.account.opened() as tables:
        row = dict(app_row(tables, name))
    if not platform.host.exists(row["machine"]):
        _forget(platform, row)
        raise not_found("app")
    return row


def update(platform: Platform, name: str, wanted: Row) -> Row:
    """Rename an app, or choose the stack of its next build."""
    with platform.account.opened() as tables:
        row = app_row(tables, name)
        if wanted.get("name", row["name"]) != row["name"]:
            check_name(wanted["name"])
            _check_free(tables, wanted["name"])
            row["hostname"] = row["hostname"].replace(row["name"], wanted["name"], 1)
            row["name"] = wanted["name"]
            row["generation"] += 1
        if "stack" in wanted:
            _check_stack(wanted["stack"])
            row["stack"] = wanted["stack"]
        identity = row["id"]
    platform.host.wake(identity)
    return info(platform, identity)


def set_buildpacks(platform: Platform, name: str, buildpacks: list[str]) -> None:
    """Choose the buildpacks of the next build."""
    with platform.account.opened() as tables:
        app_row(tables, name)["buildpacks"] = [_installed(buildpack) for buildpack in buildpacks]


def set_acm(platform: Platform, name: str, *, enabled: bool) -> None:
    """Let Heroku care for certificates. Not on Eco dynos: devcenter, automated-certificate-management."""
    with platform.account.opened() as tables:
        row = app_row(tables, name)
        if enabled and any(process["size"] == "Eco" for process in row["formation"].values()):
            raise ApiError("Automated Certificate Management is not available for apps on Eco dynos.")
        row["acm"] = enabled


def restart(platform: Platform, name: str) -> None:
    """Restart all dynos."""
    with platform.account.opened() as tables:
        row = app_row(tables, name)
        row["restarts"] += 1
        row["generation"] += 1
        tell(row, "Restarted")
        identity = row["id"]
    platform.host.wake(identity)


def delete(platform: Platform, name: str) -> None:
    """Delete an app with all it has. Takes as long as its machine needs to go."""
    with platform.account.opened() as tables:
        row = dict(app_row(tables, name))
    _forget(platform, row)


def _forget(platform: Platform, row: Row) -> None:
    """Take the machine down, and forget what the account knows; a run that was cut off is finished."""
    with platform.account.opened() as tables:
        for table in ("builds", "releases", "slugs", "domains"):
            for one in owned(tables, table, row):
                del tables[table][one["id"]]
        tables["apps"].pop(row["id"], None)
        tables["leaving"][row["machine"]] = {"app": row["id"]}
    sweep(platform)


def sweep(platform: Platform) -> None:
    """Take down the machines of deleted apps that are still there: a deletion was cut off."""
    for machine in platform.account.table("leaving"):
        platform.host.drop(machine)
        platform.account.drop("leaving", machine)


def machine_name(name: str, identity: str) -> str:
    """The machine of an app: names it, and is no other's, whatever the app was called before."""
    return f"heroku-{name[:16].rstrip('-')}-{identity[:6]}"


def check_name(name: str) -> None:
    """Refuse a name outside the rules: providers.md 9, devcenter, custom-domains."""
    if not _NAME.fullmatch(name):
        raise ApiError(
            "Name must start with a letter, end with a letter or digit and can only contain lowercase "
            "letters, digits, and dashes."
        )
    if len(name) < 3:
        raise ApiError("Name is too short (minimum is 3 characters).")
    if len(name) > 30:
        raise ApiError("Name is too long (maximum is 30 characters).")


def _check_free(tables: dict[str, Table], name: str) -> None:
    """Refuse a name that somebody has, all over Heroku; `taken` is what others have."""
    if name in tables["taken"] or any(row["name"] == name for row in tables["apps"].values()):
        raise ApiError(f"Name {name} is already taken")


def _check_stack(stack: str) -> None:
    if stack not in STACKS:
        raise ApiError(f"Stack {stack} is not available.")


def _installed(buildpack: str) -> dict[str, str]:
    """What the API answers: official names stay, others come back as addresses."""
    url = buildpack_url(buildpack)
    return {"name": url.removeprefix(OFFICIAL), "url": url}


def buildpack_url(buildpack: str) -> str:
    """How the API names a buildpack: official ones by a URN, others of the registry by their address."""
    if buildpack.startswith(("https://", "http://", "git://", "git@")):
        return buildpack
    name = buildpack.removeprefix(OFFICIAL)
    if re.fullmatch(r"heroku/[a-z-]+", name):
        return OFFICIAL + name
    if re.fullmatch(r"[\w-]+/[\w-]+", name):
        return f"https://buildpack-registry.s3.amazonaws.com/buildpacks/{name}.tgz"
    raise ApiError(f"Couldn't find that buildpack: {buildpack}", "not_found")
