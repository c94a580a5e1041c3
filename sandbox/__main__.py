"""The sandbox's commands, as the Makefile calls them; `pulumi STACK …` is the engine on a stack of theirs."""

import sys
from collections.abc import Callable, Mapping

from sandbox import demo, drift, machines, rehearse
from sandbox.say import SandboxError


def _clean() -> None:
    machines.clean()


COMMANDS: Mapping[str, Callable[[], None]] = {
    "demo": demo.run,
    "rehearse": rehearse.run,
    "drift": drift.drift,
    "pulumi": drift.pulumi,
    "clean": _clean,
}


def main() -> int:
    """Run one command; its errors are one message, without a traceback."""
    words = sys.argv[1:]
    if not words or words[0] not in COMMANDS or (len(words) > 1 and words[0] != "pulumi"):
        print(f"usage: python -m sandbox {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        COMMANDS[words[0]]()
    except (SandboxError, machines.MachineError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
