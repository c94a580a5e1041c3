"""The provider: resource types, functions, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pulumi_gcp import appengine, secretmanager, serviceaccount, storage
from pulumi_gcp import projects as google_projects

from sandbox.plugins.cloud.faults import Cloud
from sandbox.plugins.cloud.schema import Schema
from sandbox.plugins.gcp import functions, settings
from sandbox.plugins.gcp.application import Application
from sandbox.plugins.gcp.base import Settings
from sandbox.plugins.gcp.bucket import Bucket
from sandbox.plugins.gcp.bucket_object import BucketObject
from sandbox.plugins.gcp.errors import TEXTS
from sandbox.plugins.gcp.members import BucketMember, ProjectMember, SecretMember
from sandbox.plugins.gcp.secret import Secret, SecretVersion
from sandbox.plugins.gcp.service import Service
from sandbox.plugins.gcp.service_account import ServiceAccount
from sandbox.plugins.gcp.traffic import EngineSplitTraffic, ServiceNetworkSettings
from sandbox.plugins.gcp.version import StandardAppVersion
from sandbox.plugins.provider import Provider

if TYPE_CHECKING:
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.gcp.apps import Apps
    from sandbox.plugins.gcp.base import GcpResource

VERSION: Final = "10.2.0"
# Each type with the SDK's module and its name there, which may be another one's here.
_TYPES: Final[tuple[tuple[type[GcpResource], Any, str], ...]] = (
    (Application, appengine, "Application"),
    (Bucket, storage, "Bucket"),
    (BucketMember, storage, "BucketIAMMember"),
    (BucketObject, storage, "BucketObject"),
    (EngineSplitTraffic, appengine, "EngineSplitTraffic"),
    (ProjectMember, google_projects, "IAMMember"),
    (Secret, secretmanager, "Secret"),
    (SecretMember, secretmanager, "SecretIamMember"),
    (SecretVersion, secretmanager, "SecretVersion"),
    (Service, google_projects, "Service"),
    (ServiceAccount, serviceaccount, "Account"),
    (ServiceNetworkSettings, appengine, "ServiceNetworkSettings"),
    (StandardAppVersion, appengine, "StandardAppVersion"),
)


def make(account: Account, apps: Apps) -> Provider:
    """The provider of an account whose apps are these."""
    cloud, configured = Cloud(account, TEXTS), Settings()
    return Provider(
        name="gcp",
        version=VERSION,
        resources={
            kind.token: kind(cloud, _schema(module, name), configured, apps) for kind, module, name in _TYPES
        },
        functions=functions.make(account, configured),
        configure=settings.configure(configured),
    )


def _schema(module: Any, name: str) -> Schema:
    return Schema.of(getattr(module, name), getattr(module, f"{name}Args"))
