"""What the cloud knows of an app, as it is handed over: one JSON document, read again when it has changed."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.gcp.guest import places

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ALL: Final = "INGRESS_TRAFFIC_ALLOWED_ALL"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a service: its image, and how it is run."""

    service: str
    id: str
    build: str  # another one is another image: instances of the former are stopped
    layer: str
    entrypoint: str
    environment: Mapping[str, str]
    handlers: tuple[Mapping[str, Any], ...]
    account: str  # the service account's email
    user: int
    runtime: str
    memory: int  # MB
    min_instances: int


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: who may ask it, and which version gets how much of the traffic."""

    ingress: str
    shard_by: str
    split: Mapping[str, float]
    versions: Mapping[str, Version]


@dataclass(frozen=True, kw_only=True)
class Document:
    """The whole app."""

    project: str = ""
    hostname: str = ""
    application: str = ""  # GAE_APPLICATION
    serving: bool = False
    services: Mapping[str, Service] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()  # service accounts that exist
    secrets: Mapping[str, Any] = field(default_factory=dict)
    secret_manager: bool = False  # whether its API is enabled
    logging: bool = False  # the same

    @property
    def versions(self) -> tuple[Version, ...]:
        """All versions of all services."""
        return tuple(version for service in self.services.values() for version in service.versions.values())

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Document:
        """Read it."""
        rest = {key: value for key, value in plain.items() if key not in {"services", "accounts"}}
        services = {name: _service(name, row) for name, row in plain["services"].items()}
        return cls(services=services, accounts=tuple(plain["accounts"]), **rest)


def _service(name: str, plain: Mapping[str, Any]) -> Service:
    versions = {
        version: Version(service=name, id=version, **{**row, "handlers": tuple(row["handlers"])})
        for version, row in plain["versions"].items()
    }
    return Service(
        ingress=plain["ingress"], shard_by=plain["shard_by"], split=plain["split"], versions=versions
    )


class Source:
    """The document in a file: always as it is now."""

    def __init__(self, path: Path = places.DOCUMENT) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int], Document] = ((0, 0), Document())

    def now(self) -> Document:
        """The document; an empty one before anything was handed over."""
        with self._lock:
            try:
                found = self._path.stat()
            except FileNotFoundError:
                return Document()
            stamp = (
                found.st_ino,
                found.st_mtime_ns,
            )  # it is replaced; a number may come back, the time won't
            if stamp != self._read[0]:
                self._read = (stamp, Document.of(json.loads(self._path.read_text(encoding="utf-8"))))
            return self._read[1]
