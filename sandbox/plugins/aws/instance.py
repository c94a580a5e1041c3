"""An instance: a machine of the sandbox with the platform's engine in it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox import machines
from sandbox.machines import MachineError
from sandbox.plugins.aws import image

if TYPE_CHECKING:
    from sandbox.machines import Machine

_ENGINE: Final = "/opt/elasticbeanstalk/bin/engine.py"
_BUNDLE: Final = "/opt/elasticbeanstalk/deployment/app_source_bundle"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A machine that is on, with the engine."""

    machine: Machine

    @classmethod
    def launch(cls, name: str, suite: str) -> Instance:
        """Make the machine from the platform's image, as far as it isn't there yet."""
        found = cls(machine=machines.up(name, suite, image.IMAGE))
        engine = Path(__file__).with_name("guest") / "engine.py"
        found.send(engine.read_bytes(), f"mkdir -p {Path(_ENGINE).parent} && cat >{_ENGINE}")
        return found

    def deploy(self, bundle: bytes, order: dict[str, Any]) -> str:
        """Deploy a bundle; why it failed, '' when it went well."""
        self.send(bundle, f"cat >{_BUNDLE}")
        return self._run({**order, "kind": "deploy"})

    def configure(self, order: dict[str, Any]) -> str:
        """Change the configuration of what is deployed; why it failed, or ''."""
        return self._run({**order, "kind": "configure"})

    def answers(self, path: str, matcher: str, seconds: float) -> str:
        """Ask as a load balancer does; what is wrong, or ''."""
        deadline = time.monotonic() + seconds
        while True:
            status = self._status(path)
            if any(_in(status, part) for part in matcher.split(",")):
                return ""
            if time.monotonic() > deadline:
                return (
                    f"Target health check failed on {path}: Health checks failed with these codes: [{status}]"
                )
            time.sleep(0.5)

    def log(self, name: str, lines: int = 60) -> str:
        """The last lines of a log, for who looks for a reason."""
        return self.machine.ssh(f"tail -n {lines} /var/log/{name} 2>/dev/null", check=False).stdout

    def send(self, content: bytes, command: str) -> None:
        """Hand bytes to a command in the machine."""
        done = subprocess.run(
            [*self.machine.ssh_command(), command], input=content, capture_output=True, check=False
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace")[-2000:]
            raise MachineError(f"{self.machine.name} does not take files: {said}")

    def _run(self, order: dict[str, Any]) -> str:
        done = self.machine.ssh(f"python3 {_ENGINE}", stdin=json.dumps(order), check=False)
        last = done.stdout.strip().splitlines()[-1:] or [""]
        if done.returncode != 0 or not last[0].startswith("{"):
            raise MachineError(
                f"the engine in {self.machine.name} ended with {done.returncode}: {done.stderr[-2000:]}"
            )
        return str(json.loads(last[0]).get("error", ""))

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
