"""One dyno: boots, is watched, crashes, is started again, as Heroku's dyno manager does it.

https://devcenter.heroku.com/articles/dynos (life cycle, crash restart policy, shutdown) and
https://devcenter.heroku.com/articles/error-codes (R10, R12).
"""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest.container import STOP_SECONDS, Container
from sandbox.plugins.heroku.guest.order import MEMORY, Order
from sandbox.plugins.heroku.guest.ports import free_port, listens

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.heroku.guest.logplex import Log

COOL_OFF: Final = 20 * 60  # seconds; the first crash is answered at once, later ones after a multiple of it
_KILLED: Final = 137


class Dyno(threading.Thread):
    """A dyno that is kept running until it is stopped. States: starting, up, crashed, down."""

    def __init__(self, order: Order, log: Log, changed: Callable[[], None]) -> None:
        super().__init__(name=order.name, daemon=True)
        self.order = order
        self.state = "starting"
        self.since = time.time()
        self.port = 0
        self._log = log
        self._changed = changed
        self._stopping = threading.Event()
        self._container: Container | None = None

    def run(self) -> None:
        """Boot, and boot again after a crash."""
        crashes = 0
        while not self._stopping.is_set():
            booted = time.monotonic()
            self._live()
            lived = time.monotonic() - booted
            if self._stopping.is_set():
                break
            self._become("crashed")
            crashes = 1 if lived > COOL_OFF else crashes + 1
            if self._stopping.wait(COOL_OFF * (crashes - 1)):
                break
            self._become("starting")
        self._become("down", quiet=True)

    def stop(self, successor: str) -> None:
        """Shut it down in the orderly way, and wait for that.

        `successor` is the state that the log tells of: starting when another one takes its place.
        """
        if successor == "starting":
            self._log.write("heroku", self.name, "Restarting")
        self._log.write("heroku", self.name, f"State changed from {self.state} to {successor}")
        self._stopping.set()
        self._become("down", quiet=True)  # from now on nothing is sent there
        if self._container is not None:
            self._log.write("heroku", self.name, "Stopping all processes with SIGTERM")
            started = time.monotonic()
            self._container.stop()
            if time.monotonic() - started >= STOP_SECONDS:
                late = f"At least one process failed to exit within {STOP_SECONDS} seconds of SIGTERM"
                self._log.write("heroku", self.name, f"Error R12 (Exit timeout) -> {late}")
                self._log.write("heroku", self.name, "Stopping remaining processes with SIGKILL")
        if self.is_alive():
            self.join()

    def _live(self) -> None:
        """Boot, and wait for the end."""
        try:
            app = self.order.unpack()
        except (OSError, subprocess.CalledProcessError) as problem:
            self._log.write("heroku", self.name, f"Error R99 (Platform error) -> {problem}")
            return
        self.port = free_port()
        container = Container(
            unit=self.order.unit,
            suite=self.order.suite,
            binds={app: "/app"},
            memory=MEMORY[self.order.size],
            environment=self.order.environment(self.port),
        )
        self._log.write("heroku", self.name, f"Starting process with command `{self.order.command}`")
        process = container.start(self.order.shell_command)
        self._container = container
        if self._stopping.is_set():  # it was stopped before it could be
            container.stop()
        reader = threading.Thread(target=self._copy, args=(process,), daemon=True)
        reader.start()
        in_time = self._watch(process, container)
        status = process.wait()
        reader.join(5)
        self._container = None
        self._log.write("heroku", self.name, f"Process exited with status {status if in_time else _KILLED}")

    def _watch(self, process: subprocess.Popen[str], container: Container) -> bool:
        """Wait until it listens, if it has to, and then for its end; False when it was too late."""
        deadline = time.monotonic() + self.order.boot_seconds
        while self.order.is_web and not listens(self.port):
            if process.poll() is not None:
                return True
            if time.monotonic() > deadline:
                limit = f"{self.order.boot_seconds:g} seconds of launch"
                late = f"Web process failed to bind to $PORT within {limit}"
                self._log.write("heroku", self.name, f"Error R10 (Boot timeout) -> {late}")
                self._log.write("heroku", self.name, "Stopping process with SIGKILL")
                container.kill()
                return False
            time.sleep(0.1)
        if not self._stopping.is_set():
            self._become("up")
        process.wait()
        return True

    def _copy(self, process: subprocess.Popen[str]) -> None:
        """Its output into the log."""
        with suppress(ValueError):  # closed meanwhile
            for line in process.stdout or ():
                self._log.write("app", self.name, line)

    def _become(self, state: str, *, quiet: bool = False) -> None:
        if state == self.state:
            return
        if not quiet:
            self._log.write("heroku", self.name, f"State changed from {self.state} to {state}")
        self.state, self.since = state, time.time()
        self._changed()
