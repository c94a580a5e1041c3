"""A load balancer: nginx in front of instances. Reads their addresses as JSON; those who go are let finish.

`application` tells the app who asks, by X-Forwarded-*; `network` and `classic` are played by the same proxy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

CONFIGURATION: Final = Path("/etc/nginx/conf.d/00-balancer.conf")


def main() -> None:
    """Let the targets of the order answer, and wait until no request is left with those before them."""
    order = json.load(sys.stdin)
    CONFIGURATION.write_text(text(order["targets"], order["kind"]), encoding="utf-8")
    subprocess.run(["systemctl", "enable", "-q", "nginx.service"], check=True)
    subprocess.run(["systemctl", "reload-or-restart", "nginx.service"], check=True)
    deadline = time.monotonic() + order["seconds"]
    while order["leaving"] and time.monotonic() < deadline and busy(order["leaving"]):
        time.sleep(0.1)
    print(json.dumps({"failed": False}))


def text(targets: list[str], kind: str) -> str:
    """The proxy's configuration. A target that fails is the app's business: no other one is asked instead."""
    if not targets:
        return "server { listen 80 default_server; return 503; }\n"
    forwarded = ""
    if kind != "network":
        forwarded = (
            "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
            "    proxy_set_header X-Forwarded-Port $server_port;\n"
            "    proxy_set_header X-Forwarded-Proto $scheme;\n"
        )
    servers = "".join(f"  server {address}:80 max_fails=0;\n" for address in targets)
    return (
        f"upstream targets {{\n{servers}}}\n"
        "server {\n  listen 80 default_server;\n  client_max_body_size 0;\n"
        "  location / {\n    proxy_pass http://targets;\n    proxy_next_upstream off;\n"
        "    proxy_request_buffering off;\n    proxy_set_header Host $host;\n"
        f"{forwarded}  }}\n}}\n"
    )


def busy(addresses: list[str]) -> bool:
    """Whether a connection to one of these is open."""
    where = " or ".join(f"dst {address}" for address in addresses)
    command = ["ss", "-Htn", "state", "established", f"( {where} )"]
    return bool(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    main()
