"""The id of a release on a platform, as `assets/platforms/flask_deploy.py` works it out where it runs.

It has two halves that arrive by different ways: the code, with the build, and the environment, with the
platform's configuration. A provider remembers either as done even if it failed, so the running app tells
what it really has.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from components import pinned, render
from components.environment import secrets_digest
from components.settings import Settings

VARIABLE: Final = "FLASK_DEPLOY_ENVIRONMENT"
WRAPPER: Final = "flask_deploy.py"
SETTINGS: Final = "flask_deploy.json"
OURS: Final = (WRAPPER, SETTINGS)


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release: `environment` goes into the variable of that name, `id` comes back in `X-Release`."""

    code: str
    environment: str

    @property
    def id(self) -> str:
        """Both halves as one: 12 hexadecimal digits."""
        return hashlib.sha256(f"{self.code} {self.environment}".encode()).hexdigest()[:12]


def of(files: Mapping[str, Any], variables: Mapping[str, str], settings: Settings) -> Release:
    """Return the release of these files (name to what identifies the content) with these variables."""
    secrets = secrets_digest(settings)
    return Release(
        code=_digest(dict(files)), environment=_digest({"plain": dict(variables), "secret": secrets})
    )


def served(release: Release, kept: str) -> Release:
    """Return what answers: the release itself, or a kept one's code (`pinnedRelease`) in its environment."""
    return replace(release, code=pinned.digits(kept)) if kept else release


def wrapper_files(release: Release, static: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files that make the app name its release and serve its static folders."""
    settings = json.dumps({"code": release.code, "static": dict(static)}, indent=1, sort_keys=True) + "\n"
    return {WRAPPER: render.asset(f"platforms/{WRAPPER}").encode(), SETTINGS: settings.encode()}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
