"""One build, as Cloud Build does it for App Engine: `python3 -m …guest.build`, its order on standard input.

The order is JSON: `build` (an id; the source is its folder's source.zip), `user` (a number), `handlers`.
What came out is the last line of standard output: `{"layer": …}`, or `{"error": …, "code": 3 or 9}`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

from sandbox.plugins.gcp.guest import handlers, places
from sandbox.plugins.gcp.guest.container import Container

_FILES: Final = 10_000  # …/standard/quotas#deployments
_TOOL: Final = 'python "$(echo /usr/share/python-wheels/pip-*.whl)/pip"'
# What the buildpack asks of pip: GoogleCloudPlatform/buildpacks, pkg/python/python.go.
_INSTALL: Final = (
    "install --requirement requirements.txt --upgrade --upgrade-strategy only-if-needed "
    "--no-warn-script-location --no-warn-conflicts --force-reinstall --no-compile "
    "--no-cache-dir --no-input --disable-pip-version-check --progress-bar off"
)


class BuildError(Exception):
    """Why there is no image; `code` is the operation's: 3 for a bad source, 9 for a failed build."""

    def __init__(self, text: str, code: int = 9) -> None:
        super().__init__(text)
        self.code = code


def main() -> None:
    """Build, and say what came out."""
    order = json.load(sys.stdin)
    image = places.IMAGES / order["build"]
    try:
        names = unpack(image / "source.zip", image / "workspace")
        take_static(image, order["handlers"], names)
        outcome: dict[str, Any] = {"layer": _requirements(image / "workspace", order["build"])}
        _own(image, order["user"])
    except BuildError as problem:
        shutil.rmtree(image, ignore_errors=True)
        outcome = {"error": str(problem), "code": problem.code}
    print(json.dumps(outcome))


def unpack(archive: Path, folder: Path) -> list[str]:
    """Unpack a source with its entries' modes; the names of its files.

    An entry without a mode can't be read by the build, and so is not in the image:
    https://github.com/hashicorp/terraform-provider-google/issues/5192.
    """
    folder.mkdir(parents=True)
    names = []
    try:
        with zipfile.ZipFile(archive) as source:
            entries = [entry for entry in source.infolist() if not entry.is_dir()]
            if len(entries) > _FILES:
                raise BuildError(f"Too many files: {len(entries)}, the limit is {_FILES}.", 3)
            for entry in entries:
                mode = stat.S_IMODE(entry.external_attr >> 16)
                target = folder / entry.filename
                if not target.resolve().is_relative_to(folder.resolve()):
                    raise BuildError("Error processing zip file.", 3)
                if mode:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(source.read(entry))
                    target.chmod(mode | 0o400)
                    names.append(entry.filename)
    except zipfile.BadZipFile as problem:
        raise BuildError("Error processing zip file.", 3) from problem
    archive.unlink()
    return names


def take_static(image: Path, described: list[dict[str, Any]], names: list[str]) -> None:
    """Put files for static handlers where the front end finds them; the app has only those it may read."""
    for name, readable in handlers.static_names(described, names):
        target = image / "static" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copy if readable else shutil.move)(image / "workspace" / name, target)


def _requirements(workspace: Path, build: str) -> str:
    """Install what the source requires, unless a build has; the layer's name, empty without requirements."""
    path = workspace / "requirements.txt"
    if not path.is_file():
        return ""
    layer = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    if (places.LAYERS / layer).is_dir():
        return layer
    partial = places.LAYERS / f".{layer}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    _give(partial, places.BUILDER)
    _give(workspace, places.BUILDER)
    _run(build, workspace, partial, f"/usr/bin/python3 -m venv --without-pip {places.PACKAGES}")
    _run(build, workspace, partial, f"{_TOOL} {_INSTALL}")
    said, status = _result(build, workspace, partial, f"{_TOOL} check --disable-pip-version-check")
    if status != 0:
        raise BuildError(f"found incompatible dependencies: {json.dumps(said)}")
    # Instances can't write bytecode, and would compile everything at each start.
    compiled = f"python -m compileall --invalidation-mode unchecked-hash -qq {places.PACKAGES}"
    _result(build, workspace, partial, compiled)  # what is no Python for this version is no fault
    partial.rename(places.LAYERS / layer)
    return layer


def _run(build: str, workspace: Path, layer: Path, command: str) -> None:
    said, status = _result(build, workspace, layer, command)
    if status != 0:
        raise BuildError(said)


def _result(build: str, workspace: Path, layer: Path, command: str) -> tuple[str, int]:
    """What a command of the build prints, and its exit status."""
    container = Container(
        unit=f"appengine-build-{build}.service",
        user=places.BUILDER,
        read_only={workspace: places.WORKSPACE},
        writable={layer: places.PACKAGES},
        own_files=("/etc/pip.conf",),
        environment={
            **_surroundings(),
            "HOME": "/tmp",  # noqa: S108 - the build's own
            "LANG": "C.UTF-8",
            "PATH": f"{places.PACKAGES}/bin:/usr/local/bin:/usr/bin:/bin",
        },
    )
    process = container.start(command, subprocess.PIPE)
    said = process.stdout.read() if process.stdout else ""
    with (places.LOGS / "builds.log").open("a", encoding="utf-8") as log:
        log.write(said)
    return said.strip(), process.wait()


def _surroundings() -> dict[str, str]:
    """How this machine reaches package indexes: what its /etc/environment says."""
    path = Path("/etc/environment")
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value.strip('"') for name, _, value in pairs}


def _own(image: Path, user: int) -> None:
    """Make the version's own user the owner, and nobody else a reader."""
    name = places.user(user)
    if subprocess.run(["getent", "passwd", name], check=False, capture_output=True).returncode != 0:
        options = ["--uid", str(user), "--user-group", "--no-create-home", "--home-dir", "/tmp"]  # noqa: S108
        subprocess.run(["useradd", *options, name], check=True)
    _give(image / "workspace", name)
    (image / "workspace").chmod(0o500)


def _give(folder: Path, user: str) -> None:
    subprocess.run(["chown", "-R", "--no-dereference", f"{user}:{user}", str(folder)], check=True)


if __name__ == "__main__":
    os.umask(0o022)
    main()
