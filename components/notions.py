"""Notions of the configuration as types: what an app name, a host, a folder may be.

Each is a pure check. Its message says the rule and an example; where it happened is added by `settings`.
"""

import ipaddress
import re
from contextlib import suppress
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, SecretStr

from components import pinned

_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
# Variables that change how programs load code: never the app's own configuration.
_LOADER_VARIABLES: Final = frozenset(
    {
        "PATH",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
    }
)
# What Linux takes as one variable is 128 KiB with its name (execve(2), MAX_ARG_STRLEN).
_VALUE_BYTES: Final = 120 * 1024


def matching(pattern: str, rule: str) -> AfterValidator:
    """Return a check that text matches a pattern as a whole; `rule` is what it says otherwise."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(rule)
        return value

    return AfterValidator(check)


def host(value: str) -> str:
    """Accept a host name or an IP address; host names in lower case."""
    with suppress(ValueError):
        if "%" not in value:  # behind it may stand anything
            return str(ipaddress.ip_address(value))
    if re.fullmatch(r"[0-9.]+", value):
        raise ValueError("should be an address of four numbers up to 255, for example '203.0.113.7'")
    return host_name(value)


def host_name(value: str) -> str:
    """Accept a DNS host name (RFC 1123), in lower case."""
    name = value.lower()
    if len(name) <= 253 and re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", name):
        return name
    raise ValueError("should be a host name of letters, digits and dashes, for example 'app.example.com'")


def environment_value(value: Any) -> Any:
    """Accept text. YAML makes other things of `no`, `1e3` or `3.10`, so those have to be quoted."""
    if not isinstance(value, str):
        kinds = {bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}
        kind = kinds.get(type(value), "a structure")
        raise ValueError(  # noqa: TRY004 - pydantic gathers ValueErrors
            f'should be text, and YAML reads it as {kind}: put it in quotes, for example "no"'
        )
    return text(value)


def text(value: str) -> str:
    """Accept text that arrives byte for byte through scripts and systemd's files."""
    if not all(map(_is_character, value)):
        raise ValueError("should be text without control characters (new lines and tabs are fine)")
    if len(value.encode()) > _VALUE_BYTES:
        raise ValueError(f"should be at most {_VALUE_BYTES // 1024} KiB, since Linux takes no more")
    return value


def _is_character(character: str) -> bool:
    """Whether systemd takes it in a file (unichar_is_valid), and a terminal does not act on it."""
    code = ord(character)
    reserved = 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return character in "\n\t" or not (code < 0x20 or code == 0x7F or reserved)


def secret_value(value: SecretStr) -> SecretStr:
    """Accept the text of a secret."""
    text(value.get_secret_value())
    return value


def workers(value: Any) -> Any:
    """Accept a number of processes, or 'auto'."""
    if value == "auto" or (type(value) is int and 1 <= value <= 256):
        return value
    raise ValueError("should be 'auto' or a whole number from 1 to 256, for example auto")


def environment_name(value: str) -> str:
    """Accept the name of an environment variable (POSIX) that does not steer how code is loaded."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError(
            f"{value!r} should be letters, digits and '_', not a digit first, for example 'WORK_ENV'"
        )
    if value in _LOADER_VARIABLES:
        raise ValueError(
            f"{value!r} decides what code is loaded, so the deployment sets it; take another name"
        )
    return value


def folder(value: str) -> str:
    """Accept a folder below the app's root, as a relative POSIX path without '.' or '..'."""
    parts = value.rstrip("/").split("/")
    if not all(re.fullmatch(r"[A-Za-z0-9_.-]+", part) and not set(part) <= {"."} for part in parts):
        raise ValueError("should be a folder of the app, for example 'images'")
    if value.startswith("-"):
        raise ValueError("should not start with '-', for example 'images'")
    return "/".join(parts)


def url_prefix(value: str) -> str:
    """Accept the URL prefix of a static folder."""
    if not re.fullmatch(r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+", value):
        raise ValueError(
            "should be a path that starts with '/' and does not end with it, for example '/avatar'"
        )
    return value


def version(value: Any) -> Any:
    """Accept a Python version as text: YAML reads 3.10 as the number 3.1."""
    if not isinstance(value, str) or not re.fullmatch(r"3\.[0-9]{1,2}", value):
        raise ValueError('should be a Python version in quotes, for example "3.12" (YAML reads 3.10 as 3.1)')
    return value


def admin_network(value: str) -> str:
    """Accept an IPv4 network from which somebody may log in: an address, or a CIDR of at least 8 bits."""
    rule = "should be the address or network that you log in from, for example '203.0.113.7/32'"
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        raise ValueError(f"{rule} (IPv4, no bits set behind the prefix)") from None
    if network.prefixlen < 8:
        raise ValueError(f"{rule}; {value} would let the whole Internet try to log in")
    return str(network)


def private_network(value: str) -> str:
    """Accept a private IPv4 network (RFC 1918) of 8 to 20 bits: room for a subnet of 24 in each zone."""
    rule = "should be a private network of 8 to 20 bits, for example '172.16.0.0/16'"
    ranges = [ipaddress.IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        raise ValueError(f"{rule} (no bits set behind the prefix)") from None
    if network.prefixlen > 20 or not any(network.subnet_of(one) for one in ranges):
        raise ValueError(rule)
    return str(network)


AppName = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9-]{1,28}[a-z0-9]",
        "should be 3 to 30 lower-case letters, digits or dashes, a letter first and no dash last, "
        "for example 'bookstore'",
    ),
]
UrlPath = Annotated[
    str,
    matching(
        r"/(?!(.*/)?\.\.(/|\?|$))[A-Za-z0-9._~/%?=&+-]*",
        "should be a path that starts with '/' and has no '..', for example '/healthz'",
    ),
]
KeptRelease = Annotated[
    str,
    matching(
        pinned.ANY,
        "should be a kept release, as an output of its own run named it, for example "
        + ", ".join(f"'{form.example}' ({form.output})" for form in pinned.FORMS),
    ),
]
Host = Annotated[str, AfterValidator(host)]
AdminNetwork = Annotated[str, AfterValidator(admin_network)]
PrivateNetwork = Annotated[str, AfterValidator(private_network)]
HostName = Annotated[str, AfterValidator(lambda value: host_name(value) if value else value)]
DomainName = Annotated[str, AfterValidator(host_name)]
EnvironmentName = Annotated[str, AfterValidator(environment_name)]
EnvironmentValue = Annotated[str, BeforeValidator(environment_value)]
SecretValue = Annotated[SecretStr, AfterValidator(secret_value)]
Text = Annotated[str, AfterValidator(text)]
Workers = Annotated[int | Literal["auto"], BeforeValidator(workers)]
Folder = Annotated[str, AfterValidator(folder)]
UrlPrefix = Annotated[str, AfterValidator(url_prefix)]
PythonVersion = Annotated[str, BeforeValidator(version)]
LoginName = Annotated[
    str,
    matching(r"[a-z_][a-z0-9_.-]{0,31}", "should be a login name, for example 'root' or 'ubuntu'"),
]
