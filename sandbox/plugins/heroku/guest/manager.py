"""The dyno manager: runs what the platform wants to run. `python3 -m …guest.manager`, as a service.

SIGHUP: what is wanted has changed. SIGTERM: stop everything. What is wanted survives a restart of the
machine; no dyno does.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from typing import Final

from sandbox.plugins.heroku.guest import places
from sandbox.plugins.heroku.guest.dyno import Dyno
from sandbox.plugins.heroku.guest.logplex import Log
from sandbox.plugins.heroku.guest.order import Desired
from sandbox.plugins.heroku.guest.router import Answer, log_accesses, serve_lookups

BOOT_QUEUE: Final = 75  # seconds that a request waits for a booting dyno: devcenter, error-codes, H20


class Manager:
    """The app's dynos."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._desired = Desired.read()
        self._dynos: dict[str, Dyno] = {}
        self._changed = threading.Condition()

    def reconcile(self) -> None:
        """Stop what is no longer wanted, all of it for another release; then start what is missing."""
        desired = Desired.read()
        renewed = desired.stamp != self._desired.stamp
        wanted = {order.name: order for order in desired.orders}
        leaving = [dyno for name, dyno in self._dynos.items() if renewed or wanted.get(name) != dyno.order]
        with self._changed:
            self._desired = desired
        # No preboot: the old ones are gone before the new ones come. Each is stopped on its own.
        stopping = [
            threading.Thread(target=dyno.stop, args=("starting" if dyno.name in wanted else "down",))
            for dyno in leaving
        ]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        staying = {name: dyno for name, dyno in self._dynos.items() if dyno not in leaving}
        missing = {
            name: Dyno(order, self._log, self._tell) for name, order in wanted.items() if name not in staying
        }
        with self._changed:
            self._dynos = staying | missing
        for dyno in missing.values():
            dyno.start()
        self._tell()

    def choose(self, host: str) -> Answer:
        """The dyno for a request; waits for one that boots."""
        deadline = time.monotonic() + BOOT_QUEUE
        with self._changed:
            while True:
                answer = self._choose(host)
                left = deadline - time.monotonic()
                if answer is not None:
                    return answer
                if left <= 0:
                    return Answer(code="H20")
                self._changed.wait(left)

    def _choose(self, host: str) -> Answer | None:
        """The answer as things stand; None while that may change by itself."""
        if not self._desired.serves(host):
            return Answer(status=404)
        if not self._desired.slug:
            return Answer(code="H81", status=502)
        if not any(order.is_web for order in self._desired.orders):
            return Answer(code="H14")
        web = [dyno for dyno in self._dynos.values() if dyno.order.is_web]
        ready = [dyno for dyno in web if dyno.state == "up"]
        if ready:
            dyno = random.choice(ready)  # noqa: S311 - as Heroku's routers choose
            return Answer(dyno=dyno.name, port=dyno.port, status=200)
        return Answer(code="H10") if web and all(dyno.state == "crashed" for dyno in web) else None

    def stop(self) -> None:
        """Stop all dynos at once."""
        threads = [threading.Thread(target=dyno.stop, args=("down",)) for dyno in self._dynos.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _tell(self) -> None:
        """Wake who waits for a dyno, and write down what runs."""
        with self._changed:
            self._changed.notify_all()
            dynos = [
                {
                    "name": dyno.name,
                    "state": dyno.state,
                    "since": dyno.since,
                    "size": dyno.order.size,
                    "command": dyno.order.command,
                }
                for dyno in self._dynos.values()
            ]
        fresh = places.STATE.with_suffix(f".{threading.get_ident()}")
        fresh.write_text(json.dumps(dynos))
        fresh.rename(places.STATE)


def main() -> None:
    """Run until SIGTERM."""
    places.RUN.mkdir(exist_ok=True)
    # What an earlier manager has left: its output goes nowhere any more.
    subprocess.run(["systemctl", "stop", "heroku-dyno-*.service"], check=False, capture_output=True)
    log = Log()
    manager = Manager(log)
    signals = threading.Event()
    over = threading.Event()

    def ask_to_stop(*_: object) -> None:
        over.set()
        signals.set()

    signal.signal(signal.SIGHUP, lambda *_: signals.set())
    signal.signal(signal.SIGTERM, ask_to_stop)
    serve_lookups(manager.choose)
    log_accesses(log)
    while not over.is_set():
        manager.reconcile()
        signals.wait()
        signals.clear()
    manager.stop()


if __name__ == "__main__":
    main()
