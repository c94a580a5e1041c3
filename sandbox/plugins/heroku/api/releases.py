"""Releases, and the config vars that make one: https://devcenter.heroku.com/articles/releases.

A release is a slug together with config vars. It is pending while its release phase runs, and only one
that succeeded is what dynos run: https://devcenter.heroku.com/articles/release-phase.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.api import formation
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
    from collections.abc import Mapping

    from sandbox.plugins.cloud.account import Table

_CONFIG_BYTES = 64 << 10  # all keys and values: devcenter, config-vars#limits
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def config_vars(platform: Platform, app: str) -> dict[str, str]:
    """The config vars of an app, add-ons' among them."""
    with platform.account.opened() as tables:
        return dict(app_row(tables, app)["config_vars"])


def set_config_vars(platform: Platform, app: str, changes: Mapping[str, str | None]) -> None:
    """Set config vars, remove those that are None. A release, if that changes anything.

    They are the app's only when the release is: until a release phase has ended well, the API tells the old
    ones (https://github.com/heroku/cli/issues/3345).
    """
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        before = row["config_vars"]
        wanted = {**before, **{name: value for name, value in changes.items() if value is not None}}
        removed = [name for name, value in changes.items() if value is None and name in before]
        for name in removed:
            del wanted[name]
        _check(wanted)
        added = [name for name in wanted if wanted[name] != before.get(name)]
        if not added and not removed:
            return
        text = f"{'Set' if added else 'Remove'} {', '.join(sorted(added or removed))} config vars"
        tell(row, text)
        # The slug that runs, not one whose release phase failed: heroku-releases-retry, issue 6.
        slug = (current(tables, row) or {}).get("slug")
        record(tables, row, slug, text, wanted)
        identity = row["id"]
    platform.host.wake(identity)


def create(platform: Platform, app: str, slug: str, description: str = "") -> Row:
    """Release a slug that is there."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        if slug not in tables["slugs"] or tables["slugs"][slug]["app"] != row["id"]:
            raise not_found("slug")
        release = dict(record(tables, row, slug, description or f"Deploy {slug[:8]}"))
    platform.host.wake(row["id"])
    return release


def rollback(platform: Platform, app: str, version: int) -> Row:
    """Release an earlier release's slug and config vars again."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        found = [one for one in owned(tables, "releases", row) if one["version"] == version]
        if not found or found[0]["status"] != "succeeded" or not found[0]["slug"]:
            raise not_found("release")
        text = f"Rollback to v{version}"
        release = dict(record(tables, row, found[0]["slug"], text, found[0]["config_vars"]))
    platform.host.wake(row["id"])
    return release


def info(platform: Platform, app: str, release: str) -> Row:
    """One release."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        found = tables["releases"].get(release)
        if found is None or found["app"] != row["id"]:
            raise not_found("release")
        return dict(found)


def all_of(platform: Platform, app: str) -> list[Row]:
    """Every release of an app, the newest first."""
    with platform.account.opened() as tables:
        return [dict(one) for one in reversed(owned(tables, "releases", app_row(tables, app)))]


def record(
    tables: dict[str, Table],
    app: Row,
    slug: str | None,
    description: str,
    config_vars: Mapping[str, str] | None = None,
) -> Row:
    """Write down a release, of the app's own config vars without others; it runs unless it has a phase."""
    former = owned(tables, "releases", app)
    version = former[-1]["version"] + 1 if former else 1
    phase = slug is not None and "release" in tables["slugs"][slug]["process_types"]
    release: Row = {
        "id": str(uuid.uuid4()),
        "app": app["id"],
        "version": version,
        "slug": slug,
        "config_vars": dict(app["config_vars"] if config_vars is None else config_vars),
        "description": description,
        "status": "pending" if phase else "succeeded",
        "current": False,
        "created_at": now(),
        "output": "",
    }
    numbered(tables, "releases", release)
    tell(app, f"Release v{version} created")
    if not phase:
        make_current(tables, app, release)
    return release


def make_current(tables: dict[str, Table], app: Row, release: Row) -> None:
    """Let dynos run a release."""
    first_code = not any(one["slug"] and one["current"] for one in owned(tables, "releases", app))
    first_code = first_code and not app["formation"]
    for one in owned(tables, "releases", app):
        one["current"] = one["id"] == release["id"]
    release["status"] = "succeeded"
    app["config_vars"] = dict(release["config_vars"])
    if release["slug"]:
        types = tables["slugs"][release["slug"]]["process_types"]
        app["formation"] = formation.follow(app["formation"], types, first_code=first_code)
    app["generation"] += 1


def current(tables: dict[str, Table], app: Row) -> Row | None:
    """The release that dynos run."""
    return next((one for one in owned(tables, "releases", app) if one["current"]), None)


def _check(wanted: Mapping[str, str]) -> None:
    for name in wanted:
        if not _KEY.fullmatch(name):
            raise ApiError(f"Config var key {name} is invalid.")
    size = sum(len(name.encode()) + len(value.encode()) for name, value in wanted.items())
    if size > _CONFIG_BYTES:
        raise ApiError("Config vars can't be larger than 64KB.")
