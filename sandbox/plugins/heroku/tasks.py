"""What a worker does for an app: a build, a release phase, and telling its machine what to run."""

from __future__ import annotations

import secrets
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from sandbox.machines import MachineError
from sandbox.plugins.heroku import suites
from sandbox.plugins.heroku.api import builds, releases
from sandbox.plugins.heroku.api.formation import DEFAULT_SIZE
from sandbox.plugins.heroku.api.platform import Platform, Row, numbered, owned, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.plugins.cloud.account import Table

_DOWNLOAD_SECONDS: Final = 60
_DECLARED: Final = (
    " !     Release command declared: this new release will not be available until the command succeeds.\n"
)


class Worksite(Protocol):
    """A machine that builds and runs (slughost.py)."""

    def await_router(self) -> None:
        """Wait until requests are answered."""

    def build(self, archive: Path, order: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
        """Build a source; what came out."""

    def one_off(self, order: Mapping[str, Any], say: Callable[[str], None]) -> bool:
        """Run a one-off dyno; whether its command succeeded."""

    def apply(self, order: Mapping[str, Any]) -> None:
        """Hand over what dynos are to run."""


class _SourceError(Exception):
    """A source that can't be had."""


def build(platform: Platform, app: Row, row: Row, ready: Callable[[], Worksite]) -> None:
    """Do one build; a good one is released. It fails if its machine does."""
    path = builds.output_file(platform, row["id"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as output, _archive(platform, row) as archive:

        def say(text: str) -> None:
            output.write(text)
            output.flush()

        try:
            if isinstance(archive, _SourceError):
                raise archive
            order = {
                "identity": row["id"],
                "suite": suites.of(archive, app["python"]),
                "stack": row["stack"],
                "buildpacks": row["buildpacks"],
                "config_vars": app["config_vars"],
            }
            outcome = ready().build(archive, order, say)
        except (MachineError, _SourceError) as problem:
            say(f"\n !     {problem}\n !     Push failed\n")
            outcome = {"ok": False}
        else:
            outcome["suite"] = order["suite"]
        if outcome["ok"]:
            say("-----> Launching...\n")
            say(_release(platform, row, outcome))
        else:
            _fail(platform, row)
    builds.source_file(platform, row["source"]).unlink(missing_ok=True)


def _release(platform: Platform, row: Row, outcome: Mapping[str, Any]) -> str:
    """Write down the slug and its release; the last lines of the log."""
    with platform.account.opened() as tables:
        app = tables["apps"][row["app"]]
        slug = {
            "id": outcome["slug"],
            "app": app["id"],
            "suite": outcome["suite"],
            "size": outcome["size"],
            "process_types": outcome["process_types"],
            "commit": row["version"],
        }
        numbered(tables, "slugs", slug)
        name = (row["version"] or slug["id"])[:8]
        tell(app, f"Deploy {name}")
        release = releases.record(tables, app, slug["id"], f"Deploy {name}")
        app["python"] = outcome["python"]
        tables["builds"][row["id"]].update(status="succeeded", slug=slug["id"], release=release["id"])
        tell(app, "Build succeeded")
        address = app["address"]
    declared = _DECLARED if release["status"] == "pending" else ""
    return f"{declared}       Released v{release['version']}\n       http://{address}/ deployed to Heroku\n\n"


def _fail(platform: Platform, row: Row) -> None:
    with platform.account.opened() as tables:
        tables["builds"][row["id"]]["status"] = "failed"
        tell(tables["apps"][row["app"]], "Build failed")


@contextmanager
def _archive(platform: Platform, row: Row) -> Iterator[Path | _SourceError]:
    """The source's archive, or why it can't be had."""
    with tempfile.TemporaryDirectory() as folder:
        path = builds.source_file(platform, row["source"])
        try:
            if not row["source"]:
                path = Path(folder, "source.tgz")
                with urllib.request.urlopen(row["url"], timeout=_DOWNLOAD_SECONDS) as answer:  # noqa: S310
                    path.write_bytes(answer.read())
            digest = f"SHA256:{sha256(path.read_bytes()).hexdigest()}"
        except OSError as problem:
            yield _SourceError(f"Unable to fetch the source: {problem}")
            return
        if row["checksum"] and row["checksum"].lower() != digest.lower():
            yield _SourceError(f"Checksum mismatch: the source has {digest}")
        else:
            yield path


def release_phase(platform: Platform, app: Row, release: Row, ready: Callable[[], Worksite]) -> None:
    """Run a release's own command; only then it is what dynos run, and only if that went well."""
    slug = platform.account.table("slugs")[release["slug"]]
    order = {
        "name": f"release.{secrets.randbelow(9000) + 1000}",
        "command": slug["process_types"]["release"],
        "size": app["formation"].get("release", {}).get("size", DEFAULT_SIZE),
        "slug": slug["id"],
        "suite": slug["suite"],
        "config_vars": release["config_vars"],
    }
    said: list[str] = []
    try:
        succeeded = ready().one_off(order, said.append)
    except MachineError as problem:
        said.append(str(problem))
        succeeded = False
    with platform.account.opened() as tables:
        stored = tables["releases"][release["id"]]
        stored["output"] = "".join(said)
        row = tables["apps"][app["id"]]
        if succeeded:
            releases.make_current(tables, row, stored)
        else:
            stored["status"] = "failed"
            tell(row, f"Release v{stored['version']} command failed")


def apply(platform: Platform, app_id: str, site: Worksite) -> None:
    """Tell the app's machine what to run from now on."""
    site.await_router()
    with platform.account.opened() as tables:
        app = tables["apps"][app_id]
        order = {"desired": _desired(tables, app), "events": list(app["events"])}
        order["keep"] = [slug["id"] for slug in owned(tables, "slugs", app)]
        generation = app["generation"]
    site.apply(order)
    with platform.account.opened() as tables:
        app = tables["apps"][app_id]
        app["applied"] = generation
        app["events"] = app["events"][len(order["events"]) :]


def _desired(tables: dict[str, Table], app: Row) -> dict[str, Any]:
    """The document that the machine's dyno manager reads (guest/order.py)."""
    release = releases.current(tables, app) or {"slug": None, "version": 0, "config_vars": {}}
    slug = tables["slugs"].get(release["slug"] or "")
    domains = [domain["hostname"] for domain in owned(tables, "domains", app)]
    return {
        "hosts": [app["address"], app["hostname"], *domains],
        "slug": release["slug"],
        "suite": slug["suite"] if slug else "",
        "stamp": f"v{release['version']}, {app['restarts']} restarts",
        "config_vars": release["config_vars"],
        "boot_seconds": app["boot_seconds"],
        "formation": [process for process in app["formation"].values() if process["type"] != "release"],
    }
