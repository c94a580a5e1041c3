"""The API of CloudWatch Logs over HTTP, as far as a log is read: FilterLogEvents.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html. A request
has to be signed, for the region that the account is used in; the signature's digits are not verified.
"""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.aws import log_groups
from sandbox.plugins.cloud import loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.plugins.cloud.account import Account

_MOST: Final = 10000  # entries of a page; what is asked for may be less
_TARGET: Final = "Logs_20140328."
_SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/\s]+/\d{8}/([a-z0-9-]+)/logs/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}"
)


class _ApiError(Exception):
    """What is answered instead: a code and its words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def serve(account: Account, region: Callable[[], str], port: int = 0) -> str:
    """Serve on this computer's loopback, while the process runs; the address. OSError: the port is taken."""
    shared = {"account": account, "region": staticmethod(region)}
    return loopback.serve(type("Handler", (_Handler,), shared), port)


def filter_log_events(account: Account | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """A page of the entries that are wanted, the oldest first; without an account as of an empty region.

    Raises _ApiError. A page ends with `nextToken` if there is more, as the API does.
    """
    unknown = set(wanted) - {"logGroupName", "logStreamNames", "startTime", "endTime", "limit", "nextToken"}
    limit = wanted.get("limit", _MOST)
    if unknown or not wanted.get("logGroupName") or not 1 <= limit <= _MOST:
        what = f"{', '.join(sorted(unknown)) or 'logGroupName or limit'} is not valid, or not emulated"
        raise _ApiError("InvalidParameterException", what)
    groups = None if account is None else log_groups.streams(account, wanted["logGroupName"])
    if groups is None:
        raise _ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    names = wanted.get("logStreamNames") or list(groups)
    if set(names) - set(groups):
        raise _ApiError("ResourceNotFoundException", "The specified log stream does not exist.")
    first, last = wanted.get("startTime", 0), wanted.get("endTime", float("inf"))
    entries = [one for name in names for one in groups[name] if first <= one["timestamp"] <= last]
    entries.sort(key=lambda one: one["timestamp"])
    token = wanted.get("nextToken", "0")
    if not token.isdecimal():
        raise _ApiError("InvalidParameterException", "The specified nextToken is invalid.")
    end = int(token) + limit
    more = {"nextToken": str(end)} if end < len(entries) else {}
    return {"events": entries[int(token) : end], "searchedLogStreams": [], **more}


def _signed_for(authorization: str) -> str:
    """The region that a request is signed for; a session's token is a header that is signed, too."""
    if not authorization:
        raise _ApiError("MissingAuthenticationTokenException", "Missing Authentication Token")
    found = _SIGNED.fullmatch(authorization)
    if found is None or not {"host", "x-amz-date"} <= set(found[2].split(";")):
        raise _ApiError("IncompleteSignatureException", "Authorization header is not understood")
    return found[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    account: ClassVar[Account]
    region: ClassVar[staticmethod[[], str]]

    def do_POST(self) -> None:
        """Answer."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, answer = 200, self._found(dict(json.loads(raw)))
        except (ValueError, TypeError):
            status, answer = 400, {"__type": "SerializationException"}
        except _ApiError as problem:
            status, answer = 400, {"__type": problem.code, "message": str(problem)}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _found(self, wanted: dict[str, Any]) -> dict[str, Any]:
        where = _signed_for(self.headers.get("Authorization", ""))
        if not self.headers.get("X-Amz-Target", "").startswith(_TARGET):
            raise _ApiError("UnknownOperationException", "")
        if self.headers["X-Amz-Target"] != f"{_TARGET}FilterLogEvents":
            raise _ApiError("UnknownOperationException", "not emulated by the sandbox")
        return filter_log_events(self.account if where == self.region() else None, wanted)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
