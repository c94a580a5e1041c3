"""What should be on a machine, by what was deployed: folders, files, units. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.drift.deployed import Machine

Steps = frozenset[str]
PROVISION: Final[Steps] = frozenset({"provision"})
RELEASE: Final[Steps] = frozenset({"release"})
UPLOAD: Final[Steps] = frozenset({"upload"})
SECRETS: Final[Steps] = frozenset({"secrets"})
_FOLDER: Final = "d 755 root:root"
_FILE: Final = "f 644 root:root"
_FRAME: Final = "zz-flask-deploy.conf"
# The units of a release, and the file in its folder that each is made from.
_UNITS: Final[Mapping[str, str]] = {
    "app.service": "{app}@{release}.service",
    "app.socket": "{app}@{release}.socket",
    "command.service": "{app}-command@{release}.service",
}


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A file, folder or link, and the steps that put it right. What is empty is not compared."""

    about: str = ""  # type, mode and owner: 'f 644 root:root'
    content: str = ""  # SHA-256 of a file's content; where a link leads
    same_as: str = ""  # or the path of the file with the same content
    steps: Steps


def release_folder(machine: Machine) -> str:
    """Return the folder of the release that was deployed."""
    return f"/srv/{machine.variables['APP']}/releases/{machine.variables['RELEASE']}"


def links(machine: Machine) -> dict[str, str]:
    """Return where the links lead by which a release serves: for files, and for requests."""
    app, release = machine.variables["APP"], machine.variables["RELEASE"]
    return {
        f"/srv/{app}/current": f"releases/{release}",
        f"/srv/{app}/{machine.variables['PROTOCOL']}.sock": f"/run/flask-deploy/{app}/{release}/app.sock",
    }


def units(machine: Machine) -> list[str]:
    """Return the units that have to run, now and after a reboot: the release's, and the web server's."""
    proxy = "apache2.service" if machine.variables["PROXY"] == "apache" else "nginx.service"
    return [*(unit for unit, file in _unit_files(machine).items() if file != "command.service"), proxy]


def _unit_files(machine: Machine) -> dict[str, str]:
    app, release = machine.variables["APP"], machine.variables["RELEASE"]
    return {
        unit.format(app=app, release=release): file
        for file, unit in _UNITS.items()
        if file in machine.steps["release"].files
    }


def things(machine: Machine) -> dict[str, Thing]:
    """Return what is known of each path."""
    return lasting(machine) | released(machine)


def lasting(machine: Machine) -> dict[str, Thing]:
    """Return what has to be there whatever serves."""
    return _provisioned(machine) | _sent(machine)


def _provisioned(machine: Machine) -> dict[str, Thing]:
    app = machine.variables["APP"]
    home = f"/srv/{app}"
    found = {
        path: Thing(about=_FOLDER, steps=PROVISION) for path in (home, f"{home}/releases", f"{home}/venvs")
    }
    found[f"{home}/secrets"] = Thing(about="d 700 root:root", steps=PROVISION)
    found[f"/var/lib/flask-deploy/{app}/data"] = Thing(about=f"d 750 {app}:www-data", steps=PROVISION)
    files = machine.steps["provision"].files
    found[f"{home}/run"] = Thing(about="f 755 root:root", content=files["run"][1], steps=PROVISION)
    if "apache-frame.conf" in files:
        # Apache reads it again when the release has its turn.
        steps, content = PROVISION | RELEASE, files["apache-frame.conf"][1]
        available, enabled = f"/etc/apache2/conf-available/{_FRAME}", f"/etc/apache2/conf-enabled/{_FRAME}"
        found[available] = Thing(about=_FILE, content=content, steps=steps)
        found[enabled] = Thing(content=f"../conf-available/{_FRAME}", steps=steps)
    return found


def _sent(machine: Machine) -> dict[str, Thing]:
    app = machine.variables["APP"]
    bundle = f"/var/lib/flask-deploy/{app}/upload/{machine.variables['BUNDLE']}.tar"
    found = {bundle: Thing(content=machine.variables["BUNDLE_SHA256"], steps=UPLOAD)}
    if "secrets" in machine.steps:
        step = machine.steps["secrets"]
        # The app has read it when it started.
        found[f"/srv/{app}/secrets/{step.variables['SECRETS']}"] = Thing(
            about="f 600 root:root", content=step.files["secrets"][1], steps=SECRETS | RELEASE
        )
    return found


def released(machine: Machine) -> dict[str, Thing]:
    """Return the release's rendered files and its units.

    The state has the files of the newest release. So of a pinned one only the machine's own record
    knows the content, and the files here are compared with nothing but the units made from them.
    """
    folder, pinned = release_folder(machine), machine.variables["PINNED"]
    found = {
        f"{folder}/{name}": Thing(
            about=f"f {mode} root:root", content="" if pinned else digest, steps=RELEASE
        )
        for name, (mode, digest) in machine.steps["release"].files.items()
    }
    for unit, file in _unit_files(machine).items():
        found[f"/etc/systemd/system/{unit}"] = Thing(about=_FILE, same_as=f"{folder}/{file}", steps=RELEASE)
    return found
