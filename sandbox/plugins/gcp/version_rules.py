"""What a version's arguments are refused for: by the provider's schema, or by the API before it builds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp import names
from sandbox.plugins.gcp.document import MEMORY
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.plugins.values import Props

_RUNTIME: Final = re.compile(r"python3(1[0-5]|9)")
_SCALING: Final = ("automaticScaling", "basicScaling", "manualScaling")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "authFailAction": ("AUTH_FAIL_ACTION_REDIRECT", "AUTH_FAIL_ACTION_UNAUTHORIZED"),
    "login": ("LOGIN_OPTIONAL", "LOGIN_ADMIN", "LOGIN_REQUIRED"),
    "securityLevel": ("SECURE_DEFAULT", "SECURE_NEVER", "SECURE_OPTIONAL", "SECURE_ALWAYS"),
    "redirectHttpResponseCode": tuple(f"REDIRECT_HTTP_RESPONSE_CODE_{code}" for code in (301, 302, 303, 307)),
}


def failures(inputs: Props) -> Iterator[Failure]:
    """All faults of the arguments that are known."""
    version, service = inputs.get("versionId"), inputs.get("service")
    if version is not None and not names.VERSION.fullmatch(version):
        yield _fault(
            f"Invalid version id {version!r}: lowercase letters, digits and hyphens, at most 63, neither "
            "'default' nor 'latest', not starting with 'ah-'"
        )
    if service is not None and not names.SERVICE.fullmatch(service):
        yield _fault(f"Invalid service id {service!r}: lowercase letters, digits and hyphens, at most 63")
    if "runtime" in inputs and not _RUNTIME.fullmatch(inputs["runtime"]):
        yield _fault(f"Invalid runtime {inputs['runtime']!r}; the sandbox has those of Python 3")
    yield from _scaling(inputs)
    for number, handler in enumerate(inputs.get("handlers", [])):
        yield from _handler(f"handlers.{number}", handler)


def _scaling(inputs: Props) -> Iterator[Failure]:
    """At most one kind, and an instance class that goes with it."""
    given = [name for name in _SCALING if name in inputs]
    if len(given) > 1:
        yield _fault(f'"{given[0]}": conflicts with {given[1]}')
    kind = inputs.get("instanceClass", "F1" if "automaticScaling" in inputs or not given else "B2")
    if kind not in MEMORY:
        yield _fault(f"Invalid instance class {kind!r}")
    elif (kind[0] == "F") == bool({"basicScaling", "manualScaling"} & set(given)):
        yield _fault(f"instance class {kind} does not go with {given[0] if given else 'automatic scaling'}")
    scheduler = inputs.get("automaticScaling", {}).get("standardSchedulerSettings", {})
    if scheduler.get("minInstances", 0) > scheduler.get("maxInstances", 20):
        yield _fault("min_instances must not be larger than max_instances")


def _handler(where: str, handler: Mapping[str, Any]) -> Iterator[Failure]:
    for name, allowed in _CHOICES.items():
        if name in handler and handler[name] not in allowed:
            yield _fault(f"expected {where}.{name} to be one of {list(allowed)}, got {handler[name]}")
    if handler.get("login", "LOGIN_OPTIONAL") != "LOGIN_OPTIONAL":
        yield _fault(f"{where}.login: Python 3 runtimes know no logins, only LOGIN_OPTIONAL")
    try:
        re.compile(handler.get("urlRegex", ""))
        re.compile(handler.get("staticFiles", {}).get("uploadPathRegex", ""))
    except re.error as problem:
        yield _fault(f"{where}: not a regular expression: {problem}")
    script = handler.get("script", {}).get("scriptPath", "auto")
    if script != "auto":
        yield _fault(f"{where}.script: Python 3 runtimes take only 'auto', not {script!r}")


def _fault(text: str) -> Failure:
    return Failure("", text)
