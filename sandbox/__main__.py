"""The sandbox's commands, as the Makefile calls them: demo, rehearse, clean."""

import sys
from collections.abc import Callable, Mapping

from sandbox import demo, machines, rehearse
from sandbox.say import SandboxError


def _clean() -> None:
    machines.clean()


COMMANDS: Mapping[str, Callable[[], None]] = {"demo": demo.run, "rehearse": rehearse.run, "clean": _clean}


def main() -> int:
    """Run one command; its errors are one message, without a traceback."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        print(f"usage: python -m sandbox {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        COMMANDS[sys.argv[1]]()
    except (SandboxError, machines.MachineError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
