"""A one-off dyno: `python3 -m …guest.one_off`, with its order on standard input. For the release phase.

Its output goes to standard output and into the app's log; it ends with the command's status.
https://devcenter.heroku.com/articles/release-phase
"""

from __future__ import annotations

import json
import sys
from typing import Final

from sandbox.plugins.heroku.guest.container import Container
from sandbox.plugins.heroku.guest.logplex import Log
from sandbox.plugins.heroku.guest.order import MEMORY, Order
from sandbox.plugins.heroku.guest.ports import free_port

SECONDS: Final = 3600  # devcenter, release-phase


def main() -> int:
    """Run it; the status."""
    order = Order(**json.load(sys.stdin))
    log = Log()
    app = order.unpack()
    log.write("heroku", order.name, f"Starting process with command `{order.command}`")
    log.write("heroku", order.name, "State changed from starting to up")
    container = Container(
        unit=order.unit,
        suite=order.suite,
        binds={app: "/app"},
        memory=MEMORY[order.size],
        seconds=SECONDS,
        environment=order.environment(free_port()),
    )
    process = container.start(order.shell_command)
    for line in process.stdout or ():
        print(line, end="", flush=True)
        log.write("app", order.name, line)
    status = process.wait()
    log.write("heroku", order.name, f"Process exited with status {status}")
    log.write("heroku", order.name, "State changed from up to complete")
    return status


if __name__ == "__main__":
    sys.exit(main())
