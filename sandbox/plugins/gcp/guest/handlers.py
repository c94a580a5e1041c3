"""What a version's handlers do with a path: a redirect, a file of the bundle, the app.

https://cloud.google.com/appengine/docs/standard/reference/app-yaml#handlers_element
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp.guest import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

EXPIRATION: Final = 600  # seconds: "the default expiration is 10 minutes"
_CODES: Final = {f"REDIRECT_HTTP_RESPONSE_CODE_{code}": code for code in (301, 302, 303, 307)}


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the bundle, and the headers that come with it."""

    path: Path
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What happens: `redirect` to that scheme with `code`; a file, None if it is missing; or the app."""

    kind: str  # redirect, file, app, nothing
    scheme: str = ""
    code: int = 0
    file: File | None = field(default=None)


def decide(handlers: Sequence[Mapping[str, Any]], build: str, path: str, scheme: str) -> Decision:
    """The first handler that matches the whole path decides; without handlers the app gets all."""
    for handler in handlers or ({"urlRegex": ".*", "script": {"scriptPath": "auto"}},):
        match = re.fullmatch(handler.get("urlRegex", ""), path)
        if match is None:
            continue
        wanted = {"SECURE_ALWAYS": "https", "SECURE_NEVER": "http"}.get(handler.get("securityLevel", ""))
        if wanted is not None and wanted != scheme:
            code = _CODES.get(handler.get("redirectHttpResponseCode", ""), 302)
            return Decision(kind="redirect", scheme=wanted, code=code)
        static = handler.get("staticFiles")
        if static is None:
            return Decision(kind="app")
        file = _file(static, match, build)
        if file is None and static.get("requireMatchingFile"):
            continue
        return Decision(kind="file", file=file)
    return Decision(kind="nothing")


def _file(static: Mapping[str, Any], match: re.Match[str], build: str) -> File | None:
    try:
        name = match.expand(static.get("path", ""))
    except (re.error, IndexError):
        return None
    if not re.fullmatch(static.get("uploadPathRegex", ""), name):
        return None
    folder = static_folder(build)
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    return File(path=path, headers=_headers(static, path))


def static_folder(build: str) -> Path:
    """Where a build's static files are."""
    return places.IMAGES / build / "static"


def _headers(static: Mapping[str, Any], path: Path) -> dict[str, str]:
    kind = static.get("mimeType") or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    seconds = EXPIRATION
    if given := static.get("expiration"):
        seconds = int(float(str(given).removesuffix("s")))
    stat = path.stat()
    own = {
        "Content-Type": kind,
        "Cache-Control": f"public, max-age={seconds}",
        "ETag": f'"{stat.st_mtime_ns:x}{stat.st_size:x}"',
    }
    return own | {name: str(value) for name, value in static.get("httpHeaders", {}).items()}


def static_names(handlers: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The files that static handlers take, and whether the app may read each as well."""
    patterns = [
        (re.compile(static.get("uploadPathRegex", "")), bool(static.get("applicationReadable")))
        for handler in handlers
        if (static := handler.get("staticFiles")) is not None
    ]
    for name in names:
        readable = [readable for pattern, readable in patterns if pattern.fullmatch(name)]
        if readable:
            yield name, any(readable)
