"""What runs on an instance: the app's processes as units, and nginx in front of them."""

from __future__ import annotations

import http.client
import json
import shutil
import time
from pathlib import Path
from typing import Final

from sandbox.plugins.aws.guest.shell import (
    CURRENT,
    DEPLOYMENT,
    VENV,
    DeploymentError,
    Order,
    run,
    surroundings,
    systemctl,
)

SETTLING_SECONDS: Final = 20  # until a process counts as started
_UNITS: Final = Path("/etc/systemd/system")
_NAMES: Final = DEPLOYMENT / "services.json"  # the processes of the last deployment
_NGINX: Final = Path("/etc/nginx/conf.d")
_PORT: Final = "8000"  # where nginx looks for the app, unless a variable PORT says otherwise
_STATIC: Final = {"/static": "static"}  # what the Python platform maps by itself


def processes(order: Order, root: Path) -> dict[str, str]:
    """The processes to run: those of the Procfile, or the one that WSGIPath says.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/python-configuration-procfile.html
    """
    own = root / "Procfile"
    if not own.exists():
        options = f"--bind 127.0.0.1:8000 --workers={order['processes']} --threads={order['threads']}"
        return {"web": f"gunicorn {options} {order['wsgi_path']}"}
    lines = (line.partition(":") for line in own.read_text(encoding="utf-8").splitlines())
    found = {name.strip(): text.strip() for name, colon, text in lines if colon}
    if not found:
        raise DeploymentError("parse Procfile failed with error: the Procfile has no process")
    return found


def stop() -> None:
    """Stop the app's processes: the proxy answers 502 from now on."""
    for name in _known():
        systemctl("stop", f"{name}.service")


def start(order: Order, wanted: dict[str, str]) -> None:
    """Write units and the proxy's configuration; start all. DeploymentError: a process does not stay."""
    for name in _known():
        systemctl("disable", "--now", f"{name}.service")
        (_UNITS / f"{name}.service").unlink(missing_ok=True)
    _NAMES.write_text(json.dumps(sorted(wanted)), encoding="utf-8")
    for name, line in wanted.items():
        (_UNITS / f"{name}.service").write_text(_unit(name, line), encoding="utf-8")
    systemctl("daemon-reload")
    for name in wanted:
        systemctl("enable", "--now", f"{name}.service")
    _start_proxy(order)
    gone = [name for name in wanted if not _stays(name, _port(order))]
    if gone:
        raise DeploymentError(f'startProcess Failure: process "{gone[0]}" failed to start')


def _start_proxy(order: Order) -> None:
    shutil.rmtree(_NGINX, ignore_errors=True)
    (_NGINX / "elasticbeanstalk").mkdir(parents=True)
    own = CURRENT / ".platform/nginx/conf.d"
    if own.is_dir():
        shutil.copytree(own, _NGINX, dirs_exist_ok=True)
    (_NGINX / "00-elasticbeanstalk.conf").write_text(_proxy(order["static"], _port(order)), encoding="utf-8")
    if run("nginx -t", "/", surroundings(order)) != 0:
        raise DeploymentError("nginx: configuration file /etc/nginx/nginx.conf test failed")
    systemctl("enable", "nginx.service")
    systemctl("reload-or-restart", "nginx.service")


def _unit(name: str, line: str) -> str:
    """A process as a unit, with the file of variables, and its lines in a log of its own."""
    shell = line.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    log = f"append:/var/log/{name}.stdout.log"
    return (
        f"[Unit]\nDescription={name}\nAfter=network.target\n"
        "[Service]\nUser=webapp\nGroup=webapp\nWorkingDirectory=/var/app/current\n"
        f"Environment=PORT={_PORT} PATH={VENV}/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH={VENV}/bin\n"
        f"EnvironmentFile={DEPLOYMENT}/env\n"
        f'ExecStart=/bin/sh -c "{shell}"\nStandardOutput={log}\nStandardError={log}\n'
        "Restart=always\nRestartSec=1\n[Install]\nWantedBy=multi-user.target\n"
    )


def _port(order: Order) -> str:
    return str(order["variables"].get("PORT", _PORT))


def _proxy(static: dict[str, str], port: str) -> str:
    """The proxy's configuration: static folders, all else to the app; what the bundle adds to it."""
    places = "".join(
        f"  location {prefix} {{ alias {CURRENT}/{folder}; access_log off; }}\n"
        for prefix, folder in sorted((_STATIC | static).items())
    )
    return (
        "server {\n  listen 80 default_server;\n"
        f"{places}  include conf.d/elasticbeanstalk/*.conf;\n"
        f"  location / {{\n    proxy_pass http://127.0.0.1:{port};\n    proxy_http_version 1.1;\n"
        '    proxy_set_header Connection "";\n    proxy_set_header Host $host;\n'
        "    proxy_set_header X-Real-IP $remote_addr;\n"
        "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n  }\n}\n"
    )


def _known() -> list[str]:
    return list(json.loads(_NAMES.read_text(encoding="utf-8"))) if _NAMES.exists() else []


def _stays(name: str, port: str) -> bool:
    """Whether a process runs and has been started once; the web process, once it answers, whatever it says.

    Gunicorn listens before it has loaded the app. One that is slow to answer is taken for running.
    """
    began = time.monotonic()
    state = ""
    while time.monotonic() < began + SETTLING_SECONDS:
        state = _shown(name, "ActiveState")
        if state == "failed" or int(_shown(name, "NRestarts")) > 0:
            return False
        if state == "active" and time.monotonic() > began + 1 and (name != "web" or _answers(port)):
            return True
        time.sleep(0.2)
    return state == "active"


def _shown(name: str, what: str) -> str:
    return systemctl("show", f"{name}.service", "--value", f"--property={what}")


def _answers(port: str) -> bool:
    """Whether the app answers a request."""
    asked = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        asked.request("GET", "/")
        asked.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
    return True
