"""The app's secrets in Secret Manager: App Engine's own environment variables can be read by every viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_gcp import secretmanager

from components.appengine import names
from components.appengine.parts import Common
from components.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """For each variable the name of its secret's version, and what must be there before the app may start."""

    versions: pulumi.Output[dict[str, str]]
    granted: tuple[pulumi.Resource, ...]


def make(
    settings: Settings, who: pulumi.Output[str], after: Sequence[pulumi.Resource], common: Common
) -> Secrets:
    """Make a secret of each variable, `after` its API is on; only the app's own account may read it."""
    versions: dict[str, pulumi.Output[str]] = {}
    granted: list[pulumi.Resource] = []
    for variable, value in sorted(settings.secrets.items()):
        secret = secretmanager.Secret(
            f"secret-{variable}",
            project=common.project,
            secret_id=names.secret(settings.owner, variable),
            replication={"auto": {}},
            opts=common.opts(delete_before_replace=False, depends_on=list(after)),
        )
        # Another value is another version, and the old one stays: a kept release still reads its own.
        made = secretmanager.SecretVersion(
            f"secret-version-{variable}",
            secret=secret.id,
            secret_data=pulumi.Output.secret(value.get_secret_value()),
            opts=common.opts(retain_on_delete=True),
        )
        versions[variable] = made.name
        granted.append(
            secretmanager.SecretIamMember(
                f"reads-{variable}",
                project=common.project,
                secret_id=secret.secret_id,
                role="roles/secretmanager.secretAccessor",
                member=who,
                opts=common.opts(),
            )
        )
    found: pulumi.Output[Any] = pulumi.Output.all(versions)
    return Secrets(versions=found.apply(lambda all_: dict(all_[0])), granted=tuple(granted))
