"""The provider's own settings: region and credentials, from the program or the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.plugins.aws.errors import provider_error
from sandbox.plugins.cloud.values import known

if TYPE_CHECKING:
    from sandbox.plugins.values import Props

# The text of the AWS provider (internal/conns); a profile's file is not read here.
_NO_CREDENTIALS = (
    "No valid credential sources found. Please see "
    "https://registry.terraform.io/providers/hashicorp/aws for more information about providing credentials."
)


@dataclass
class Access:
    """What calls are made with."""

    region: str = ""

    def configure(self, given: Props) -> None:
        """Take the settings. RefusedError: no region, none that AWS has, or no credentials."""
        values = known(given)
        region = _first(values.get("region"), "AWS_REGION", "AWS_DEFAULT_REGION")
        if not region:
            raise provider_error("invalid AWS Region: ")
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            raise provider_error(f"invalid AWS Region: {region}")
        key = _first(values.get("accessKey"), "AWS_ACCESS_KEY_ID")
        secret = _first(values.get("secretKey"), "AWS_SECRET_ACCESS_KEY")
        if not (key and secret):
            raise provider_error(_NO_CREDENTIALS)
        self.region = region


def _first(given: Any, *variables: str) -> str:
    return str(given or next(filter(None, (os.environ.get(name, "") for name in variables)), ""))
