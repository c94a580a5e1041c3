"""The engine built from source, which the Go module proxy serves where releases can't be had."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox import files, say
from sandbox.engine import go
from sandbox.engine.present import Found
from sandbox.paths import cache

VERSION = "3.255.0"
RECIPE = Path(__file__).parent
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
STAMP = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
FLAGS = ("-ldflags", f"-s -w -X {STAMP}={VERSION}")
# No C compiler is needed, and none that is there changes the result; releases are built so too.
ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off"}
NEEDS = "4 GB of disk and 2 GB of memory"


def _home() -> Path:
    recipe = hashlib.sha256(repr((VERSION, FLAGS, ENVIRONMENT)).encode())
    for name in ("go.mod", "go.sum"):
        recipe.update((RECIPE / name).read_bytes())
    return cache() / "engine" / f"{VERSION}-{recipe.hexdigest()[:12]}"


def cached() -> Found | None:
    """The one built before, by the same recipe."""
    pulumi = _home() / "bin" / "pulumi"
    return Found(pulumi, VERSION, "built from source") if pulumi.is_file() else None


def build() -> Found:
    """Build it, once for all checkouts; SandboxError with the log's path when that fails.

    A build that was killed goes on where it was: Go keeps what it has compiled.
    """
    with files.lock(cache() / "engine" / "lock", "building the Pulumi engine"):
        found = cached()
        if found is None:
            _build(go.ensure(), _home())
            found = cached()
    if found is None:
        raise say.SandboxError(f"the build left no executable in {_home()}")
    return found


def _build(go_command: Path, home: Path) -> None:
    log = home.parent / "build.log"
    say.step(
        f"building the Pulumi engine {VERSION} from source: about 5 minutes on 2 cores, once (log: {log})"
    )
    files.remove_all(home.parent.glob("build-*"))  # of builds that were killed
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="build-") as name:
        # A copy: GOFLAGS=-mod=mod in the user's environment would edit the tracked files.
        work = Path(name)
        for part in ("go.mod", "go.sum"):
            shutil.copy(RECIPE / part, work)
        command = [str(go_command), "build", *FLAGS, "-o", "bin/pulumi", PACKAGE]
        with log.open("w", encoding="utf-8") as output:
            code = subprocess.run(
                command,
                cwd=work,
                env=ENVIRONMENT | os.environ | {"GOTOOLCHAIN": "local"},
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code != 0:
            raise say.SandboxError(_explain(log, code))
        whole = work / "whole"
        whole.mkdir()
        (work / "bin").rename(whole / "bin")
        whole.rename(home)


def _explain(log: Path, code: int) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    last = "\n".join(f"  {line}" for line in lines[-8:])
    return (
        f"building the Pulumi engine failed (go build ended with {code}); its last lines:\n{last}\n"
        f"It needs the Go module proxy (the variable GOPROXY names another one) and {NEEDS}.\n"
        f"Whole log: {log}\n"
        "Or install Pulumi 3.255 or later (pulumi.com/docs/install), and run this again."
    )
