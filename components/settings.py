"""The stack's configuration: read once, checked as a whole, then frozen.

Nothing below `read` sees `pulumi.Config`, and no resource exists yet when a value is refused.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Literal

import pulumi
from pulumi.runtime import config as raw
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from components import faults, registry
from components.errors import ConfigError, gathering
from components.notions import (
    AppName,
    EnvironmentName,
    EnvironmentValue,
    Folder,
    HostName,
    KeptRelease,
    PythonVersion,
    SecretValue,
    Text,
    UrlPath,
    UrlPrefix,
    Workers,
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
    def asked(self) -> str:
        """The path that is asked."""
        return self.path or "/"

    @property
    def accept(self) -> str:
        """What counts as an answer: `success` is 2xx; `any`, without a path of one's own, is below 500."""
        return "success" if self.path else "any"


class AppSettings(Section):
    """The Flask app: the same keys on every target."""

    name: AppName = Field(description="names users, folders and units", examples=["bookstore"])
    path: str | None = Field(
        None, description="folder of the app, relative to Pulumi.yaml; this or git", examples=["assets/app"]
    )
    git: GitSettings | None = Field(
        None, description="a commit of a repository; this or path", examples=[{"url": "…", "ref": "v1"}]
    )
    wsgi: str | None = Field(
        None,
        description="module:callable or module:factory(); without it, searched as `flask run` does",
        examples=["run:application"],
    )
    python: PythonVersion = Field(
        "3.11", description="platforms: this version; machines: at least this one", examples=["3.12"]
    )
    environment: dict[EnvironmentName, EnvironmentValue] = Field({}, description="environment variables")
    static: dict[UrlPrefix, Folder] = Field(
        {}, description="URL prefix -> folder", examples=[{"/avatar": "images"}]
    )
    persistent: list[Folder] = Field(
        ["instance"], description="folders that outlive a release", examples=[["images"]]
    )
    health: HealthSettings = Field(HealthSettings(), description="how a release proves that it serves")
    release_command: Text = Field(
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
    server_name: HostName = Field(
        "", description="the site's host name; needed from the second app on", examples=["shop.example.com"]
    )
    workers: Workers = Field("auto", description="processes; auto is cores + 1", examples=["auto"])
    threads: int = Field(8, ge=1, le=256, description="threads of each process", examples=[8])
    max_body_megabytes: int = Field(
        16, ge=1, le=2048, description="largest request body, in MiB", examples=[16]
    )
    settle_seconds: int = Field(
        6,
        ge=0,
        le=120,
        description="how long a new release is watched before it gets requests: none of its processes "
        "may end, and it must go on answering",
        examples=[6],
    )
    purge_data: bool = Field(
        default=False, description="destroy removes the app's data too", examples=[False]
    )


class Settings(Section):
    """The whole of a stack's configuration, but for the target's own section."""

    target: str
    app: AppSettings
    secrets: dict[EnvironmentName, SecretValue] = {}
    machine: MachineSettings = MachineSettings()
    pinned_release: KeptRelease = ""

    @property
    def owner(self) -> str:
        """Who deploys, as `project/stack`: marks what is ours in places that others share."""
        return f"{pulumi.get_project()}/{pulumi.get_stack()}"


def values() -> dict[str, Any]:
    """Return this project's configuration: structures as YAML meant them, all else as text.

    Only structures are parsed, since a release id such as 123456789012 or 12345678e901 is no number.
    """
    config = pulumi.Config(PROJECT)
    keys = sorted(name.partition(":")[2] for name in _names() if name.startswith(f"{PROJECT}:"))
    return {key: _value(config, key) for key in keys}


def _names() -> set[str]:
    """The keys of all namespaces, in full."""
    return {*raw.get_config_env(), *raw.CONFIG.get()}


def _value(config: pulumi.Config, key: str) -> Any:
    with suppress(pulumi.ConfigTypeError):
        value = config.get_object(key)
        if isinstance(value, dict | list):
            return value
    return config.get(key)


def read(config: Mapping[str, Any]) -> tuple[Settings, Any]:
    """Check the whole configuration; return it with the target's own section.

    Raises ConfigError with every fault: where, what rule, an example, the remedy.
    """
    found = faults.misspelled(_names(), PROJECT)
    section: Any = None
    with gathering(found):
        entry = registry.entry(config.get("target"))
        section = _checked(entry.load().Section, config.get(entry.section, {}), entry.section, ())
        found += _plain_faults(entry.section, _secret_keys(section))
    common = {key: value for key, value in config.items() if key not in registry.SECTIONS}
    common["target"] = str(config.get("target"))  # judged above
    settings: Any = None
    with gathering(found):
        settings = _checked(Settings, common, "", registry.SECTIONS)
        found += _plain_faults("secrets", list(settings.secrets))
        found += _secret_faults(settings)
    if found:
        raise ConfigError(found)
    return settings, section


def _checked(model: type[BaseModel], value: Any, prefix: str, beside: Collection[str]) -> Any:
    try:
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        raise ConfigError(faults.explain(error, model, prefix, beside)) from None


def _secret_keys(section: BaseModel) -> list[str]:
    fields = type(section).model_fields.items()
    return [info.alias or key for key, info in fields if isinstance(getattr(section, key), SecretStr)]


def _plain_faults(key: str, names: list[str]) -> list[str]:
    if not names or raw.is_config_secret(f"{PROJECT}:{key}"):
        return []
    rule = f"{key}: should be encrypted, but {', '.join(names)} can be read in the stack's file"
    command = f"pulumi config set --secret --path '{PROJECT}:{key}.{names[0]}'"
    return [f"{rule}; change it where it came from, then: {command}"]


def _secret_faults(settings: Settings) -> list[str]:
    found = [
        f"secrets/{name}: should be in one place, and app/environment has it too; remove one of them"
        for name in sorted(settings.secrets.keys() & settings.app.environment.keys())
    ]
    if raw.is_config_secret(f"{PROJECT}:app"):
        found.append(
            "app: has an encrypted value, and would show it, since only secrets are kept secret; move it: "
            f"pulumi config set --secret --path '{PROJECT}:secrets.NAME'"
        )
    return found
