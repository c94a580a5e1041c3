"""The emulated provider with an empty account, and what an environment in it begins with."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from plugins.cloud import Cloud, Made
from plugins.harness import Plugin
from sandbox.plugins.cloud.account import Account
from sandbox.plugins.variables import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[3]
REGION: Final = "eu-central-1"
CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_REGION": REGION,
}
ROLE, PROFILE = "aws:iam/role:Role", "aws:iam/instanceProfile:InstanceProfile"
ATTACHMENT, ROLE_POLICY = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/rolePolicy:RolePolicy"
BUCKET, OBJECT = "aws:s3/bucket:Bucket", "aws:s3/bucketObjectv2:BucketObjectv2"
APPLICATION = "aws:elasticbeanstalk/application:Application"
VERSION = "aws:elasticbeanstalk/applicationVersion:ApplicationVersion"
ENVIRONMENT = "aws:elasticbeanstalk/environment:Environment"
SECRET, SECRET_VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
KEY_PAIR = "aws:ec2/keyPair:KeyPair"
STACK: Final = "64bit Amazon Linux 2023 v4.9.0 running Python 3.13"
LAUNCH: Final = "aws:autoscaling:launchconfiguration"
EB: Final = "aws:elasticbeanstalk"
VARIABLES: Final = f"{EB}:application:environment"
OF_ENVIRONMENT: Final = f"{EB}:environment"

Options = dict[tuple[str, str], str]


def plugin(folder: Path, *command: str, env: dict[str, str] | None = None) -> Cloud:
    """Start a provider with an account below `folder`."""
    account = Account(folder / "account")
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        ACCOUNT: str(account.folder),
        **(CREDENTIALS if env is None else env),
    }
    return Cloud(Plugin([sys.executable, *command], surroundings, folder / "aws.stderr"), account)


@pytest.fixture(scope="session")
def _plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A provider for all tests: it takes seconds to start, and keeps nothing but the account."""
    started = plugin(tmp_path_factory.mktemp("aws"), str(Path(__file__).with_name("plain.py")))
    yield started
    started.stop()


@pytest.fixture
def cloud(_plugin: Cloud) -> Cloud:
    """A provider with an empty account, and instances that are rows in it."""
    shutil.rmtree(_plugin.account.folder, ignore_errors=True)
    return _plugin


def trust(service: str) -> str:
    """The document that lets a service act as a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(action: str, resource: str, effect: str = "Allow") -> str:
    """A policy of one statement."""
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Site:
    """An account with roles, a bucket and an application, where environments can be put."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        instances = {"name": "instances", "assumeRolePolicy": trust("ec2.amazonaws.com")}
        self.role = cloud.make(ROLE, instances, "instances")
        service = {"name": "service", "assumeRolePolicy": trust("elasticbeanstalk.amazonaws.com")}
        self.service = cloud.make(ROLE, service, "service")
        self.profile = cloud.make(PROFILE, {"name": "instances", "role": "instances"})
        self.bucket = cloud.make(BUCKET, {"bucket": "bundles"})
        self.application = cloud.make(APPLICATION, {"name": "shop"})
        self.options: Options = {
            (LAUNCH, "IamInstanceProfile"): "instances",
            (OF_ENVIRONMENT, "EnvironmentType"): "SingleInstance",
            (OF_ENVIRONMENT, "ServiceRole"): "service",
        }

    def upload(self, key: str, content: str) -> Made:
        """An object of the bucket."""
        return self.cloud.make(OBJECT, {"bucket": "bundles", "key": key, "content": content}, key)

    def version(self, label: str, content: str = "good", **more: Any) -> Made:
        """A version whose bundle has that content."""
        self.upload(f"{label}.zip", content)
        inputs = {"name": label, "application": "shop", "bucket": "bundles", "key": f"{label}.zip", **more}
        return self.cloud.make(VERSION, inputs, label)

    def settings(self, options: Options | None = None, without: tuple[str, ...] = ()) -> list[dict[str, str]]:
        """The settings of an environment, with these besides."""
        found = {**self.options, **(options or {})}
        return [
            {"namespace": namespace, "name": name, "value": value, "resource": ""}
            for (namespace, name), value in found.items()
            if name not in without
        ]

    def environment(self, options: Options | None = None, **more: Any) -> dict[str, Any]:
        """An environment's arguments."""
        inputs = {
            "name": "shop-prod",
            "application": "shop",
            "solutionStackName": STACK,
            "cnamePrefix": "shop-3f9c",
        }
        return {**inputs, "settings": self.settings(options), **more}

    def row(self, made: Made) -> dict[str, Any]:
        """What the service knows of an environment."""
        row: dict[str, Any] = self.cloud.account.table("environments")[made.id]
        return row

    def events(self, made: Made, severity: str = "") -> list[str]:
        """Its events, the oldest first."""
        return [event["message"] for event in self.row(made)["events"] if severity in {"", event["severity"]}]


@pytest.fixture
def site(cloud: Cloud) -> Site:
    """The account with a place for environments."""
    return Site(cloud)
