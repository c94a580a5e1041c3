"""The stack's configuration: read once, checked as a whole, then frozen.

Nothing below `read` sees `pulumi.Config`, and no resource exists yet when a value is refused.
"""

from collections.abc import Mapping
from typing import Any, Literal

import pulumi
from pulumi.runtime import config as raw
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from components import faults, registry
from components.errors import ConfigError
from components.notions import (
    AppName,
    EnvironmentName,
    EnvironmentValue,
    Folder,
    HostName,
    PythonVersion,
    ReleaseId,
    UrlPath,
    UrlPrefix,
)

PROJECT = "flask-deploy"


class Section(BaseModel):
    """A part of the configuration: camelCase keys, unknown ones refused, frozen, defaults checked too."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        validate_default=True,
        strict=True,
        hide_input_in_errors=True,
    )


class GitSettings(Section):
    """Where the app's code comes from, when not from a folder."""

    url: str = Field(description="repository", examples=["https://example.com/me/shop.git"])
    ref: str = Field(description="full commit id or tag", examples=["v1.4.2"])
    path: str = Field("", description="folder of the repository that holds the app", examples=["backend"])


class HealthSettings(Section):
    """How a release proves that it serves."""

    path: UrlPath | None = Field(
        None,
        description="must answer 2xx; without it, '/' must answer below 500",
        examples=["/healthz"],
    )
    timeout: int = Field(60, ge=1, le=600, description="seconds until it must have answered", examples=[60])

    @property
    def accept(self) -> str:
        """What counts as an answer: `success` is 2xx; `any`, without a path of one's own, is below 500."""
        return "success" if self.path else "any"


class AppSettings(Section):
    """The Flask app: the same keys on every target."""

    name: AppName = Field(description="names users, folders and units", examples=["bookstore"])
    path: str | None = Field(None, description="folder of the app", examples=["assets/app"])
    git: GitSettings | None = Field(None, description="or a repository", examples=[{"url": "…", "ref": "v1"}])
    wsgi: str | None = Field(
        None,
        description="module:callable or module:factory(); found as `flask run` does",
        examples=["run:application"],
    )
    python: PythonVersion = Field(
        "3.11", description="version, or the least one on a machine", examples=["3.12"]
    )
    environment: dict[EnvironmentName, EnvironmentValue] = Field({}, description="environment variables")
    static: dict[UrlPrefix, Folder] = Field(
        {}, description="URL prefix -> folder", examples=[{"/avatar": "images"}]
    )
    persistent: list[Folder] = Field(
        ["instance"], description="folders that outlive a release", examples=[["images"]]
    )
    health: HealthSettings = Field(HealthSettings(), description="how a release proves that it serves")
    release_command: str = Field(
        "",
        description="shell command, once per release, before it serves",
        examples=["flask --app run db upgrade"],
    )

    @model_validator(mode="after")
    def _one_source(self) -> "AppSettings":
        if (self.path is None) == (self.git is None):
            raise ValueError("should have either 'path' or 'git', for example path: assets/app")
        return self


class MachineSettings(Section):
    """The web stack on a machine (targets vm and ecs)."""

    web_stack: Literal["nginx-uwsgi", "nginx-gunicorn", "apache-uwsgi", "apache-gunicorn"] = Field(
        "nginx-uwsgi", description="web server and app server", examples=["nginx-uwsgi"]
    )
    server_name: HostName = Field("", description="the site's host name", examples=["shop.example.com"])
    workers: int | Literal["auto"] = Field(
        "auto", description="processes; auto is cores + 1", examples=["auto"]
    )
    threads: int = Field(8, ge=1, le=256, description="threads of each process", examples=[8])
    max_body_megabytes: int = Field(16, ge=1, le=2048, description="largest request", examples=[16])
    purge_data: bool = Field(
        default=False, description="destroy removes the app's data too", examples=[False]
    )

    @model_validator(mode="after")
    def _bounds(self) -> "MachineSettings":
        if self.workers != "auto" and not 1 <= self.workers <= 256:
            raise ValueError("'workers' should be 'auto' or 1 to 256, for example auto")
        return self


class Settings(Section):
    """The whole of a stack's configuration, but for the target's own section."""

    target: str
    app: AppSettings
    secrets: dict[EnvironmentName, SecretStr] = {}
    machine: MachineSettings = MachineSettings()
    pinned_release: ReleaseId = ""

    @property
    def owner(self) -> str:
        """Who deploys, as `project/stack`: marks what is ours in places that others share."""
        return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def values() -> dict[str, Any]:
    """Return this project's configuration, each value as YAML meant it."""
    config = pulumi.Config(PROJECT)
    names = {**raw.get_config_env(), **raw.CONFIG.get()}
    keys = sorted(name.partition(":")[2] for name in names if name.startswith(f"{PROJECT}:"))
    return {key: _value(config, key) for key in keys}


def _value(config: pulumi.Config, key: str) -> Any:
    try:
        return config.get_object(key)
    except pulumi.ConfigTypeError:
        return config.get(key)


def read(config: Mapping[str, Any]) -> tuple[Settings, Any]:
    """Check the whole configuration; return it with the target's own section.

    Raises ConfigError with every fault: where, what rule, an example, the remedy.
    """
    entry = registry.entry(config.get("target"))
    found = []
    own = config.get(entry.section, {}) if entry.section else {}
    section = None
    try:
        section = entry.load().Section.model_validate(own)
    except ValidationError as error:
        found += faults.explain(error, entry.load().Section, entry.section)
    common = {key: value for key, value in config.items() if key not in registry.SECTIONS}
    try:
        settings = Settings.model_validate(common)
    except ValidationError as error:
        raise ConfigError([*faults.explain(error, Settings, ""), *found]) from None
    found += _secret_faults(settings)
    if found:
        raise ConfigError(found)
    return settings, section


def _secret_faults(settings: Settings) -> list[str]:
    found = []
    if settings.secrets and not raw.is_config_secret(f"{PROJECT}:secrets"):
        name = next(iter(settings.secrets))
        found.append(
            "secrets: should be encrypted, and these values stand in plain text; "
            "change them where they came from, then: "
            f"pulumi config set --secret --path '{PROJECT}:secrets.{name}'"
        )
    found += [
        f"secrets/{name}: should be in one place, and app/environment has it too; remove one of them"
        for name in sorted(settings.secrets.keys() & settings.app.environment.keys())
    ]
    return found
