"""Answering a request to the Platform API: which route it takes, and faults that were planted for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.heroku.api.platform import ApiError
from sandbox.plugins.heroku.api.routes import ROUTES

if TYPE_CHECKING:
    from sandbox.plugins.heroku.api.platform import Platform
    from sandbox.plugins.heroku.api.routes import Request

_FAULTS: Final = {
    "refused": ("You do not have access to this resource.", "forbidden"),
    "failed": ("Internal server error.", "internal_server_error"),
    "throttled": ("Your account reached the API rate limit.", "rate_limit"),
}


class LostError(Exception):
    """What was asked for was done, and the answer got lost on its way."""


def open_to_all(path: str) -> bool:
    """Whether a path needs no key: its address is the secret."""
    return path.startswith(("/blobs/", "/streams/"))


def dispatch(platform: Platform, request: Request) -> Any:
    """Answer a request: JSON, or text from a stream. Raises ApiError; LostError for an answer that got lost.

    A fault can be planted for one route: token `PATCH config-vars`, operation `request` (cloud/faults.py).
    """
    fault = platform.account.take_fault(_name(request), "request")
    if fault in _FAULTS:
        raise ApiError(*_FAULTS[fault])
    answer = _answer(platform, request)
    if fault == "landed":
        raise LostError
    return answer


def _name(request: Request) -> str:
    """A route's short name: the method and the last of its path's nouns."""
    return f"{request.method} {request.path.strip('/').split('/')[::2][-1]}"


def _answer(platform: Platform, request: Request) -> Any:
    for method, pattern, handler in ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            return handler(platform, request, list(match.groups()))
    raise ApiError("The requested API endpoint was not found.", "not_found")
