"""Secret Manager's API as an instance sees it: the payload of a version, for who may read it.

https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.gcp.guest import places, servers
from sandbox.plugins.gcp.guest.servers import SecureHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.gcp.guest.document import Document, Source
    from sandbox.plugins.gcp.guest.identity import Tokens

_ACCESS: Final = re.compile(r"/v1/projects/([^/]+)/secrets/([^/]+)/versions/([^/:]+):access")
_STATUS: Final = {
    400: "FAILED_PRECONDITION",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
}


def access(document: Document, account: str, path: str) -> tuple[int, Any]:
    """HTTP status and answer for a request of this account (empty: no valid token)."""
    match = _ACCESS.fullmatch(path)
    if match is None:
        return 404, "Method not found."
    if not account:
        return 401, "Request had invalid authentication credentials."
    project, name, wanted = match.groups()
    if not document.secret_manager:
        return 403, f"Secret Manager API has not been used in project {project} before or it is disabled."
    secret = document.secrets.get(name)
    resource = f"projects/{project}/secrets/{name}"
    if (
        secret is None
        or project not in {document.project, secret["number"]}
        or account not in secret["readers"]
    ):
        text = (
            f"Permission 'secretmanager.versions.access' denied for resource '{resource}/versions/{wanted}' "
        )
        return 403, f"{text}(or it may not exist)."
    return _payload(secret, resource, wanted)


def _payload(secret: Mapping[str, Any], resource: str, wanted: str) -> tuple[int, Any]:
    """The payload of one of the secret's versions; `latest` is the newest that is enabled."""
    enabled = [number for number, row in secret["versions"].items() if row["state"] == "ENABLED"]
    number = max(enabled, key=int, default="0") if wanted == "latest" else wanted
    row = secret["versions"].get(number, {"state": "DESTROYED"})
    if row["state"] == "DESTROYED":
        return 404, f"Secret Version [{resource}/versions/{number}] not found."
    if row["state"] != "ENABLED":
        return 400, f"Secret Version [{resource}/versions/{number}] is in {row['state']} state."
    full = f"projects/{secret['number']}/secrets/{resource.rpartition('/')[2]}/versions/{number}"
    return 200, {"name": full, "payload": {"data": row["payload"]}}


class Handler(SecureHandler):
    """One question of an instance."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    source: ClassVar[Source]
    tokens: ClassVar[Tokens]

    def do_GET(self) -> None:  # noqa: N802 - the library's name
        """Answer it."""
        account = self.tokens.account(self.headers.get("Authorization", ""))
        status, answer = access(self.source.now(), account, self.path.partition("?")[0])
        if status != 200:
            answer = {"error": {"code": status, "message": answer, "status": _STATUS[status]}}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serve(source: Source, tokens: Tokens) -> None:
    """Answer on the API's address in the background."""
    handler = type("SecretManager", (Handler,), {"source": source, "tokens": tokens})
    servers.start((places.SECRET_MANAGER, 443), handler, "googleapis")
