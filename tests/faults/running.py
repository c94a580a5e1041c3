"""A `pulumi` that runs while the test does something to it, and what is known of it afterwards."""

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deployment import Deployment, said

from sandbox.process import Result

# The official plugin's name, and the stand-in's.
PLUGIN: Final = ("pulumi-resource-command", "sandbox.plugins.command")


@dataclass(kw_only=True)
class Run:
    """One `pulumi` command under way."""

    process: subprocess.Popen[str]
    output: Path
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, deployment: Deployment, *arguments: str, name: str = "run") -> "Run":
        """Start a command on the deployment's stack; without arguments `up`."""
        stack = deployment.stack
        words = arguments or ("up", "--yes", "--skip-preview")
        command = [str(stack.scratch.engine.pulumi), *words]
        command += ["--non-interactive", "--color=never", "--stack", stack.name]
        output = deployment.app.parent / f"{name}.log"
        with output.open("w") as file:
            process = subprocess.Popen(
                command,
                cwd=stack.scratch.root,
                env=stack.scratch.environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # a signal of the test reaches only whom it is meant for
            )
        return cls(process=process, output=output)

    def result(self, seconds: float) -> Result:
        """Wait for its end, which must come within so many seconds."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"it hangs (more than {seconds} s):\n{self.output.read_text()}") from None
        return Result(("pulumi",), code, self.output.read_text(), "")

    def said(self) -> str:
        """What it has printed so far."""
        return said(Result(("pulumi",), 0, self.output.read_text(), ""))

    def interrupt(self, times: int = 1) -> None:
        """Press Ctrl-C: the engine takes two within a moment for one."""
        for number in range(times):
            if number:
                time.sleep(1)
            os.kill(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill the CLI, with the engine in it."""
        self.process.kill()
        self.process.wait()

    def plugins(self) -> list[int]:
        """The process ids of the `command` plugin that this run has started."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().decode(errors="replace")
                session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
            except OSError:
                continue
            if session == self.process.pid and any(name in words for name in PLUGIN):
                found.append(int(folder.name))
        return found

    def kill_plugin(self) -> None:
        """Kill the plugin, and with it the connection."""
        processes = self.plugins()
        assert processes, "the plugin does not run"
        for process in processes:
            os.kill(process, signal.SIGKILL)

    def end(self) -> None:
        """Leave nothing running behind a test that has failed."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def state(deployment: Deployment) -> dict[str, Any]:
    """The stack's state, as `pulumi stack export` loads and checks it."""
    exported = deployment.stack.scratch.pulumi("stack", "export", "--stack", deployment.stack.name)
    loaded = json.loads(exported.stdout)
    return dict(loaded["deployment"])


def locks(deployment: Deployment) -> list[Path]:
    """The locks on the stack that a run has left, or holds."""
    folder = deployment.stack.scratch.state / "backend" / ".pulumi" / "locks"
    return sorted(folder.glob(f"**/{deployment.stack.name}/*.json"))
