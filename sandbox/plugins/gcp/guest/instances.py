"""Instances: started when a request comes or as many as a version always has, and again after they ended.

https://cloud.google.com/appengine/docs/standard/how-instances-are-managed
"""

from __future__ import annotations

import random
import subprocess
import threading
import time
import uuid
from typing import TYPE_CHECKING, Final

from sandbox.plugins.gcp.guest import cloud_logging, places
from sandbox.plugins.gcp.guest.container import Container
from sandbox.plugins.gcp.guest.ports import free_port, listens

if TYPE_CHECKING:
    from sandbox.plugins.gcp.guest.document import Document, Source, Version

START_SECONDS: Final = 60.0  # until a port is listened on; what App Engine allows is not documented
AGAIN_SECONDS: Final = 10.0  # after an instance that always runs has ended at its start
_LOOK: Final = 0.2  # seconds between two looks at the document
_PATH: Final = f"{places.PACKAGES}/bin:/usr/local/bin:/usr/bin:/bin"


class Instance:
    """One running process of a version."""

    def __init__(self, document: Document, version: Version) -> None:
        self.version = version
        self.id = uuid.uuid4().hex
        self.port = free_port()
        image = places.IMAGES / version.build
        layers = {places.LAYERS / version.layer: places.PACKAGES} if version.layer else {}
        self._container = Container(
            unit=f"appengine-instance-{self.id}.service",
            user=places.user(version.user),
            read_only={image / "workspace": places.WORKSPACE, **layers},
            environment=self._environment(document),
            memory=version.memory,
        )
        self._process = self._container.start(version.entrypoint, subprocess.PIPE)
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        cloud_logging.write(self._process.stdout, places.log(version.service, version.id))

    def _environment(self, document: Document) -> dict[str, str]:
        """The version's variables, and those that the runtime sets: …/standard/python3/runtime."""
        version = self.version
        return {
            "HOME": "/tmp",  # noqa: S108 - the instance's own, in memory
            "LANG": "C.UTF-8",
            "PATH": _PATH,
            "PYTHONUNBUFFERED": "TRUE",
            **version.environment,
            "GAE_APPLICATION": document.application,
            "GAE_DEPLOYMENT_ID": str(int(version.build[:12], 16)),
            "GAE_ENV": "standard",
            "GAE_INSTANCE": self.id,
            "GAE_MEMORY_MB": str(version.memory),
            "GAE_RUNTIME": version.runtime,
            "GAE_SERVICE": version.service,
            "GAE_VERSION": version.id,
            "GOOGLE_CLOUD_PROJECT": document.project,
            "PORT": str(self.port),
        }

    @property
    def runs(self) -> bool:
        """Whether its process has not ended."""
        return self._process.poll() is None

    def wait(self) -> bool:
        """Wait until it takes requests; False when it ended or took too long."""
        deadline = time.monotonic() + START_SECONDS
        while self.runs and time.monotonic() < deadline:
            if listens(self.port):
                return True
            time.sleep(0.05)
        self.stop()
        return False

    def stop(self) -> None:
        """End it."""
        self._container.stop()
        self._process.wait()


class Pool:
    """The instances of all versions."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._starting: dict[str, threading.Lock] = {}
        self._ready: dict[str, list[Instance]] = {}

    def take(self, version: Version) -> Instance | None:
        """An instance for a request; one is started if there is none. None when it ends instead."""
        found = self._running(version)
        if found:
            return random.choice(found)  # noqa: S311 - any of them
        with self._lock:
            starting = self._starting.setdefault(version.build, threading.Lock())
        with starting:  # who comes meanwhile waits for the same one
            found = self._running(version)
            return found[0] if found else self._start(version)

    def watch(self) -> None:
        """Stop what is no version any more, keep as many as there shall always be; for ever."""
        filling: dict[str, threading.Thread] = {}
        while True:
            versions = {version.build: version for version in self._source.now().versions}
            with self._lock:
                leaving = [build for build in self._ready if build not in versions]
                ended = [instance for build in leaving for instance in self._ready.pop(build)]
            for instance in ended:
                instance.stop()
            for build, version in versions.items():
                fills = build in filling and filling[build].is_alive()
                if not fills and len(self._running(version)) < version.min_instances:
                    filling[build] = threading.Thread(target=self._fill, args=(version,), daemon=True)
                    filling[build].start()
            time.sleep(_LOOK)

    def _fill(self, version: Version) -> None:
        """Start one more; one that ends at once is tried again after a while."""
        if self._start(version) is None:
            time.sleep(AGAIN_SECONDS)

    def _running(self, version: Version) -> list[Instance]:
        with self._lock:
            found = [instance for instance in self._ready.get(version.build, ()) if instance.runs]
            self._ready[version.build] = found
            return list(found)

    def _start(self, version: Version) -> Instance | None:
        instance = Instance(self._source.now(), version)
        if not instance.wait():
            return None
        with self._lock:
            self._ready.setdefault(version.build, []).append(instance)
        return instance


def stop_all() -> None:
    """End the instances of an earlier process: their output goes nowhere any more."""
    subprocess.run(["systemctl", "stop", "appengine-instance-*.service"], check=False, capture_output=True)
