"""The platform's engine on an instance: deploys a bundle as Amazon Linux 2023's Python platform does.

Order: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.workflow.html. Reads an
order as JSON from its input; the last line of its output is what became of it, as JSON.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from sandbox.plugins.aws.guest import extensions, services
from sandbox.plugins.aws.guest.shell import (
    APP,
    CURRENT,
    DEPLOYMENT,
    FRESH_VENV,
    STAGING,
    VENV,
    DeploymentError,
    Order,
    run,
    say,
    surroundings,
)

KEYS = Path("/home/ec2-user/.ssh/authorized_keys")
DEPENDENCIES = "Instance deployment failed to install application dependencies. The deployment failed."


def main() -> None:
    """Do what the order says."""
    order = json.load(sys.stdin)
    outcome: dict[str, Any] = {"failed": False}
    try:
        _let_in(order)
        if order["kind"] == "deploy":
            deploy(order)
        else:
            configure(order)
    except DeploymentError as problem:
        say(f"[ERROR] An error occurred during execution of command [app-deploy]. {problem}")
        outcome = {"failed": True, "event": problem.event}
    print(json.dumps(outcome))


def deploy(order: Order) -> None:
    """Stage, install, configure; what serves is not touched until then. Swap, and start."""
    shutil.rmtree(STAGING, ignore_errors=True)
    STAGING.mkdir(parents=True)
    try:
        unpack(DEPLOYMENT / "app_source_bundle", STAGING)
    except (OSError, zipfile.BadZipFile) as problem:
        raise DeploymentError(f"unzip of the source bundle failed: {problem}") from problem
    write_environment(order)
    commands, container_commands = extensions.read()
    extensions.run_all(commands, order, cwd="/")
    extensions.hooks("hooks/prebuild", STAGING, order)
    install(order)
    extensions.run_all(container_commands, order, cwd=str(STAGING))
    extensions.hooks("hooks/predeploy", STAGING, order)
    wanted = services.processes(order, STAGING)
    services.stop()
    shutil.rmtree(CURRENT, ignore_errors=True)
    STAGING.rename(CURRENT)
    services.start(order, wanted)
    extensions.hooks("hooks/postdeploy", CURRENT, order)


def configure(order: Order) -> None:
    """A change of the configuration alone: the same files, other variables and options."""
    write_environment(order)
    extensions.hooks("confighooks/prebuild", CURRENT, order)
    extensions.hooks("confighooks/predeploy", CURRENT, order)
    services.start(order, services.processes(order, CURRENT))
    extensions.hooks("confighooks/postdeploy", CURRENT, order)


def unpack(archive: Path, folder: Path) -> None:
    """Unzip with modes and links, as Info-ZIP does."""
    with zipfile.ZipFile(archive) as bundle:
        for info in bundle.infolist():
            path = Path(bundle.extract(info, folder))
            mode = info.external_attr >> 16
            if mode & 0o170000 == 0o120000:
                target = path.read_text(encoding="utf-8")
                path.unlink()
                path.symlink_to(target)
            elif mode & 0o777 and not info.is_dir():
                path.chmod(mode & 0o777)
    subprocess.run(["chown", "-R", "webapp:webapp", str(folder)], check=True)


def write_environment(order: Order) -> None:
    """The file of variables that services get, quoted for systemd."""
    lines = []
    for name, value in sorted(order["variables"].items()):
        escaped = "".join("\\" + one if one in '"\\$`' else one for one in value)
        lines.append(f'{name}="{escaped}"\n')
    path = DEPLOYMENT / "env"
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")


def install(order: Order) -> None:
    """Make the virtual environment, which has Gunicorn by itself, and install what is required."""
    shutil.rmtree(APP / "venv", ignore_errors=True)
    pip = f"{VENV}/bin/pip install -q --disable-pip-version-check"
    needed = STAGING / "requirements.txt"
    VENV.parent.mkdir()
    lines = [f"cp --archive {FRESH_VENV} {VENV}"]
    if not (needed.exists() and "gunicorn" in needed.read_text(encoding="utf-8").lower()):
        lines.append(f"{pip} gunicorn")
    if needed.exists():
        lines.append(f"{pip} -r requirements.txt")
    for line in lines:
        if run(line, str(STAGING), surroundings(order)) != 0:
            raise DeploymentError(f"installing dependencies failed: {line}", DEPENDENCIES)
    subprocess.run(["chown", "-R", "webapp:webapp", str(APP / "venv")], check=True)


def _let_in(order: Order) -> None:
    """Who logs in as ec2-user: whoever has the key pair of the launch configuration."""
    KEYS.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    KEYS.write_text("".join(f"{key}\n" for key in order["login_keys"]), encoding="utf-8")
    subprocess.run(["chown", "-R", "ec2-user:ec2-user", str(KEYS.parent)], check=True)


if __name__ == "__main__":
    main()
