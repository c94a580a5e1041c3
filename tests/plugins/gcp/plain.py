"""The provider with apps that are no machines: builds succeed at once. What conftest.py starts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from sandbox.plugins.cloud.account import Account
from sandbox.plugins.gcp import provider
from sandbox.plugins.gcp.apps import Apps
from sandbox.plugins.serve import serve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class PlainApps(Apps):
    """Apps on paper."""

    def ready(self, project: str) -> Any:
        """There is nothing to get ready."""

    def publish(self, project: str) -> None:
        """There is nobody to tell."""

    def build(self, project: str, archive: Path, order: Mapping[str, Any]) -> str:
        """Read the source, as a build has to."""
        del project, order
        return str(len(archive.read_bytes()))

    def forget(self, project: str, build: str) -> None:
        """There is no image."""


if __name__ == "__main__":
    here = Account.here()
    serve(provider.make(here, PlainApps(here)), sys.argv[1:])
