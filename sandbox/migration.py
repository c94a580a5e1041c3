"""The sample app's tables, made from this computer: what a user does by hand where a platform can't."""

from __future__ import annotations

import os
import subprocess
from typing import Final

from sandbox import venvs
from sandbox.paths import ROOT, SANDBOX
from sandbox.say import SandboxError

APP: Final = ROOT / "assets" / "app"


def upgrade(database_url: str) -> None:
    """Bring a database to the sample app's schema. SandboxError with the command's own last words."""
    venv = venvs.ensure(SANDBOX / "venvs" / "sample-app", APP / "requirements.txt")
    done = subprocess.run(
        [str(venv / "bin" / "flask"), "--app", "run", "db", "upgrade"],
        cwd=APP,
        env={"PATH": os.defpath, "DATABASE_URL": database_url, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SandboxError(f"flask db upgrade ended with {done.returncode}: {done.stderr.strip()[-1000:]}")
