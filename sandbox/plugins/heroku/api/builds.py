"""Builds: https://devcenter.heroku.com/articles/build-and-release-using-the-api.

A build is asked for, and done by the app's worker. A source lies in the account's folder until then.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.plugins.heroku.api.apps import buildpack_url
from sandbox.plugins.heroku.api.platform import USER, Platform, Row, app_row, not_found, now, numbered, tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def new_source() -> str:
    """A name for a source's archive."""
    return str(uuid.uuid4())


def upload(platform: Platform, source: str, archive: bytes) -> None:
    """Take a source's archive."""
    path = source_file(platform, str(uuid.UUID(source)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(archive)


def create(  # noqa: PLR0913 - a build's own arguments
    platform: Platform,
    app: str,
    *,
    source: str = "",
    url: str = "",
    checksum: str = "",
    version: str = "",
    buildpacks: Sequence[str] = (),
) -> Row:
    """Ask for a build of a source that was uploaded, otherwise of the archive at `url`."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        urls = [buildpack_url(one) for one in buildpacks] or [one["url"] for one in row["buildpacks"]]
        build: Row = {
            "id": str(uuid.uuid4()),
            "app": row["id"],
            "status": "pending",
            "source": source,
            "url": url,
            "checksum": checksum,
            "version": version,
            "buildpacks": urls,
            "stack": row["stack"],
            "slug": None,
            "release": None,
            "created_at": now(),
            "user": USER,
        }
        numbered(tables, "builds", build)
        tell(row, "Build started")
    platform.host.wake(build["app"])
    return info(platform, app, build["id"])


def info(platform: Platform, app: str, build: str) -> Row:
    """One build. One that is pending is worked on: a worker that was killed is started again."""
    with platform.account.opened() as tables:
        row = app_row(tables, app)
        found = tables["builds"].get(build)
        if found is None or found["app"] != row["id"]:
            raise not_found("build")
        answer = dict(found)
    if answer["status"] == "pending":
        platform.host.wake(answer["app"])
    return answer


def output(platform: Platform, build: str) -> str:
    """A build's log."""
    path = output_file(platform, build)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def source_file(platform: Platform, source: str) -> Path:
    """Where an uploaded source is."""
    return platform.account.folder / "sources" / f"{source}.tgz"


def output_file(platform: Platform, build: str) -> Path:
    """Where a build's log is."""
    return platform.account.folder / "build-output" / f"{build}.log"
