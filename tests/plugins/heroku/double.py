"""A host without machines: for the provider's and the API's own rules, which need none.

A build there is what the buildpack checks before it installs anything; a release phase succeeds if its
command is the name of a config var.
"""

from __future__ import annotations

import io
import threading
import uuid
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sandbox.plugins.heroku import worker
from sandbox.plugins.heroku.api.platform import Platform
from sandbox.plugins.heroku.guest import build, detect, python_version, slug
from sandbox.plugins.heroku.guest.output import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.plugins.cloud.account import Account


@dataclass(frozen=True)
class Double:
    """The machines are files in the account's folder; the work is done in this process."""

    account: Account

    def _machine(self, name: str) -> Path:
        return self.account.folder / "machines" / name

    def claim(self, machine: str) -> str:
        """Make the file."""
        path = self._machine(machine)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return f"10.0.0.{10 + len(list(path.parent.iterdir()))}"

    def exists(self, machine: str) -> bool:
        """Whether the file is there."""
        return self._machine(machine).exists()

    def drop(self, machine: str) -> None:
        """Remove the file."""
        self._machine(machine).unlink(missing_ok=True)

    def logs(self, machine: str) -> str:
        """A log of two lines."""
        return f"one\n{machine}\n"

    def wake(self, app_id: str) -> None:
        """Work in the background."""
        platform = Platform(self.account, self)
        threading.Thread(target=worker.work, args=(platform, app_id, Site), daemon=True).start()


@dataclass(frozen=True)
class Site:
    """Where work is done."""

    name: str

    def await_router(self) -> None:
        """There is none."""

    def build(self, archive: Path, order: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
        """Check the source as the buildpack does."""
        said = io.StringIO()
        with TemporaryDirectory() as folder, redirect_stdout(said):  # the plugin's own is the engine's
            source = Path(folder, "source")
            try:
                slug.unpack(archive, source)
                build.accept(source, order["buildpacks"])
                with build.rejecting():
                    detect.package_manager(source)
                    python = python_version.requested(source).major
                types = slug.process_types(source)
            except BuildError as problem:
                build.explain(problem)
                types = None
        say(said.getvalue())
        if types is None:
            return {"ok": False}
        return {"ok": True, "slug": str(uuid.uuid4()), "process_types": types, "size": 1, "python": python}

    def one_off(self, order: Mapping[str, Any], say: Callable[[str], None]) -> bool:
        """Succeed if the command is the name of a config var."""
        say(f"looked for {order['command']}\n")
        return order["command"] in order["config_vars"]

    def apply(self, order: Mapping[str, Any]) -> None:
        """Nothing runs."""
