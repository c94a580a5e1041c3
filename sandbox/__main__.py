"""The sandbox's commands, as the Makefile calls them: demo, clean."""

import sys
from collections.abc import Callable, Mapping

from sandbox import demo, machines
from sandbox.say import SandboxError


def _clean() -> None:
    machines.clean()


def _rehearse() -> None:
    raise SandboxError(
        "there is no target with a cloud to rehearse yet; 'make demo' deploys to a machine on this computer"
    )


COMMANDS: Mapping[str, Callable[[], None]] = {"demo": demo.run, "rehearse": _rehearse, "clean": _clean}


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
