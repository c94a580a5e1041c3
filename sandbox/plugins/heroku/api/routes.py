"""The Platform API's routes: what each asks of the platform, and what it answers.

The paths are Heroku's (https://devcenter.heroku.com/articles/platform-api-reference); those that start
with `blobs` and `streams` stand for the storage that Heroku hands out addresses of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.plugins.heroku.api import apps, builds, domains, formation, log_sessions, releases, shapes
from sandbox.plugins.heroku.api.platform import not_found

if TYPE_CHECKING:
    from sandbox.plugins.heroku.api.platform import Platform


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request; `base` is the address that the client uses the API at, `raw` a body that is no JSON."""

    method: str
    path: str
    body: Any = field(default_factory=dict)
    raw: bytes = b""
    base: str = ""


Handler = Callable[["Platform", Request, list[str]], Any]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def _route(method: str, path: str) -> Callable[[Handler], Handler]:
    pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", path))

    def add(handler: Handler) -> Handler:
        ROUTES.append((method, pattern, handler))
        return handler

    return add


@_route("POST", "/apps")
def _create_app(platform: Platform, request: Request, _: list[str]) -> Any:
    return shapes.app(apps.create(platform, request.body))


@_route("POST", "/teams/apps")
def _create_team_app(platform: Platform, request: Request, _: list[str]) -> Any:
    del platform, request
    raise not_found("team")  # the sandbox's account is in none


@_route("GET", "/apps/{app}")
def _app(platform: Platform, _: Request, names: list[str]) -> Any:
    return shapes.app(apps.info(platform, names[0]))


@_route("PATCH", "/apps/{app}")
def _update_app(platform: Platform, request: Request, names: list[str]) -> Any:
    wanted = {"name": request.body.get("name"), "stack": request.body.get("build_stack")}
    given = {name: value for name, value in wanted.items() if value}
    return shapes.app(apps.update(platform, names[0], given))


@_route("DELETE", "/apps/{app}")
def _delete_app(platform: Platform, _: Request, names: list[str]) -> Any:
    row = apps.info(platform, names[0])
    apps.delete(platform, names[0])
    return shapes.app(row)


@_route("POST", "/apps/{app}/acm")
def _enable_acm(platform: Platform, _: Request, names: list[str]) -> Any:
    apps.set_acm(platform, names[0], enabled=True)
    return shapes.app(apps.info(platform, names[0]))


@_route("DELETE", "/apps/{app}/acm")
def _disable_acm(platform: Platform, _: Request, names: list[str]) -> Any:
    apps.set_acm(platform, names[0], enabled=False)
    return shapes.app(apps.info(platform, names[0]))


@_route("GET", "/apps/{app}/buildpack-installations")
def _buildpacks(platform: Platform, _: Request, names: list[str]) -> Any:
    row = apps.info(platform, names[0])
    return [{"ordinal": number, "buildpack": one} for number, one in enumerate(row["buildpacks"])]


@_route("PUT", "/apps/{app}/buildpack-installations")
def _set_buildpacks(platform: Platform, request: Request, names: list[str]) -> Any:
    apps.set_buildpacks(platform, names[0], [update["buildpack"] for update in request.body["updates"]])
    return _buildpacks(platform, request, names)


@_route("GET", "/apps/{app}/config-vars")
def _config_vars(platform: Platform, _: Request, names: list[str]) -> Any:
    return releases.config_vars(platform, names[0])


@_route("PATCH", "/apps/{app}/config-vars")
def _set_config_vars(platform: Platform, request: Request, names: list[str]) -> Any:
    releases.set_config_vars(platform, names[0], request.body)
    return releases.config_vars(platform, names[0])


@_route("GET", "/apps/{app}/releases")
def _releases(platform: Platform, _: Request, names: list[str]) -> Any:
    return [shapes.release(row) for row in releases.all_of(platform, names[0])]


@_route("POST", "/apps/{app}/releases")
def _create_release(platform: Platform, request: Request, names: list[str]) -> Any:
    given = request.body
    return shapes.release(releases.create(platform, names[0], given["slug"], given.get("description") or ""))


@_route("GET", "/apps/{app}/releases/{release}")
def _release(platform: Platform, _: Request, names: list[str]) -> Any:
    return shapes.release(releases.info(platform, *names))


@_route("GET", "/apps/{app}/formation/{type}")
def _formation(platform: Platform, _: Request, names: list[str]) -> Any:
    return shapes.formation(formation.info(platform, *names))


@_route("PATCH", "/apps/{app}/formation/{type}")
def _scale(platform: Platform, request: Request, names: list[str]) -> Any:
    return shapes.formation(formation.update(platform, names[0], names[1], request.body))


@_route("POST", "/apps/{app}/domains")
def _create_domain(platform: Platform, request: Request, names: list[str]) -> Any:
    return shapes.domain(domains.create(platform, names[0], request.body["hostname"]))


@_route("GET", "/apps/{app}/domains/{domain}")
def _domain(platform: Platform, _: Request, names: list[str]) -> Any:
    return shapes.domain(domains.info(platform, *names))


@_route("PATCH", "/apps/{app}/domains/{domain}")
def _update_domain(platform: Platform, request: Request, names: list[str]) -> Any:
    endpoint = request.body.get("sni_endpoint") or ""
    return shapes.domain(domains.update(platform, names[0], names[1], endpoint))


@_route("DELETE", "/apps/{app}/domains/{domain}")
def _delete_domain(platform: Platform, _: Request, names: list[str]) -> Any:
    row = domains.info(platform, *names)
    domains.delete(platform, *names)
    return shapes.domain(row)


@_route("POST", "/sources")
def _create_source(_: Platform, request: Request, __: list[str]) -> Any:
    address = f"{request.base}/blobs/{builds.new_source()}"
    return {"source_blob": {"get_url": address, "put_url": address}}


@_route("PUT", "/blobs/{source}")
def _upload(platform: Platform, request: Request, names: list[str]) -> Any:
    builds.upload(platform, names[0], request.raw)
    return ""


@_route("POST", "/apps/{app}/builds")
def _create_build(platform: Platform, request: Request, names: list[str]) -> Any:
    blob = request.body["source_blob"]
    url, own = blob["url"], f"{request.base}/blobs/"
    row = builds.create(
        platform,
        names[0],
        source=url.removeprefix(own) if url.startswith(own) else "",
        url=url,
        checksum=blob.get("checksum") or "",
        version=blob.get("version") or "",
        buildpacks=[one.get("url") or one["name"] for one in request.body.get("buildpacks") or ()],
    )
    return shapes.build(row, request.base)


@_route("GET", "/apps/{app}/builds/{build}")
def _build(platform: Platform, request: Request, names: list[str]) -> Any:
    return shapes.build(builds.info(platform, *names), request.base)


@_route("GET", "/streams/{stream}")
def _stream(platform: Platform, _: Request, names: list[str]) -> Any:
    return log_sessions.read(platform, names[0]) or builds.output(platform, names[0])


@_route("POST", "/apps/{app}/log-sessions")
def _create_log_session(platform: Platform, request: Request, names: list[str]) -> Any:
    lines = int(request.body.get("lines") or log_sessions.MOST)
    session = log_sessions.create(platform, names[0], lines)
    return {"id": session, "logplex_url": f"{request.base}/streams/{session}"}
