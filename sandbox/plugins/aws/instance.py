"""An instance or a balancer: a machine of the sandbox with the platform's engine in it."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox import machines
from sandbox.machines import MachineError
from sandbox.plugins.aws import image
from sandbox.plugins.cloud import guest

if TYPE_CHECKING:
    from sandbox.machines import Machine

_THERE: Final = "/opt/elasticbeanstalk/lib"
_PACKAGE: Final = "sandbox/plugins/aws/guest"
_BUNDLE: Final = "/opt/elasticbeanstalk/deployment/app_source_bundle"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a deployment on one instance; `event` is what Elastic Beanstalk says besides."""

    failed: bool
    event: str = ""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A machine that is on, with the engine."""

    machine: Machine

    @classmethod
    def launch(cls, name: str, suite: str) -> Instance:
        """Make the machine from the platform's image, as far as it isn't there yet."""
        found = cls(machine=machines.up(name, suite, image.IMAGE))
        found.machine.feed(
            guest.packed(Path(__file__).with_name("guest")), f"mkdir -p {_THERE} && tar -xC {_THERE}"
        )
        return found

    def deploy(self, bundle: bytes, order: dict[str, Any]) -> Outcome:
        """Deploy a bundle."""
        self.machine.feed(bundle, f"cat >{_BUNDLE}")
        return self._run("engine", {**order, "kind": "deploy"})

    def configure(self, order: dict[str, Any]) -> Outcome:
        """Change the configuration of what is deployed."""
        return self._run("engine", {**order, "kind": "configure"})

    def balance(self, order: dict[str, Any]) -> None:
        """Stand in front of other instances: `targets`, those that are `leaving`, the `kind`, `seconds`."""
        self._run("balancer", order)

    def answers(self, path: str, matcher: str, seconds: float) -> str:
        """Ask as an application load balancer does; what is wrong, or ''."""
        deadline = time.monotonic() + seconds
        while True:
            status = self._status(path)
            if any(_in(status, part) for part in matcher.split(",")):
                return ""
            if time.monotonic() > deadline:
                return f"Health checks failed with these codes: [{status}]" if status else "Request timed out"
            time.sleep(0.5)

    def takes_connections(self) -> bool:
        """Whether port 80 is open: what the other balancers ask."""
        try:
            socket.create_connection((self.machine.address, 80), timeout=5).close()
        except OSError:
            return False
        return True

    def log(self, name: str, lines: int) -> str:
        """The last lines of a log, for who looks for a reason."""
        return self.machine.ssh(f"tail -n {lines} /var/log/{name} 2>/dev/null", check=False).stdout

    def _run(self, module: str, order: dict[str, Any]) -> Outcome:
        python = f"PYTHONPATH={_THERE} python3 -m {_PACKAGE.replace('/', '.')}.{module}"
        done = self.machine.ssh(python, stdin=json.dumps(order), check=False)
        last = done.stdout.strip().splitlines()[-1:] or [""]
        if done.returncode != 0 or not last[0].startswith("{"):
            said = done.stderr[-2000:]
            raise MachineError(f"{module} in {self.machine.name} ended with {done.returncode}: {said}")
        return Outcome(**json.loads(last[0]))

    def _status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://{self.machine.address}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


def _in(status: int, part: str) -> bool:
    first, _, last = part.partition("-")
    return int(first) <= status <= int(last or first)
