"""The provider's own settings and where it finds credentials (provider.go, config.go)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.values import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.calls import Call
    from sandbox.plugins.gcp.base import Settings
    from sandbox.plugins.values import Props

_PROJECT: Final = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_CREDENTIALS: Final = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
_TOKEN: Final = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 - a variable's name
_ADC: Final = "GOOGLE_APPLICATION_CREDENTIALS"


def configure(settings: Settings) -> Callable[[Call, Props], None]:
    """What takes the settings; it refuses a program that has no credentials. Any are accepted."""

    def take(_: Call, given: Props) -> None:
        plain = {name: opened(value) for name, value in given.items()}
        settings.project = str(plain.get("project") or _first(_PROJECT))
        settings.region = str(plain.get("region") or _first(("GOOGLE_REGION", "GCLOUD_REGION")))
        settings.zone = str(plain.get("zone") or _first(("GOOGLE_ZONE", "GCLOUD_ZONE")))
        _authenticate(plain)

    return take


def _authenticate(plain: dict[str, Any]) -> None:
    if plain.get("accessToken") or os.environ.get(_TOKEN):
        return
    key = str(plain.get("credentials") or _first(_CREDENTIALS))
    if key:
        _check_key(key)
        return
    path = os.environ.get(_ADC) or Path.home() / ".config/gcloud/application_default_credentials.json"
    if not Path(path).is_file():
        raise RefusedError(
            "Attempted to load application default credentials since neither `credentials` nor "
            "`access_token` was set in the provider block.  No credentials loaded. To use your gcloud "
            "credentials, run 'gcloud auth application-default login'"
        )


def _check_key(text: str) -> None:
    """A key is JSON, or the path of a file with it."""
    content = Path(text).read_text(encoding="utf-8") if len(text) < 1000 and Path(text).is_file() else text
    try:
        json.loads(content)
    except ValueError as problem:
        raise RefusedError(
            "JSON credentials are not valid: invalid character in the key, or no such file"
        ) from problem


def _first(names: tuple[str, ...]) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
