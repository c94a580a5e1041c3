"""The Debian trees that machines are copied from: made once per computer, as a cloud's image is."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from sandbox import say
from sandbox.machines import host, locks, paths, trees
from sandbox.machines.errors import MachineError
from sandbox.machines.run import run
from sandbox.machines.variants import PLAIN, Variant

SUITES: Final = ("bookworm", "trixie")
DEFAULT_SUITE: Final = "bookworm"

_KEEP_UNUSED: Final = 30 * 24 * 3600


def ensure(suite: str, variant: Variant = PLAIN) -> Path:
    """The base tree of `suite`; makes it if this computer has none yet (about 30 s, once).

    Raises:
        MachineError: unknown suite, or Debian's mirror can't be reached; holds the last lines.
    """
    if suite not in SUITES:
        raise MachineError(f"unknown suite {suite!r}: one of {', '.join(SUITES)}")
    certificates = host.own_certificates()
    recipe = json.dumps(
        [suite, variant.packages, dict(variant.files), variant.in_guest, certificates], sort_keys=True
    )
    kind = suite if variant == PLAIN else f"{suite}-{variant.name}"
    tree = paths.TREES / f"{kind}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with locks.exclusive(paths.TREES / f"{suite}.lock"):
        if not tree.is_dir():
            _make(suite, variant, tree, certificates)
        os.utime(tree)
        _forget_unused(suite)
    return tree


def _make(suite: str, variant: Variant, tree: Path, certificates: tuple[str, ...]) -> None:
    for partial in paths.TREES.glob(f".{suite}*"):  # of a run that was killed
        trees.remove(partial)
    say.note(f"making a Debian tree ({tree.name.rpartition('-')[0]}): about 30 s, once on this computer")
    scratch = Path(tempfile.mkdtemp(prefix=f".{suite}.", dir=paths.TREES))
    fresh = scratch / "tree"
    try:
        _bootstrap(suite, variant.packages, fresh)
        for name, text in variant.files.items():
            trees.write(fresh / name, text)
        for number, certificate in enumerate(certificates):
            trees.write(fresh / f"usr/local/share/ca-certificates/host-{number}.crt", certificate)
        run("chroot", str(fresh), "/bin/sh", "-c", variant.in_guest)
        (fresh / "etc/resolv.conf").unlink(missing_ok=True)
        fresh.rename(tree)
    finally:
        trees.remove(scratch)


def _bootstrap(suite: str, packages: tuple[str, ...], tree: Path) -> None:
    """Run mmdebstrap where its mounts and processes end with us, however we end."""
    proxies = [f"--aptopt={line}" for line in host.apt_proxies()]
    try:
        run(
            *("setpriv", "--pdeathsig", "KILL"),
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("mmdebstrap", "--mode=root", "--variant=minbase", *proxies),
            *(f"--include={','.join(packages)}", suite, str(tree)),
        )
    except MachineError as error:
        raise MachineError(
            f"could not make a Debian tree of {suite}; is Debian's mirror reachable "
            f"(proxies are taken from apt's configuration and http_proxy)? {error}"
        ) from None


def _forget_unused(suite: str) -> None:
    """Remove trees of earlier recipes that no checkout has copied from for a month."""
    for tree in paths.TREES.glob(f"{suite}-*"):
        if time.time() - tree.stat().st_mtime > _KEEP_UNUSED:
            trees.remove(tree)
    if shutil.disk_usage(paths.TREES).free < 1 << 30:
        say.note(f"less than 1 GB is free for machines below {paths.TREES}")
