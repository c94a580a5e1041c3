"""The provider: resource types, the function, settings."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pulumiverse_heroku import app, build, domain, formation

from sandbox.plugins.cloud import loopback
from sandbox.plugins.cloud.faults import Cloud, Texts
from sandbox.plugins.cloud.schema import Schema
from sandbox.plugins.heroku import settings
from sandbox.plugins.heroku.api import server
from sandbox.plugins.heroku.client import Client
from sandbox.plugins.heroku.resources.app import App
from sandbox.plugins.heroku.resources.build import Build
from sandbox.plugins.heroku.resources.config_association import ConfigAssociation
from sandbox.plugins.heroku.resources.domain import Domain
from sandbox.plugins.heroku.resources.formation import Formation
from sandbox.plugins.heroku.resources.release import Release
from sandbox.plugins.provider import Failure, Function, Provider

if TYPE_CHECKING:
    from sandbox.plugins.calls import Call
    from sandbox.plugins.heroku.api.platform import Platform
    from sandbox.plugins.heroku.resources.base import HerokuResource
    from sandbox.plugins.values import Props

VERSION = "1.0.4"
# `{what}` is the operation and the type: one that was refused before the provider could ask for more.
_TEXTS = Texts(
    refused="You do not have access to this resource ({what}).",
    failed="Internal server error. ({what})",
    landed="EOF ({what})",
)
_TYPES: tuple[tuple[type[HerokuResource], type, type], ...] = (
    (App, app.App, app.AppArgs),
    (Build, build.Build, build.BuildArgs),
    (ConfigAssociation, app.ConfigAssociation, app.ConfigAssociationArgs),
    (Domain, domain.Domain, domain.DomainArgs),
    (Formation, formation.Formation, formation.FormationArgs),
    (Release, app.Release, app.ReleaseArgs),
)


def make(platform: Platform) -> Provider:
    """The provider of an account's platform.

    An API that is said to be on this computer's loopback is served there, while the plugin runs: for what
    a program asks of it beside the provider, such as an app's log.
    """
    cloud = Cloud(platform.account, _TEXTS)
    client = Client(platform)

    def configure(_: Call, given: Props) -> None:
        client.access = settings.access(given)
        port = loopback.port(client.access.url)
        if port is not None:
            with suppress(OSError):  # another of the engine's plugins serves it already
                server.serve(platform, port)

    return Provider(
        name="heroku",
        version=VERSION,
        resources={kind.token: kind(cloud, Schema.of(*sdk), client) for kind, *sdk in _TYPES},
        functions={"heroku:app/getApp:getApp": _get_app(client)},
        check_config=settings.check,
        configure=configure,
    )


def _get_app(client: Client) -> Function:
    """What the data source tells of an app that is managed elsewhere."""

    def get_app(call: Call, args: Props) -> tuple[Props, tuple[Failure, ...]]:
        name = args["name"]
        found: dict[str, Any] = client.ask(call, "GET", f"/apps/{name}")
        installed = client.ask(call, "GET", f"/apps/{name}/buildpack-installations")
        answer: Props = {
            "acm": found["acm"],
            "buildpacks": [one["buildpack"]["name"] for one in installed],
            "configVars": client.ask(call, "GET", f"/apps/{name}/config-vars"),
            "gitUrl": found["git_url"],
            "herokuHostname": found["web_url"].removeprefix("http://").removesuffix("/"),
            "id": found["id"],
            "internalRouting": False,
            "name": found["name"],
            "organizations": [],
            "region": found["region"]["name"],
            "space": "",
            "stack": found["build_stack"]["name"],
            "uuid": found["id"],
            "webUrl": found["web_url"],
        }
        return answer, ()

    return get_app
