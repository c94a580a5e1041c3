"""What a new machine is told at its first boot, so that the very first connection knows whom it speaks to."""

import base64

import yaml


def user_data(host_key: str, host_key_private: str) -> str:
    """Return user data for cloud-init, base64: the machine's SSH host key, and logins by key only.

    Args:
        host_key: the public half, type and key: `ssh-ed25519 AAAA…`.
        host_key_private: the private half in OpenSSH's format. So the result is secret.

    The keys are those of cloud-init's module `ssh`. Root logs in with the key pair of the instance:
    the cloud can change that, and a user of our own could not be given a new key later.
    """
    settings = {
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": host_key_private, "ed25519_public": host_key},
        "ssh_pwauth": False,
        "disable_root": False,
    }
    text = "#cloud-config\n" + yaml.safe_dump(settings, sort_keys=True)
    return base64.b64encode(text.encode()).decode()
