"""The platform's image: Amazon Linux 2023 is played by the Debian whose Python is nearest."""

from __future__ import annotations

import re
from typing import Final

from sandbox.machines.variants import PLAIN, Variant

_SUITES: Final = {"3.11": "bookworm", "3.13": "trixie"}
IMAGE: Final = Variant(
    name="beanstalk",
    packages=(*PLAIN.packages, "nginx-light", "python3-venv", "python3-yaml"),
    files=PLAIN.files,
    in_guest=PLAIN.in_guest.replace(
        "set -e\n",
        """set -e
useradd --system --user-group --home-dir /home/webapp --create-home --shell /usr/sbin/nologin webapp
useradd --user-group --create-home --shell /bin/bash ec2-user
mkdir -p /opt/elasticbeanstalk/deployment /var/app/venv
python3 -m venv /var/app/venv/staging-LQM1lest
mv /var/app/venv/staging-LQM1lest /opt/elasticbeanstalk/venv
rm -f /etc/nginx/sites-enabled/default
systemctl disable --quiet nginx.service
""",
        1,
    ),
)


def suite(solution_stack: str) -> tuple[str, str]:
    """The suite for a solution stack, and a remark where its Python is another one."""
    python = solution_stack.rpartition(" ")[2]
    if python in _SUITES:
        return _SUITES[python], ""
    minor = int(re.sub(r"\D", "", python.partition(".")[2]) or 0)
    near = "bookworm" if minor < 12 else "trixie"
    has = next(version for version, name in _SUITES.items() if name == near)
    return near, f"The sandbox has no Python {python}: the environment runs on {has}."
