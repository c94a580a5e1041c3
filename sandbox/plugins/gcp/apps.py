"""Apps as machines: an App Engine application is a machine of the sandbox, on which all its versions run.

What the cloud knows of an app is written into its machine after every change (`publish`); what answers there
is in `guest/`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox import machines
from sandbox.machines import MachineError, base, trees
from sandbox.machines.machine import read_made
from sandbox.plugins.calls import RefusedError
from sandbox.plugins.gcp import authority, document, names, surroundings
from sandbox.plugins.gcp.errors import OperationError
from sandbox.plugins.gcp.guest import cloud_logging, places
from sandbox.plugins.heroku.stack import STACK  # the same packages do, and it is made once per computer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.machines import Machine
    from sandbox.plugins.cloud.account import Account

SUITE: Final = "trixie"  # whose Python stands in for every runtime
_BUILD_SECONDS: Final = 600  # Cloud Build's own limit for App Engine
_PACKAGE: Final = "sandbox/plugins/gcp/guest"
_THERE: Final = Path("/usr/lib/appengine")


class Apps:
    """The machines of an account's applications."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def alone(self, project: str) -> Iterator[None]:
        """One call after the other for a project's app, as the provider makes them."""
        with self._guard:
            lock = self._locks.setdefault(project, threading.Lock())
        with lock:
            yield

    def machine_name(self, project: str) -> str:
        """What an app's machine is called; another account's is another."""
        digest = hashlib.sha256(f"{self._account.folder} {project}".encode()).hexdigest()[:6]
        return f"gae-{project[:18].rstrip('-')}-{digest}"

    def ready(self, project: str) -> Machine:
        """The app's machine, switched on if need be, with this checkout's `guest/`. RefusedError without."""
        try:
            machine = machines.up(self.machine_name(project), SUITE)
            self._prepare(machine, project)
        except MachineError as problem:
            raise RefusedError(f"the sandbox has no machine for this app: {problem}") from problem
        self._account.change("applications", project, address=machine.address)
        self.publish(project)
        return machine

    def drop(self, project: str) -> None:
        """Take the app's machine down; nothing on it is worth an orderly end."""
        name = self.machine_name(project)
        if (found := machines.find(name)) is not None:
            machines.power_cut(found)
        machines.down(name)

    def publish(self, project: str) -> None:
        """Tell the app's machine, and this computer's rehearsals, what there is now."""
        # Held until it is written: whoever looked earlier must not write later.
        with self._account.opened() as tables:
            surroundings.name(self._account.folder, document.addresses(tables))
            made = read_made(self.machine_name(project))
            if made is None or project not in tables["applications"]:
                return
            path = made.folder / "tree" / places.DOCUMENT.relative_to("/")
            fresh = path.with_name(f"{path.name}.new")
            trees.write(fresh, json.dumps(document.of(tables, project)), 0o600)
            fresh.rename(path)

    def build(self, project: str, archive: Path, order: Mapping[str, Any]) -> str:
        """Build a source; the name of its layer. OperationError when that fails."""
        machine = self.ready(project)
        trees.write(
            self._inside(machine, places.IMAGES / order["build"] / "source.zip"), archive.read_bytes()
        )
        python = f"PYTHONPATH={_THERE} python3 -m {_PACKAGE.replace('/', '.')}.build"
        done = machine.ssh(
            f"timeout {_BUILD_SECONDS} env {python}", check=False, stdin=json.dumps(dict(order))
        )
        last = done.stdout.strip().splitlines()[-1:]
        if done.returncode != 0 or not last:
            raise OperationError(13, f"An internal error occurred: {done.stderr.strip()[-1000:]}")
        outcome = json.loads(last[0])
        if outcome.get("code") == 9:
            raise OperationError(9, _failure(order["build"], outcome["error"]))
        if "code" in outcome:
            raise OperationError(outcome["code"], outcome["error"])
        return str(outcome["layer"])

    def forget(self, project: str, build: str) -> None:
        """Remove an image that no version has any more."""
        made = read_made(self.machine_name(project))
        if made is not None:
            trees.remove(made.folder / "tree" / (places.IMAGES / build).relative_to("/"))

    def _prepare(self, machine: Machine, project: str) -> None:
        """Have everything in the machine that its platform needs; nothing to do when it is there."""
        source = Path(__file__).with_name("guest")
        tls = self._account.folder / "tls"
        location = self._account.table("applications")[project]["location"]
        region = names.REGION_IDS[location]
        front = [f"*.{region}.r.appspot.com", "*.appspot.com", cloud_logging.HOST]
        authority.issue(self._account.folder, front, tls / f"front-{region}")
        authority.issue(self._account.folder, ["*.googleapis.com"], tls / "googleapis")
        keys = {"front": tls / f"front-{region}", "googleapis": tls / "googleapis"}
        content = [path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()]
        content += [path.with_suffix(".pem").read_bytes() for path in keys.values()]
        digest = hashlib.sha256(b"\0".join(content)).hexdigest()
        mark = self._inside(machine, _THERE / "made-of")
        if mark.is_file() and mark.read_text() == digest:
            machine.ssh(
                "systemctl start appengine.service"
            )  # a machine that has just booted may not be so far
            return
        package = self._inside(machine, _THERE / _PACKAGE)
        shutil.rmtree(package, ignore_errors=True)
        shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))
        for name, path in keys.items():
            for suffix in (".pem", ".key"):
                target = self._inside(machine, places.TLS / f"{name}{suffix}")
                trees.write(target, path.with_suffix(suffix).read_bytes(), 0o600)
        own = (tls / "authority.pem").read_text()
        trees.write(self._inside(machine, places.TLS / "authority.pem"), own)
        runtime = self._inside(machine, places.RUNTIME)
        if not runtime.is_dir():
            partial = runtime.with_name(".runtime.partial")
            trees.remove(partial)
            trees.copy(base.ensure(SUITE, STACK), partial)
            partial.rename(runtime)
        machine.ssh(f"{_THERE}/{_PACKAGE}/prepare.sh")
        trees.write(mark, digest)

    @staticmethod
    def _inside(machine: Machine, path: Path) -> Path:
        return machine.root / path.relative_to("/")


def _failure(build: str, said: str) -> str:
    """A failed build as the operation tells it: what was printed, as JSON that has been escaped."""
    identity = f"{build[:8]}-{build[8:12]}-{build[12:16]}-{build[16:20]}-{build[20:32]}"
    error = {
        "errorType": "BuildError",
        "canonicalCode": "INVALID_ARGUMENT",
        "errorId": build[-8:].upper(),
        "errorMessage": said,
    }
    return f"Cloud build {identity} status: FAILURE\nBuild error details: {json.dumps({'error': error})}"
