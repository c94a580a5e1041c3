"""An app's machine: makes builds, runs release phases and dynos. What the worker calls.

What happens inside is in `guest/`, which is sent there; each step is one login over SSH.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox import machines
from sandbox.machines import MachineError
from sandbox.plugins.cloud import guest
from sandbox.plugins.heroku import stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.machines import Machine

SUITE: Final = "trixie"  # of the machine; what builds and dynos see is a stack
BUILD_SECONDS: Final = 15 * 60  # devcenter, limits#build
_PACKAGE: Final = "sandbox/plugins/heroku/guest"
_THERE: Final = "/usr/lib/heroku"
_MARK: Final = f"{_THERE}/made-of"


@dataclass(frozen=True, kw_only=True)
class Slughost:
    """The machine of one app, with the files of `guest/` in it."""

    machine: Machine

    @classmethod
    def ready(cls, name: str) -> Slughost:
        """The app's machine, switched on if need be, with this checkout's `guest/`.

        Its router is installed meanwhile: `await_router` waits for that.
        """
        host = cls(machine=machines.up(name, SUITE))
        packed = guest.packed(Path(__file__).with_name("guest"))
        digest = hashlib.sha256(packed).hexdigest()
        if host.machine.ssh(f"cat {_MARK}", check=False).stdout != digest:
            host.machine.feed(packed, f"mkdir -p {_THERE} && tar -xC {_THERE}")
            host.machine.ssh(f"{_THERE}/{_PACKAGE}/prepare.sh")
            host.machine.ssh(f"cat >{_MARK}", stdin=digest)
        return host

    def await_router(self) -> None:
        """Wait until the router is there. Raises MachineError with its last words when it can't be had."""
        self.machine.ssh(
            "systemctl start heroku-router.service || { journalctl -qu heroku-router -n 20 >&2; exit 1; }"
        )

    def build(self, archive: Path, order: Mapping[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
        """Build a source; what came out. Every piece of the log is handed on as it comes."""
        stack.ensure(self.machine, order["suite"])
        folder = f"/var/lib/heroku/work/{order['identity']}"
        receive = f"rm -rf {folder} && mkdir -p {folder} && cat >{folder}/source.tgz"
        self.machine.feed(archive.read_bytes(), receive)
        status, errors = self._run("build", order, say, seconds=BUILD_SECONDS)
        last = errors.strip().splitlines()[-1:] or ["{}"]
        if status != 0 or not last[0].startswith("{"):
            raise MachineError(f"the build of {order['identity']} ended with {status}: {errors[-2000:]}")
        return dict(json.loads(last[0]))

    def one_off(self, order: Mapping[str, Any], say: Callable[[str], None]) -> bool:
        """Run a one-off dyno; whether its command succeeded."""
        stack.ensure(self.machine, order["suite"])
        status, errors = self._run("one_off", order, say, seconds=None)
        if status == 255 or "Traceback" in errors:  # 255: ssh's own
            raise MachineError(f"a one-off dyno could not run: {errors[-2000:]}")
        return status == 0

    def apply(self, order: Mapping[str, Any]) -> None:
        """Hand over what dynos are to run."""
        if suite := order["desired"]["suite"]:
            stack.ensure(self.machine, suite)
        self._run("apply", order, lambda _: None, seconds=120, check=True)

    def _run(
        self,
        module: str,
        order: Mapping[str, Any],
        say: Callable[[str], None],
        *,
        seconds: float | None,
        check: bool = False,
    ) -> tuple[int, str]:
        """Run a module of `guest/` there; its status and its standard error."""
        python = f"PYTHONPATH={_THERE} python3 -m {_PACKAGE.replace('/', '.')}.{module}"
        limit = "" if seconds is None else f"timeout {seconds:g} "
        process = subprocess.Popen(
            [*self.machine.ssh_command(), f"{limit}env {python}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("the process has no pipes")
        process.stdin.write(json.dumps(dict(order)))
        process.stdin.close()
        for line in process.stdout:
            say(line)
        errors = process.stderr.read()
        status = process.wait()
        if check and status != 0:
            raise MachineError(f"{module} in {self.machine.name} ended with {status}: {errors[-2000:]}")
        return status, errors
