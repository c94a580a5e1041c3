"""What the tests of the provider start from, and how they look at the account and at the plugin's answers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from plugins.heroku.double import Double
from plugins.wire import SECRET, SIG
from sandbox.plugins.heroku.api import apps, releases
from sandbox.plugins.heroku.api.platform import Platform, owned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from plugins.cloud import Cloud, Made

APP = "heroku:app/app:App"
ASSOCIATION = "heroku:app/configAssociation:ConfigAssociation"
BUILD = "heroku:build/build:Build"
DOMAIN = "heroku:domain/domain:Domain"
FORMATION = "heroku:formation/formation:Formation"
RELEASE = "heroku:app/release:Release"

SOURCE = {
    ".python-version": "3.13\n",
    "Procfile": "web: gunicorn app:app\n",
    "app.py": "app = None\n",
    "requirements.txt": "flask\n",
}
_numbers = itertools.count(1)


def write(folder: Path, **files: str) -> Path:
    """A source: the usual files, and these."""
    for name, content in {**SOURCE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def an_app(cloud: Cloud, **inputs: Any) -> Made:
    """A new app with a name of its own."""
    number = next(_numbers)
    return cloud.make(APP, {"name": f"shop-{number}", "region": "us", **inputs}, name=f"app{number}")


def changes(cloud: Cloud, made: Made, wanted: Mapping[str, Any]) -> list[str]:
    """The arguments in which a program differs from what was recorded."""
    return list(cloud.diff(made, dict(wanted)).diffs)


def as_recorded(made: Made) -> Made:
    """The resource as the engine records it: a secret that has no value is dropped."""
    nothing = {SIG: SECRET, "value": None}
    made.state = {name: value for name, value in made.state.items() if value != nothing}
    return made


def kinds(props: Mapping[str, Any]) -> dict[str, str]:
    """Which of the properties with config vars are secret as a whole or in all their parts."""

    def is_secret(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        return value.get(SIG) == SECRET or (bool(value) and all(map(is_secret, value.values())))

    return {
        name: "secret" if is_secret(value) else "plain"
        for name, value in props.items()
        if name.lower().endswith("configvars")
    }


class Outside:
    """Somebody who uses the account without the provider."""

    def __init__(self, cloud: Cloud) -> None:
        self._platform = Platform(cloud.account, Double(cloud.account))

    def delete(self, app: str) -> None:
        """Delete an app."""
        apps.delete(self._platform, app)

    def rollback(self, app: str, version: int) -> None:
        """Release an earlier release again."""
        releases.rollback(self._platform, app, version)

    def set_config_vars(self, app: str, values: dict[str, str | None]) -> None:
        """Set config vars."""
        releases.set_config_vars(self._platform, app, values)


def of(cloud: Cloud) -> Outside:
    """Who uses a provider's account behind its back."""
    return Outside(cloud)


def config_vars(cloud: Cloud, app: str) -> dict[str, str]:
    """An app's config vars."""
    return dict(cloud.account.table("apps")[app]["config_vars"])


def rows(cloud: Cloud, table: str, app: str) -> list[dict[str, Any]]:
    """What an app has in a table, the oldest first."""
    with cloud.account.opened() as tables:
        return [dict(row) for row in owned(tables, table, tables["apps"][app])]


def shows(cloud: Cloud, app: str) -> str:
    """The status of an app's newest release."""
    return str(rows(cloud, "releases", app)[-1]["status"])
