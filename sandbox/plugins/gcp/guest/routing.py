"""Which version answers a request: by its host, and by the split of traffic.

https://cloud.google.com/appengine/docs/standard/how-requests-are-routed and …/splitting-traffic
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from sandbox.plugins.gcp.guest.document import ALL

if TYPE_CHECKING:
    from sandbox.plugins.gcp.guest.document import Document, Service, Version

COOKIE: Final = "GOOGAPPUID"
_SHARES: Final = 1000
_DEFAULT: Final = "default"


@dataclass(frozen=True, kw_only=True)
class Asker:
    """What the split may depend on."""

    address: str = ""
    cookies: str = ""


@dataclass(frozen=True, kw_only=True)
class Route:
    """The version that answers, None for nobody; a cookie that keeps the client with it."""

    version: Version | None = None
    cookie: str = ""


def route(document: Document, host: str, asker: Asker) -> Route:
    """The version for a host name.

    A name that is not there goes to the default service ("soft routing"), so a version that was never made
    answers too, with another one's words.
    """
    service, version = _target(document, host)
    found = document.services.get(service)
    if not document.serving or found is None or found.ingress != ALL:
        return Route()
    if version:
        return Route(version=found.versions.get(version))
    chosen, cookie = _by_split(found, asker)
    return Route(version=found.versions.get(chosen), cookie=cookie)


def _target(document: Document, host: str) -> tuple[str, str]:
    """Service and version that a host names; no version where the split decides, no service for nobody's."""
    name = host.partition(":")[0].lower()
    for own in (document.hostname, f"{document.project}.appspot.com"):
        if name == own:
            return _DEFAULT, ""
        if name.endswith(f"-dot-{own}"):
            return _named(document, name.removesuffix(f"-dot-{own}").split("-dot-"))
    return "", ""


def _named(document: Document, parts: list[str]) -> tuple[str, str]:
    *_, last = parts
    if last in document.services:
        versions = document.services[last].versions
        return last, next((part for part in parts[:-1] if part in versions), "")
    default = document.services.get(_DEFAULT)
    return _DEFAULT, last if default is not None and last in default.versions else ""


def _by_split(service: Service, asker: Asker) -> tuple[str, str]:
    """The version that the split gives a client, and the cookie to set."""
    if len(service.split) < 2:
        return next(iter(service.split), ""), ""
    if service.shard_by == "RANDOM":
        return _share(service, random.randrange(_SHARES)), ""  # noqa: S311 - traffic, no secret
    if service.shard_by == "IP":
        digest = hashlib.sha256(asker.address.encode()).digest()
        return _share(service, int.from_bytes(digest[:4]) % _SHARES), ""
    number = _own_number(asker.cookies)
    if number is not None:
        return _share(service, number), ""
    number = random.randrange(_SHARES)  # noqa: S311 - as above
    return _share(service, number), f"{COOKIE}={number}; Path=/"


def _own_number(header: str) -> int | None:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return int(found.value) if found is not None and found.value.isdigit() else None


def _share(service: Service, number: int) -> str:
    """The version whose part of the thousand shares a number lies in."""
    reached = 0.0
    for version, part in sorted(service.split.items()):
        reached += part * _SHARES
        if number < reached - 1e-6:
            return version
    return max(service.split)
