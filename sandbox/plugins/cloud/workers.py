"""Who does what takes time, in a process of its own: as in a cloud, it goes on when whoever asked is gone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox.machines import locks
from sandbox.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.plugins.cloud.account import Account


def lock_file(account: Account, identity: str) -> Path:
    """What the worker of an app or an environment holds."""
    return account.folder / "workers" / f"{identity}.lock"


def wake(provider: str, account: Account, identity: str) -> None:
    """Start a provider's `worker`, unless there is one at work: it looks again before it ends."""
    if not locks.is_free(lock_file(account, identity)):
        return
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
    code += f"from sandbox.plugins.{provider}.worker import main; main()"
    with (account.folder / "workers.log").open("a") as log:
        subprocess.Popen(
            [sys.executable, "-I", "-c", code, str(account.folder), identity],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the engine
        )
