"""The logs of instances in CloudWatch Logs, asked for by AWS's own client; what is refused or not there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.plugins.aws import log_groups, logs_api

from .conftest import ATTACHMENT, EB, ENVIRONMENT, REGION, ROLE_POLICY, Options, Site, policy

if TYPE_CHECKING:
    from plugins.cloud import Cloud, Made

GROUP: Final = "/aws/elasticbeanstalk/shop-prod/var/log/web.stdout.log"
LINE: Final = "400 lines of web.stdout.log"  # what an instance says that is played by a row
WEB_TIER: Final = "arn:aws:iam::aws:policy/AWSElasticBeanstalkWebTier"
STREAMS: Final[Options] = {
    (f"{EB}:cloudwatch:logs", "StreamLogs"): "true",
    (f"{EB}:cloudwatch:logs", "DeleteOnTerminate"): "true",
}


@pytest.fixture(name="url")
def _url(cloud: Cloud) -> str:
    return logs_api.serve(cloud.account, lambda: REGION)


def client(url: str, region: str = REGION) -> Any:
    """AWS's own client, with credentials."""
    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox", "aws_session_token": "x"}
    patience = Config(retries={"total_max_attempts": 1})
    return boto3.client("logs", endpoint_url=url, region_name=region, config=patience, **keys)


def lines(url: str, **more: Any) -> list[str]:
    """The texts of a group's entries."""
    found = client(url).filter_log_events(**{"logGroupName": GROUP, **more})
    return [entry["message"] for entry in found["events"]]


def refused(url: str, region: str = REGION, **wanted: Any) -> str:
    """Why there is no answer."""
    with pytest.raises(ClientError) as problem:
        client(url, region).filter_log_events(**{"logGroupName": GROUP, **wanted})
    return str(problem.value)


def crashed(site: Site, options: Options = STREAMS, *, attached: bool = True) -> Made:
    """An environment whose instance has failed."""
    if attached:
        site.cloud.make(ATTACHMENT, {"role": "instances", "policyArn": WEB_TIER})
    site.version("bad", "crash")
    made = site.cloud.make(ENVIRONMENT, site.environment(options, version="bad"))
    assert made.reasons != []
    return made


def put(cloud: Cloud, entries: dict[str, list[int]]) -> None:
    """A group with entries of these moments, which are their texts as well."""
    cloud.account.put("logGroups", GROUP, {})
    folder = log_groups._folder(cloud.account, GROUP)
    folder.mkdir(parents=True)
    for stream, moments in entries.items():
        found = [{"logStreamName": stream, "timestamp": one, "message": str(one)} for one in moments]
        (folder / stream).write_text(json.dumps(found))


def test_what_a_failed_instance_said_is_there(site: Site, url: str) -> None:
    """By group and by stream, which is called by the instance's id; its id is in the provider's text."""
    made = crashed(site)
    (instance,) = site.row(made)["instances"]
    assert instance in made.reasons[0]
    assert lines(url) == lines(url, logStreamNames=[instance]) == [LINE]


def test_it_outlives_the_instance(site: Site, url: str) -> None:
    """An immutable update that fails takes the new instances down."""
    site.cloud.make(ATTACHMENT, {"role": "instances", "policyArn": WEB_TIER})
    immutable: Options = {(f"{EB}:command", "DeploymentPolicy"): "Immutable"}
    site.version("v1")
    made = site.cloud.make(ENVIRONMENT, site.environment(STREAMS | immutable, version="v1"))
    assert lines(url) == []
    site.version("v2", "crash")
    site.cloud.change(made, {**made.inputs, "version": "v2"})
    assert list(site.cloud.account.table("machines")) == site.row(made)["instances"]
    assert lines(url) == [LINE]


@pytest.mark.parametrize("options", [{}, {(f"{EB}:cloudwatch:logs", "StreamLogs"): "false"}])
def test_what_does_not_stream_has_no_group(site: Site, url: str, options: Options) -> None:
    """StreamLogs is off where nothing is said: command-options-general.html."""
    crashed(site, options)
    assert "(ResourceNotFoundException)" in refused(url)
    assert "The specified log group does not exist." in refused(url)


def test_an_instance_needs_a_role_that_may_put_logs(site: Site, url: str) -> None:
    """AWSElasticBeanstalkWebTier lets it: concepts-roles-instance.html. Without it groups stay empty."""
    crashed(site, attached=False)
    assert lines(url) == []


@pytest.mark.parametrize(("effect", "found"), [("Allow", [LINE]), ("Deny", [])])
def test_a_policy_of_its_own_counts(site: Site, url: str, effect: str, found: list[str]) -> None:
    """A Deny more than AWS's own."""
    put_logs = policy("logs:*", "*", effect)
    site.cloud.make(ROLE_POLICY, {"role": "instances", "name": "logs", "policy": put_logs})
    crashed(site, attached=effect == "Deny")
    assert lines(url) == found


@pytest.mark.parametrize("goes", [True, False])
def test_groups_go_with_the_environment_where_that_is_set(site: Site, url: str, *, goes: bool) -> None:
    """DeleteOnTerminate; otherwise they stay until their lines are too old."""
    delete = {(f"{EB}:cloudwatch:logs", "DeleteOnTerminate"): str(goes).lower()}
    site.cloud.unmake(crashed(site, STREAMS | delete))
    if goes:
        assert "does not exist" in refused(url)
        assert site.cloud.account.table("logGroups") == {}
    else:
        assert lines(url) == [LINE]


def test_pages_times_and_streams(cloud: Cloud, url: str) -> None:
    """The oldest first, of all streams; nextToken goes on."""
    put(cloud, {"i-1": [1, 4, 6], "i-2": [2, 3, 5]})
    assert lines(url) == ["1", "2", "3", "4", "5", "6"]
    assert lines(url, startTime=3, endTime=5) == ["3", "4", "5"]
    pages = client(url).get_paginator("filter_log_events").paginate(logGroupName=GROUP, limit=4)
    assert [len(page["events"]) for page in pages] == [4, 2]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"logGroupName": "nobodys"}, "The specified log group does not exist."),
        ({"logStreamNames": ["i-1", "i-3"]}, "The specified log stream does not exist."),
        ({"nextToken": "x"}, "nextToken is invalid"),
        ({"filterPattern": "ERROR"}, "filterPattern is not valid, or not emulated"),
    ],
)
def test_what_is_not_there_is_refused(cloud: Cloud, url: str, wanted: dict[str, Any], said: str) -> None:
    """API_FilterLogEvents.html, Errors; and what is not emulated is not overlooked."""
    put(cloud, {"i-1": [1]})
    assert said in refused(url, **wanted)


def test_another_region_has_none_of_it(cloud: Cloud, url: str) -> None:
    """A group is in one."""
    put(cloud, {"i-1": [1]})
    assert "ResourceNotFoundException" in refused(url, "us-east-1")


def code(url: str, **headers: str) -> str:
    """The error of a request that no client of AWS's has written."""
    body = json.dumps({"logGroupName": GROUP}).encode()
    target = {"X-Amz-Target": "Logs_20140328.FilterLogEvents"}
    request = urllib.request.Request(url, data=body, headers={**target, **headers})  # noqa: S310 - this computer's
    with pytest.raises(urllib.error.HTTPError) as problem:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310 - as above
    return str(json.loads(problem.value.read())["__type"])


def test_who_has_not_signed_is_refused(cloud: Cloud, url: str) -> None:
    """CommonErrors.html; a signature is for the service, and covers host and date."""
    put(cloud, {"i-1": [1]})
    signed = (
        "AWS4-HMAC-SHA256 Credential=sandbox/20261126/eu-central-1/{}/aws4_request, "
        f"SignedHeaders={{}}, Signature={'0' * 64}"
    )
    assert code(url) == "MissingAuthenticationTokenException"
    assert code(url, Authorization="Bearer sandbox") == "IncompleteSignatureException"
    for service, covers in (("s3", "host;x-amz-date"), ("logs", "host")):
        assert code(url, Authorization=signed.format(service, covers)) == "IncompleteSignatureException"
    good = signed.format("logs", "host;x-amz-date")
    listing = {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}
    assert code(url, Authorization=good, **listing) == "UnknownOperationException"
