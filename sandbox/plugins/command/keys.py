"""Who we are and whom we trust: the credentials of one connection, as the official plugin has them.

Its rules: https://github.com/pulumi/pulumi-command/blob/v1.2.1/provider/pkg/provider/remote/connection.go
"""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncssh

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.command.gotext import os_error

if TYPE_CHECKING:
    from sandbox.plugins.values import Props

_OPTIONS = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")*\s+')


@dataclass(frozen=True)
class Credentials:
    """`methods` are tried in this order, each at most once and only when the server offers it."""

    user: str
    methods: tuple[str, ...]
    key: asyncssh.SSHKey | None
    password: str | None
    agent: str | None
    host_key: asyncssh.SSHKey | None


def credentials(connection: Props) -> Credentials:
    """The credentials that a connection's inputs mean.

    Raises RefusedError at once, without a retry, for a key that can't be read and for an agent that
    doesn't answer. Without a host key any host is trusted. An agent is asked to answer whenever a
    socket is known, though with a private key its keys are never tried.
    """
    host_key = connection.get("hostKey")
    pinned = None if host_key is None else _host_key(host_key)
    methods = []
    key = None
    if "privateKey" in connection:
        key = _private_key(connection["privateKey"], connection.get("privateKeyPassword"))
        methods.append("publickey")
    if "password" in connection:
        methods += ["password", "keyboard-interactive"]
    agent = connection.get("agentSocketPath", os.environ.get("SSH_AUTH_SOCK") or None)
    if agent is not None:
        _try_agent(agent)
        methods += [] if key else ["publickey"]
    return Credentials(
        user=connection["user"],
        methods=tuple(methods),
        key=key,
        password=connection.get("password"),
        agent=None if key else agent,
        host_key=pinned,
    )


def _host_key(text: str) -> asyncssh.SSHKey:
    """The first key in text of the form of authorized_keys; what stands before one is options."""
    for line in text.splitlines():
        rest = line.strip()
        if rest.startswith("#"):
            continue
        while rest:
            try:
                return asyncssh.import_public_key(rest)
            except asyncssh.KeyImportError:
                match = _OPTIONS.match(rest)
                rest = rest[match.end() :] if match else ""
    raise RefusedError("failed to parse host key: ssh: no key found")


def _private_key(text: str, password: str | None) -> asyncssh.SSHKey:
    """The key. One that is not encrypted is refused when a password is given for it."""
    new_form = "BEGIN OPENSSH" in text
    unreadable = "invalid openssh private key format" if new_form else "no key found"
    try:
        key = asyncssh.import_private_key(text)
    except asyncssh.KeyImportError as error:
        if "passphrase" not in str(error).lower():
            raise RefusedError(f"ssh: {unreadable}") from None
        if password is None:
            raise RefusedError("ssh: this private key is passphrase protected") from None
    else:
        if password is None:
            return key
        open_key = "key is not password protected" if new_form else "not an encrypted key"
        raise RefusedError(f"ssh: {open_key}")
    try:
        return asyncssh.import_private_key(text, password)
    except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
        if "bcrypt" in str(error):
            raise RefusedError(f"the stand-in can't read this key: {error}") from None
        raise RefusedError("x509: decryption password incorrect") from None


def _try_agent(path: str) -> None:
    if not path:
        raise RefusedError("dial unix: missing address")
    with socket.socket(socket.AF_UNIX) as agent:
        try:
            agent.connect(path)
        except OSError as error:
            raise RefusedError(f"dial unix {path}: connect: {os_error(error)}") from None
