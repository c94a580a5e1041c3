"""The platform's engine on an instance: deploys a bundle as Amazon Linux 2023's Python platform does.

Order: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.workflow.html. Reads an
order as JSON from its input; the last line of its output is what became of it, as JSON.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import yaml

Order = dict[str, Any]  # leader, variables, static, wsgi_path, processes, threads, kind

APP = Path("/var/app")
STAGING, CURRENT = APP / "staging", APP / "current"
VENV = APP / "venv/staging-LQM1lest"  # its name at AWS
DEPLOYMENT = Path("/opt/elasticbeanstalk/deployment")
LOG = Path("/var/log/eb-engine.log")
SETTLING_SECONDS = 20  # until a process counts as started
ENGINE_ERROR = "Engine execution has encountered an error."


class DeploymentError(Exception):
    """Why it failed, as Elastic Beanstalk says it."""


def main() -> None:
    """Do what the order says."""
    order = json.load(sys.stdin)
    try:
        if order["kind"] == "deploy":
            deploy(order)
        else:
            configure(order)
        outcome: dict[str, Any] = {"ok": True}
    except DeploymentError as problem:
        outcome = {"ok": False, "error": str(problem)}
    print(json.dumps(outcome))


def deploy(order: Order) -> None:
    """Stage, install, configure, and then swap what serves."""
    shutil.rmtree(STAGING, ignore_errors=True)
    STAGING.mkdir(parents=True)
    try:
        unpack(DEPLOYMENT / "app_source_bundle", STAGING)
    except (OSError, zipfile.BadZipFile) as problem:
        say(f"unzip: {problem}")
        raise DeploymentError(f"Source bundle validation failed. {ENGINE_ERROR}") from problem
    write_environment(order)
    extensions = read_extensions()
    for name, one in sorted(extensions["commands"].items()):
        command(name, one, order, cwd="/")
    hooks("hooks/prebuild", STAGING, order)
    install(order)
    for name, one in sorted(extensions["container_commands"].items()):
        command(name, one, order, cwd=str(STAGING))
    hooks("hooks/predeploy", STAGING, order)
    units = processes(order, STAGING)
    subprocess.run(["systemctl", "stop", "web.service"], check=False, capture_output=True)
    shutil.rmtree(CURRENT, ignore_errors=True)
    STAGING.rename(CURRENT)
    start(order, units)
    hooks("hooks/postdeploy", CURRENT, order)


def configure(order: Order) -> None:
    """A change of the configuration alone: the same files, other variables and options."""
    write_environment(order)
    hooks("confighooks/prebuild", CURRENT, order)
    hooks("confighooks/predeploy", CURRENT, order)
    start(order, processes(order, CURRENT))
    hooks("confighooks/postdeploy", CURRENT, order)


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


def read_extensions() -> dict[str, dict[str, Any]]:
    """The commands of .ebextensions: one map of each kind, over all files in their order."""
    found: dict[str, dict[str, Any]] = {"commands": {}, "container_commands": {}}
    for path in sorted((STAGING / ".ebextensions").glob("*.config")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (ValueError, yaml.YAMLError) as problem:
            name = path.relative_to(STAGING)
            raise DeploymentError(
                f"The configuration file {name} contains invalid YAML or JSON. {problem}"
            ) from problem
        for kind, commands in found.items():
            commands.update(content.get(kind) or {})
    return found


def command(name: str, one: dict[str, Any], order: Order, cwd: str) -> None:
    """Run one command of .ebextensions, as cfn-init does: in a shell, as root."""
    if one.get("leader_only") and not order["leader"]:
        say(f"{name}: skipped, this instance is not the leader")
        return
    where = one.get("cwd", cwd)
    env = surroundings(order) | {key: str(value) for key, value in (one.get("env") or {}).items()}
    if order["leader"]:
        env["EB_IS_COMMAND_LEADER"] = "true"
    if "test" in one and run(one["test"], where, env) != 0:
        return
    line = one["command"] if isinstance(one["command"], str) else shlex.join(one["command"])
    if run(line, where, env) != 0 and not one.get("ignoreErrors"):
        raise DeploymentError(f"Error occurred during build: Command {name} failed")


def hooks(kind: str, root: Path, order: Order) -> None:
    """Run platform hooks in their order; they are executable files."""
    for path in sorted((root / ".platform" / kind).glob("*")):
        if path.is_file():
            if not os.access(path, os.X_OK):
                raise DeploymentError(f"{path}: permission denied. {ENGINE_ERROR}")
            if run(shlex.quote(str(path)), str(root), surroundings(order)) != 0:
                raise DeploymentError(f"Instance deployment failed: hook {path.name}. {ENGINE_ERROR}")


def install(order: Order) -> None:
    """Make the virtual environment and install what is required."""
    shutil.rmtree(APP / "venv", ignore_errors=True)
    lines = [f"python3 -m venv {VENV}"]
    if (STAGING / "requirements.txt").exists():
        lines.append(f"{VENV}/bin/pip install -q --disable-pip-version-check -r requirements.txt")
    for line in lines:
        if run(line, str(STAGING), surroundings(order)) != 0:
            raise DeploymentError(
                "Instance deployment failed to install application dependencies. The deployment failed. "
                f"{ENGINE_ERROR}"
            )
    subprocess.run(["chown", "-R", "webapp:webapp", str(APP / "venv")], check=True)


def processes(order: Order, root: Path) -> dict[str, str]:
    """The processes to run: of the Procfile, or the one that WSGIPath says."""
    own = root / "Procfile"
    if not own.exists():
        options = f"--bind 127.0.0.1:8000 --workers={order['processes']} --threads={order['threads']}"
        return {"web": f"gunicorn {options} {order['wsgi_path']}"}
    lines = (line.partition(":") for line in own.read_text(encoding="utf-8").splitlines())
    return {name.strip(): text.strip() for name, colon, text in lines if colon}


def start(order: Order, units: dict[str, str]) -> None:
    """Write units and the proxy's configuration; start all. Raises when a process does not stay."""
    for old in Path("/etc/systemd/system").glob("eb-*.service"):
        subprocess.run(["systemctl", "disable", "-q", "--now", old.name], check=False)
        old.unlink()
    for name, line in units.items():
        Path(f"/etc/systemd/system/eb-{name}.service").write_text(unit(name, line), encoding="utf-8")
    Path("/etc/nginx/conf.d/elasticbeanstalk.conf").write_text(proxy(order["static"]), encoding="utf-8")
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    for name in units:
        subprocess.run(["systemctl", "enable", "-q", "--now", f"eb-{name}.service"], check=False)
    if run("nginx -t", "/", surroundings(order)) != 0:
        raise DeploymentError(f"nginx: the configuration file test failed. {ENGINE_ERROR}")
    subprocess.run(["systemctl", "enable", "-q", "nginx.service"], check=True)
    subprocess.run(["systemctl", "restart", "nginx.service"], check=True)
    gone = [name for name in units if not stays(name)]
    if gone:
        raise DeploymentError(f"Following services are not running: {', '.join(gone)}.")


def unit(name: str, line: str) -> str:
    """A process as a unit, with the file of variables, its lines in a log of its own."""
    shell = f"exec {line}".replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return (
        f"[Unit]\nDescription={name}\nAfter=network.target\n"
        "[Service]\nUser=webapp\nGroup=webapp\nWorkingDirectory=/var/app/current\n"
        f"EnvironmentFile={DEPLOYMENT}/env\nEnvironment=PORT=8000 PATH={VENV}/bin:/usr/bin:/bin\n"
        f'ExecStart=/bin/sh -c "{shell}"\n'
        f"StandardOutput=append:/var/log/{name}.stdout.log\nStandardError=append:/var/log/{name}.stdout.log\n"
        "Restart=always\nRestartSec=1\n[Install]\nWantedBy=multi-user.target\n"
    )


def proxy(static: dict[str, str]) -> str:
    """The proxy's configuration: static folders, all else to the app."""
    places = "".join(
        f"  location {prefix.rstrip('/')}/ {{ alias {CURRENT}/{folder}/; access_log off; }}\n"
        for prefix, folder in sorted(static.items())
    )
    return (
        "upstream app { server 127.0.0.1:8000; keepalive 256; }\n"
        "server {\n  listen 80 default_server;\n  client_max_body_size 1m;\n"
        f"{places}"
        "  location / {\n    proxy_pass http://app;\n    proxy_http_version 1.1;\n"
        '    proxy_set_header Connection "";\n    proxy_set_header Host $host;\n'
        "    proxy_set_header X-Real-IP $remote_addr;\n"
        "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n  }\n}\n"
    )


def stays(name: str) -> bool:
    """Whether a process runs, has been started once, and (web) listens."""
    deadline = time.monotonic() + SETTLING_SECONDS
    since = time.monotonic()
    while time.monotonic() < deadline:
        shown = subprocess.run(
            ["systemctl", "show", f"eb-{name}.service", "-P", "ActiveState", "-P", "NRestarts"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        if shown[0] == "failed" or int(shown[1]) > 0:
            return False
        long_enough = time.monotonic() - since > 2
        if shown[0] == "active" and (name != "web" or listens()) and long_enough:
            return True
        time.sleep(0.2)
    return False


def listens() -> bool:
    """Whether somebody listens on the app's port."""
    found = subprocess.run(["ss", "-Hltn", "sport = :8000"], capture_output=True, text=True, check=True)
    return bool(found.stdout.strip())


def surroundings(order: Order) -> dict[str, str]:
    """What commands and hooks have as their environment."""
    basic: dict[str, str] = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
    }
    return {**basic, **order["variables"]}


def run(line: str, cwd: str, env: dict[str, str]) -> int:
    """Run a line in a shell; its status. What it says goes to the engine's log."""
    say(f"$ {line}")
    with LOG.open("a", encoding="utf-8") as log:
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    return done.returncode


def say(text: str) -> None:
    """Write a line to the engine's log."""
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"{text}\n")


if __name__ == "__main__":
    main()
