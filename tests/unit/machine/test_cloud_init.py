"""What a new machine is told at its first boot."""

from __future__ import annotations

import base64
from typing import Any

import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.machine.cloud_init import user_data

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO8rvN5vQ0vVtM9Pz6o1U3ZgUq7Jc2f1o7lYHn0WJgXy"
KIND = "OPENSSH PRIVATE KEY-----"
PRIVATE = f"-----BEGIN {KIND}\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n-----END {KIND}\n"


def told(public: str = PUBLIC, private: str = PRIVATE) -> tuple[str, dict[str, Any]]:
    """The text that cloud-init gets, and what it makes of it."""
    text = base64.b64decode(user_data(public, private), validate=True).decode()
    return text, yaml.safe_load(text)


def test_cloud_init_knows_it_as_its_own() -> None:
    """By the first line, to the letter; anything else it would run as a script, or drop."""
    assert told()[0].partition("\n")[0] == "#cloud-config"


def test_the_host_key_is_the_one_given() -> None:
    """Both halves, line ends included: sshd refuses a private key without the last one."""
    _, settings = told()
    assert settings["ssh_keys"] == {"ed25519_public": PUBLIC, "ed25519_private": PRIVATE}
    assert settings["ssh_deletekeys"] is True


def test_nobody_logs_in_by_password() -> None:
    """Root does by the key pair of the instance; nothing else is said, no user or key added."""
    _, settings = told()
    assert (settings["ssh_pwauth"], settings["disable_root"]) == (False, False)
    assert set(settings) == {"ssh_deletekeys", "ssh_keys", "ssh_pwauth", "disable_root"}


def test_equal_keys_give_equal_user_data() -> None:
    """Other bytes would be another machine's."""
    assert user_data(PUBLIC, PRIVATE) == user_data(PUBLIC, PRIVATE)
    assert user_data(PUBLIC, PRIVATE) != user_data(PUBLIC, PRIVATE.replace("b3B", "b3C"))


@hypothesis_settings(max_examples=50, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], include_characters="\n"), max_size=60))
def test_whatever_a_key_holds_it_stays_a_key(text: str) -> None:
    """It can't become another setting."""
    _, settings = told(private=text)
    assert settings["ssh_keys"]["ed25519_private"] == text
    assert len(settings) == 4
