"""What a Debian tree has beyond its suite: a login of ours, or cloud-init, as a cloud's image has."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What a tree is made of. Its name is part of the tree's: `plain` has none there."""

    name: str
    packages: tuple[str, ...]
    files: Mapping[str, str]
    in_guest: str  # run in the tree by /bin/sh, once


# What Debian's cloud images have of what a deployment may lean on. Not python3-venv, not curl's
# friends, no web server: a deployment that needs them has to install them.
_PACKAGES: Final = (
    "apt-utils",
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "libpam-systemd",
    "openssh-server",
    "procps",
    "python3",
    "sudo",
    "systemd",
    "systemd-sysv",
    "udev",
)
_FILES: Final = {
    "etc/default/locale": "LANG=C.UTF-8\n",
    "etc/hostname": "localhost\n",
    "etc/machine-id": "",
}
PLAIN: Final = Variant(
    name="plain",
    packages=_PACKAGES,
    files={
        **_FILES,
        # As cloud-init leaves it on a cloud's image: keys only. The rest is sshd's default.
        "etc/ssh/sshd_config.d/50-cloud-init.conf": "PasswordAuthentication no\n",
        "etc/sudoers.d/90-cloud-init-users": "admin ALL=(ALL) NOPASSWD:ALL\n",
    },
    in_guest="""
set -e
useradd --create-home --shell /bin/bash --groups sudo admin
chmod 0440 /etc/sudoers.d/90-cloud-init-users
mkdir -p /var/log/journal
systemctl enable --quiet systemd-networkd.service
rm -f /etc/ssh/ssh_host_*
ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1 && update-ca-certificates >/dev/null
exit 0
""",
)

# Where cloud-init finds the instance's data, and who logs in. In Alibaba Cloud's own images root is the
# default user and isn't disabled (their /etc/cloud/cloud.cfg); the datasource there is called AliYun.
_CLOUD_INIT: Final = """\
datasource_list: [NoCloud, None]
network: {config: disabled}
users: [default]
user: {name: root, lock_passwd: false, sudo: ""}
disable_root: false
ssh_pwauth: false
manage_etc_hosts: localhost
"""
_KEY_PAIR: Final = "usr/libexec/key-pair"
_KEY_PAIR_UNIT: Final = f"""\
[Unit]
Description=Logins of root by the instance's key pair
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /{_KEY_PAIR}

[Install]
WantedBy=multi-user.target
"""
CLOUD: Final = Variant(
    name="cloud",
    packages=(*_PACKAGES, "cloud-init"),
    files={
        **_FILES,
        "etc/cloud/cloud.cfg.d/90-image.cfg": _CLOUD_INIT,
        "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "etc/systemd/system/key-pair.service": _KEY_PAIR_UNIT,
        _KEY_PAIR: Path(__file__).with_name("key_pair.py").read_text(encoding="utf-8"),
    },
    in_guest="""
set -e
mkdir -p /var/log/journal
systemctl enable --quiet systemd-networkd.service key-pair.service
rm -f /etc/ssh/ssh_host_*
ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1 && update-ca-certificates >/dev/null
exit 0
""",
)
