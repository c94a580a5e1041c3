"""Texts as Go writes them, since the official plugin's errors are made of them."""

from __future__ import annotations

import errno
import signal

# The numbers that golang.org/x/crypto/ssh adds to 128, by RFC 4254's names.
_SSH_SIGNALS = {
    name: int(getattr(signal, f"SIG{name}"))
    for name in ("ABRT", "ALRM", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "TERM")
}

# Go's names of errors differ from Python's in case: https://pkg.go.dev/syscall#Errno
_ERRORS = {
    errno.ENOENT: "no such file or directory",
    errno.EACCES: "permission denied",
    errno.ENOTDIR: "not a directory",
    errno.EISDIR: "is a directory",
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset by peer",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ENOEXEC: "exec format error",
    errno.E2BIG: "argument list too long",
}
_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}


def quote(text: str) -> str:
    """A string as Go's %q prints it."""
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def os_error(error: OSError) -> str:
    """An operating system's error, without what it was about."""
    return _ERRORS.get(error.errno or 0, (error.strerror or str(error)).lower())


def path_error(operation: str, path: str, error: OSError) -> str:
    """What Go says when an operation on a path fails."""
    return f"{operation} {path}: {os_error(error)}"


def remote_exit(status: int | None, signal_name: str | None) -> str | None:
    """How a command on a machine ended, None when well."""
    if status == 0:
        return None
    if status is None and signal_name is None:
        return "wait: remote command exited without exit status or exit signal"
    if status is None:
        status = 128 + _SSH_SIGNALS.get(str(signal_name), 0)
    return f"Process exited with status {status}" + (f" from signal {signal_name}" if signal_name else "")


def local_exit(code: int, *, dumped_core: bool = False) -> str | None:
    """How a command on this computer ended (negative: a signal), None when well."""
    if code >= 0:
        return f"exit status {code}" if code else None
    name = (signal.strsignal(-code) or f"signal {-code}").lower()
    return f"signal: {name}" + (" (core dumped)" if dumped_core else "")
