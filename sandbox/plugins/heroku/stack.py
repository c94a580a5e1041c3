"""A stack: the root file system of builds and dynos.

Heroku's are Ubuntu. Here it is Debian's base of the suite whose Python is nearest, made once per computer
and copied into an app's machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.machines import base, locks, trees
from sandbox.machines.variants import Variant

if TYPE_CHECKING:
    from sandbox.machines import Machine

STACK: Final = Variant(
    name="heroku",
    packages=("ca-certificates", "curl", "libpq5", "netbase", "procps", "python3", "python3-venv", "tzdata"),
    files={"etc/hostname": "dyno\n"},
    # The user has the same number as in the app's machine (guest/prepare.sh).
    in_guest="""
set -e
useradd --uid 20001 --user-group --home-dir /app --no-create-home --shell /bin/bash dyno
mkdir -p /app /cache
ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1 && update-ca-certificates >/dev/null
exit 0
""",
)


def ensure(machine: Machine, suite: str) -> None:
    """Have the suite's stack in an app's machine."""
    stacks = machine.root / "var/lib/heroku/stacks"
    with locks.exclusive(stacks.parent / "stacks.lock"):
        if (stacks / suite).is_dir():
            return
        partial = stacks / f".{suite}.partial"
        trees.remove(partial)
        trees.copy(base.ensure(suite, STACK), partial)
        partial.rename(stacks / suite)
