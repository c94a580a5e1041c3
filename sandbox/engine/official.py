"""The engine as its makers publish it: what the installer at get.pulumi.com downloads.

The installer itself edits the user's shell profile and installs to ~/.pulumi, so its download is
done here: the same archive, checked against the checksums published beside it, into the cache.
"""

from __future__ import annotations

import hashlib
import http.client
import platform
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from sandbox import files, say
from sandbox.engine.present import Found
from sandbox.paths import cache

VERSION = "3.255.0"
# The installer's two sources, in its order.
SOURCES = (
    f"https://github.com/pulumi/pulumi/releases/download/v{VERSION}",
    "https://get.pulumi.com/releases/sdk",
)
ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
PATIENCE = 5  # seconds of silence, at connecting as at reading


def _home() -> Path:
    return cache() / "engine" / f"{VERSION}-official"


def cached() -> Found | None:
    """The one downloaded before."""
    pulumi = _home() / "bin" / "pulumi"
    return Found(pulumi, VERSION, "downloaded official release") if pulumi.is_file() else None


def download() -> Found:
    """Download and check the release; SandboxError when that is not possible."""
    machine = ARCHITECTURES.get(platform.machine().lower())
    if machine is None:
        raise say.SandboxError(f"Pulumi publishes no release for this CPU: {platform.machine()}")
    archive = f"pulumi-v{VERSION}-linux-{machine}.tar.gz"
    with files.lock(cache() / "engine" / "lock", "downloading the Pulumi engine"):
        found = cached()
        if found is None:
            say.step(f"downloading Pulumi {VERSION}: about 30 seconds (80 MB), once")
            _try_sources(archive)
            found = cached()
    if found is None:
        raise say.SandboxError(f"the official release {archive} holds no executable pulumi")
    return found


def _try_sources(archive: str) -> None:
    refusals = []
    for source in SOURCES:
        try:
            return _fetch(source, archive)
        except (OSError, http.client.HTTPException, tarfile.TarError, ValueError) as error:
            cause = getattr(error, "reason", error)
            refusals.append(f"{source}: {cause}")
    reasons = "; ".join(refusals)
    raise say.SandboxError(f"the official release of Pulumi can't be had here ({reasons})")


def _fetch(source: str, archive: str) -> None:
    home = _home()
    files.remove_all(home.parent.glob("download-*"))  # of downloads that were killed
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="download-") as folder:
        sums = Path(folder, "checksums")
        _get(f"{source}/pulumi-{VERSION}-checksums.txt", sums)
        wanted = _checksum(sums.read_text(encoding="utf-8"), archive)
        packed = Path(folder, archive)
        _get(f"{source}/{archive}", packed)
        with packed.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != wanted:
            raise ValueError(f"{archive} has SHA-256 {actual}, published is {wanted}")
        with tarfile.open(packed) as tar:
            # Ubuntu 22.04's Python 3.11 has no filters yet; what is unpacked was checked above.
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            tar.extractall(folder)  # noqa: S202  into pulumi/, its only folder
        whole = Path(folder, "whole")
        whole.mkdir()
        Path(folder, "pulumi").rename(whole / "bin")
        whole.rename(home)


def _get(url: str, path: Path) -> None:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer, path.open("wb") as file:  # noqa: S310  both sources are https
        shutil.copyfileobj(answer, file)


def _checksum(published: str, archive: str) -> str:
    for line in published.splitlines():
        digest, _, name = line.partition(" ")
        if name.strip() == archive:
            return digest.lower()
    raise ValueError(f"no checksum is published for {archive}")
