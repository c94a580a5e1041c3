"""The emulated provider, and projects with what most tests begin with."""

from __future__ import annotations

import itertools
import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from plugins.cloud import Cloud, Made
from plugins.harness import Plugin
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.variables import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT: Final = Path(__file__).parents[3]
TOKEN: Final = "GOOGLE_OAUTH_ACCESS_TOKEN"

SERVICE: Final = "gcp:projects/service:Service"
APPLICATION: Final = "gcp:appengine/application:Application"
VERSION: Final = "gcp:appengine/standardAppVersion:StandardAppVersion"
SPLIT: Final = "gcp:appengine/engineSplitTraffic:EngineSplitTraffic"
NETWORK: Final = "gcp:appengine/serviceNetworkSettings:ServiceNetworkSettings"
BUCKET: Final = "gcp:storage/bucket:Bucket"
OBJECT: Final = "gcp:storage/bucketObject:BucketObject"
BUCKET_MEMBER: Final = "gcp:storage/bucketIAMMember:BucketIAMMember"
ACCOUNT_TYPE: Final = "gcp:serviceaccount/account:Account"
PROJECT_MEMBER: Final = "gcp:projects/iAMMember:IAMMember"
SECRET: Final = "gcp:secretmanager/secret:Secret"
SECRET_VERSION: Final = "gcp:secretmanager/secretVersion:SecretVersion"
SECRET_MEMBER: Final = "gcp:secretmanager/secretIamMember:SecretIamMember"

APIS: Final = ("cloudresourcemanager", "iam", "appengine", "cloudbuild", "artifactregistry", "secretmanager")
SECURE: Final = {
    "login": "LOGIN_OPTIONAL",
    "authFailAction": "AUTH_FAIL_ACTION_REDIRECT",
    "securityLevel": "SECURE_ALWAYS",
}
EVERYTHING: Final = {"urlRegex": ".*", "script": {"scriptPath": "auto"}, **SECURE}
APP: Final = """\
import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def front():
    return os.environ.get("GREETING", "hello")
"""


def start(folder: Path, *command: str, **env: str) -> Cloud:
    """Start a provider with an account below `folder`, and let it see its settings."""
    account = Account(folder / "account")
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        TOKEN: "sandbox",
        ACCOUNT: str(account.folder),
        **env,
    }
    plugin = Plugin([sys.executable, *command], surroundings, folder / "gcp.stderr")
    configure(plugin)
    return Cloud(plugin, account)


def configure(plugin: Plugin, **settings: str) -> None:
    """Configure it as the engine does."""
    args = struct_pb2.Struct()
    args.update(settings)
    plugin.other("Configure", provider_pb2.ConfigureRequest(args=args))


def archive(path: Path, files: Mapping[str, str], mode: int = 0o644) -> Path:
    """A zip as the program makes it: with Unix modes."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            packed.writestr(entry, text)
    return path


class Site:
    """A project of its own with an application, and everything that a version needs."""

    def __init__(self, cloud: Cloud, project: str, folder: Path) -> None:
        self.cloud = cloud
        self.project = project
        self.folder = folder
        self.bucket = f"{project}-source"
        for name in APIS:
            cloud.make(SERVICE, {"service": f"{name}.googleapis.com", "project": project})
        self.application = cloud.make(APPLICATION, {"locationId": "europe-west", "project": project})
        self.account = cloud.make(ACCOUNT_TYPE, {"accountId": "runs-the-app", "project": project})
        self.email = str(self.account.state["email"])
        self.member = f"serviceAccount:{self.email}"
        cloud.make(BUCKET, {"name": self.bucket, "location": "EU", "project": project, "forceDestroy": True})

    def allow(self) -> None:
        """Give the version's account what a build needs."""
        viewer = {"role": "roles/storage.objectViewer", "member": self.member}
        for bucket in (self.bucket, f"staging.{self.project}.appspot.com"):
            self.cloud.make(BUCKET_MEMBER, {"bucket": bucket, **viewer})
        for role in ("roles/artifactregistry.writer", "roles/logging.logWriter"):
            inputs = {"project": self.project, "role": role, "member": self.member}
            self.cloud.make(PROJECT_MEMBER, inputs)

    def upload(self, name: str = "a.zip", files: Mapping[str, str] | None = None, mode: int = 0o644) -> Made:
        """An object with a source."""
        given = files or {"main.py": APP, "requirements.txt": "flask\ngunicorn\n"}
        path = archive(self.folder / f"{self.project}-{name}", given, mode)
        return self.cloud.make(OBJECT, {"bucket": self.bucket, "name": name, "source": str(path)})

    def version(self, **more: Any) -> dict[str, Any]:
        """The arguments of a version, all spelled out."""
        return {
            "service": "default",
            "versionId": "r1",
            "project": self.project,
            "runtime": "python313",
            "entrypoint": {"shell": "gunicorn -b :$PORT main:app"},
            "deployment": {"zip": {"sourceUrl": self.source()}},
            "envVariables": {"GREETING": "hello"},
            "serviceAccount": self.email,
            "handlers": [EVERYTHING],
            "automaticScaling": {"standardSchedulerSettings": {"minInstances": 0, "maxInstances": 2}},
            "noopOnDestroy": True,
            **more,
        }

    def source(self, name: str = "a.zip") -> str:
        """Where a source is."""
        return f"https://storage.googleapis.com/{self.bucket}/{name}"

    def split(self, *versions: str, **more: Any) -> dict[str, Any]:
        """The arguments of a split in equal parts."""
        parts = {version: str(1 / len(versions)) for version in versions}
        split = {"shardBy": "COOKIE", "allocations": parts}
        return {"service": "default", "project": self.project, "split": split, **more}

    def present(self, service: str = "default") -> dict[str, float]:
        """The split as the service has it."""
        row = self.cloud.account.row("services", f"{self.project}/{service}")
        assert row is not None
        return dict(row["split"])


_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A provider that the tests of a module share, each with a project of its own; no machines."""
    started = start(tmp_path_factory.mktemp("gcp"), str(Path(__file__).with_name("plain.py")))
    yield started
    started.stop()


@pytest.fixture
def project(cloud: Cloud) -> Iterator[str]:
    """The id of a project; the account is empty again afterwards."""
    yield f"project-{next(_numbers)}"
    with cloud.account.opened() as tables:
        tables.clear()


@pytest.fixture
def empty(cloud: Cloud, project: str, tmp_path: Path) -> Site:
    """A project that is ready for versions, but for the roles and the source."""
    return Site(cloud, project, tmp_path)


@pytest.fixture
def site(empty: Site) -> Site:
    """A project that is ready for versions."""
    empty.allow()
    empty.upload()
    return empty


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Callable[..., Cloud]]:
    """Start providers with an environment of their own."""
    started: list[Cloud] = []

    def make(**env: str) -> Cloud:
        folder = tmp_path / str(next(_numbers))
        folder.mkdir()
        started.append(start(folder, str(Path(__file__).with_name("plain.py")), **env))
        return started[-1]

    yield make
    for one in started:
        one.stop()
