"""What the commands of all emulated clouds have in common: which account they are about."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from sandbox.paths import SANDBOX
from sandbox.plugins.variables import ACCOUNT


def parser(provider: str, target: str, about: str | None) -> argparse.ArgumentParser:
    """Return the parser of `python -m sandbox.plugins.<provider>`, with the option `--account`.

    Without it the account is the one that the environment names, or that of the target's rehearsal.
    """
    made = argparse.ArgumentParser(prog=f"python -m sandbox.plugins.{provider}", description=about)
    rehearsal = SANDBOX / "state" / f"rehearse-{target}" / "account"
    made.add_argument(
        "--account",
        type=Path,
        default=Path(os.environ.get(ACCOUNT, rehearsal)),
        help=f"folder of the emulated account (default: that of `make rehearse STACK={target}`)",
    )
    return made
