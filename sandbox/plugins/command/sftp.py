"""Copy a file, a text or a directory to a machine, with the official plugin's destinations."""

from __future__ import annotations

import contextlib
import posixpath
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.command.connect import connect
from sandbox.plugins.command.dial import wait_for
from sandbox.plugins.command.gotext import path_error

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from sandbox.plugins.values import Asset, Props

# Go opens with read as well, and truncates in place: the copy is not atomic.
_NEW_FILE = asyncssh.FXF_READ | asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


# A lost connection ends what is under way with an error of its own.
_FAILED = (asyncssh.SFTPError, asyncssh.DisconnectError, OSError)


def copy(call: Call, inputs: Props) -> None:
    """Copy `source` to `remotePath`. Raises RefusedError; what was copied before that stays."""
    machine = connect(call, inputs["connection"])
    try:
        wait_for(_copy(machine, inputs["source"], inputs["remotePath"]))
    finally:
        wait_for(_close(machine))


async def _close(machine: asyncssh.SSHClientConnection) -> None:
    machine.close()


async def _copy(machine: asyncssh.SSHClientConnection, source: Asset, target: str) -> None:
    try:
        sftp = await machine.start_sftp_client()
    except asyncssh.ChannelOpenError:
        raise RefusedError("ssh: subsystem request failed") from None
    except asyncssh.Error:
        problem = "server unexpectedly closed connection: unexpected EOF"
        raise RefusedError(f"error receiving version packet from server: {problem}") from None
    if not source.path:
        await _copy_text(sftp, source.text, target)
    elif _is_local_directory(source.path):
        await _copy_directory(sftp, source.path, target)
    else:
        await _copy_file(sftp, source.path, target)


async def _copy_text(sftp: asyncssh.SFTPClient, content: str, target: str) -> None:
    if await _kind(sftp, target) == "directory":
        raise RefusedError(
            f"remote path {target} is a directory; when using a text asset, remotePath must be a file path"
        )
    await _make_parents(sftp, target)
    await _write(sftp, content.encode(), target, f"write text content to remote path {target}")


async def _copy_file(sftp: asyncssh.SFTPClient, source: str, target: str) -> None:
    kind = await _kind(sftp, target)
    if kind == "directory":
        target = posixpath.normpath(f"{target}/{Path(source).name}")
    elif kind is None:
        await _make_parents(sftp, target)
    await _send(sftp, Path(source), target)


async def _copy_directory(sftp: asyncssh.SFTPClient, source: str, target: str) -> None:
    if await _kind(sftp, target) is None:
        await _tell(_make_directories(sftp, target), f"create remote directory {target}")
    if not source.endswith("/"):
        target = posixpath.normpath(f"{target}/{Path(source).name}")
    await _ensure_directory(sftp, target)
    for path in _children(source):
        there = posixpath.normpath(f"{target}/{path.name}")
        if path.is_dir() and not path.is_symlink():
            await _copy_directory(sftp, f"{path}/", there)
        else:
            await _send(sftp, path, there)


def _children(folder: str) -> list[Path]:
    return sorted(Path(folder).iterdir())


def _is_local_directory(path: str) -> bool:
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except OSError as error:
        raise RefusedError(path_error("open", path, error)) from None


async def _kind(sftp: asyncssh.SFTPClient, path: str) -> str | None:
    """`directory`, `file`, or None for what is not there."""
    try:
        attrs = await sftp.stat(path)
    except asyncssh.SFTPNoSuchFile:
        return None
    except _FAILED as error:
        raise RefusedError(f"failed to stat remote path {path}: {_text(error)}") from None
    return "directory" if attrs.type == asyncssh.FILEXFER_TYPE_DIRECTORY else "file"


async def _ensure_directory(sftp: asyncssh.SFTPClient, path: str) -> None:
    kind = await _kind(sftp, path)
    if kind == "file":
        raise RefusedError(f"remote path {path} exists but is not a directory")
    if kind is None:
        await _tell(sftp.mkdir(path), f"create remote directory {path}")


async def _make_parents(sftp: asyncssh.SFTPClient, path: str) -> None:
    folder = posixpath.normpath(posixpath.dirname(path) or ".")
    await _tell(_make_directories(sftp, folder), f"create parent directories for {path}")


async def _make_directories(sftp: asyncssh.SFTPClient, path: str) -> None:
    """Make a directory and its parents, as Go's pkg/sftp does."""
    try:
        attrs = await sftp.stat(path)
    except _FAILED:
        parent = posixpath.dirname(path.rstrip("/"))
        if parent not in {"", "/"}:
            await _make_directories(sftp, parent)
        await sftp.mkdir(path)
    else:
        if attrs.type != asyncssh.FILEXFER_TYPE_DIRECTORY:
            raise RefusedError(f"mkdir {path}: not a directory")


async def _send(sftp: asyncssh.SFTPClient, source: Path, target: str) -> None:
    """Copy one file's content; a link's target, nothing of its mode."""
    what = f"copy file {source} to remote path {target}"
    try:
        content = _read(source)
    except IsADirectoryError as error:
        # Go notices this only when it reads: the new file is there by then.
        await _write(sftp, b"", target, what)
        problem = path_error("read", str(source), error)
        raise RefusedError(f"failed to {what}: {problem}") from None
    except OSError as error:
        raise RefusedError(path_error("open", str(source), error)) from None
    await _write(sftp, content, target, what)


def _read(path: Path) -> bytes:
    return path.read_bytes()


async def _write(sftp: asyncssh.SFTPClient, content: bytes, target: str, what: str) -> None:
    try:
        file = await sftp.open(target, _NEW_FILE, encoding=None)
    except _FAILED as error:
        raise RefusedError(f"failed to create remote file {target}: {_text(error)}") from None
    try:
        await _tell(file.write(content), what)
    finally:
        # The official plugin does not look at what closing says, and a lost connection says it twice.
        with contextlib.suppress(*_FAILED):
            await file.close()


async def _tell(work: Awaitable[object], what: str) -> None:
    """Do something, or say what failed."""
    try:
        await work
    except _FAILED as error:
        raise RefusedError(f"failed to {what}: {_text(error)}") from None
    except RefusedError as error:
        raise RefusedError(f"failed to {what}: {error}") from None


def _text(error: asyncssh.Error | OSError) -> str:
    """The server's refusal as Go's pkg/sftp prints it."""
    match error:
        case asyncssh.SFTPNoSuchFile():
            return "file does not exist"
        case asyncssh.SFTPPermissionDenied():
            return "permission denied"
        case asyncssh.SFTPConnectionLost() | asyncssh.DisconnectError() | OSError():
            return "connection lost"
        case asyncssh.SFTPFailure():
            return f'sftp: "{error.reason}" (SSH_FX_FAILURE)'
    return f'sftp: "{error.reason}"'
