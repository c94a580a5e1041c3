"""An environment's log in CloudWatch Logs, for the reason why an instance failed: it outlives the instance.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.cloudwatchlogs.html: a group for each file of
the log, and in it a stream for each instance, which has the instance's id as its name.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

import boto3
import pulumi
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError

from components.beanstalk import reasons
from components.beanstalk import region as regions
from components.platforms import crash, last_words

# Files of the log, each with what an entry has to have in it: all of the app's own; of the platform's the
# errors, such as what pip, a command or a hook ended with.
FILES: Final = {"web.stdout.log": "", "eb-engine.log": "ERROR"}
MOST: Final = 1500  # lines that are kept of a file
PAGES: Final = 100  # that are asked for: of 1 MB or 10000 lines each
PATIENCE: Final = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
# Lines arrive some seconds after they were written.
TRIES: Final = 4
PAUSE_SECONDS: Final = 5
# Settings of the provider by which it becomes somebody else, or reads other files than boto3 does.
OTHERS: Final = (
    *("assumeRole", "assumeRoles", "assumeRoleWithWebIdentity"),
    *("sharedConfigFiles", "sharedCredentialsFiles"),
)


def hooks(
    name: str,
    environment: pulumi.Input[str],
    *,
    log_days: int,
    concerns: Callable[[str], bool] = lambda _: True,
) -> list[pulumi.ErrorHook]:
    """Return the hook called `name`, which shows the end of an environment's log after a failure.

    There is none without `log_days`, since nothing is sent to CloudWatch then. `concerns` says of the
    provider's text whether the log may tell more; the log is that of the instances which it names, if any.
    """
    if not log_days:
        return []
    began = time.time()

    async def show(args: pulumi.ErrorHookArgs) -> bool:
        error = args.errors[0]
        if concerns(error):
            known = str(await pulumi.Output.from_input(environment).future())
            failed = reasons.instances(error)
            await last_words.show(known, lambda which: _arrived(which, began, failed), crash.cause)
        return False

    return [pulumi.ErrorHook(name, show)]


async def _arrived(environment: str, since: float, instances: Sequence[str]) -> list[str]:
    """Return the lines once there are any, or nothing after some seconds."""
    for _ in range(TRIES - 1):
        try:
            lines = await asyncio.to_thread(recent, environment, since, instances)
        except LookupError:  # who writes the first line makes the stream
            lines = []
        if lines:
            return lines
        await asyncio.sleep(PAUSE_SECONDS)
    try:
        return await asyncio.to_thread(recent, environment, since, instances)
    except LookupError as error:
        raise ValueError(str(error)) from None


def recent(environment: str, since: float, instances: Sequence[str] = ()) -> list[str]:
    """Return the app's lines since a moment, in seconds since 1970, the oldest first.

    With `instances` of these alone. Where the app has said nothing, the platform's errors. A LookupError says
    that there is no log, or not yet; a ValueError why it can't be had. Neither says with which credentials.
    """
    try:
        return _recent(_client(), environment, since, instances)
    except ClientError as error:
        raise ValueError(_refusal(error)) from None
    except CredentialRetrievalError:  # its text is what another program has printed
        raise ValueError("the profile's credentials can't be had") from None
    except BotoCoreError as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the answer is not understood: {error}") from None


def _recent(logs: Any, environment: str, since: float, instances: Sequence[str]) -> list[str]:
    place = f"/aws/elasticbeanstalk/{environment}/var/log"
    streams = [{"logStreamNames": [instance]} for instance in instances] or [{}]
    there = False
    for file, part in FILES.items():
        found: list[tuple[int, str]] = []
        for stream in streams:
            wanted = {"logGroupName": f"{place}/{file}", "startTime": int(since * 1000), **stream}
            try:
                found += _lines(logs, wanted, part)
            except logs.exceptions.ResourceNotFoundException:
                continue  # an instance that has not said anything there has no stream
            there = True
        if found:
            return [line for _, line in sorted(found, key=lambda each: each[0])]
    if not there:
        raise LookupError(f"CloudWatch Logs has nothing of it below {place}")
    return []


def _lines(logs: Any, wanted: Any, part: str) -> list[tuple[int, str]]:
    """Return the last lines of a stream's entries with `part` in them, each with its milliseconds.

    An entry of the platform's may have several lines. A page may be empty, though others follow.
    """
    found: deque[tuple[int, str]] = deque(maxlen=MOST)
    for page in islice(logs.get_paginator("filter_log_events").paginate(**wanted), PAGES):
        for entry in page["events"]:
            if part in entry["message"]:
                found += [(entry["timestamp"], line) for line in entry["message"].splitlines()]
    return list(found)


def _client() -> Any:
    """Return who asks: by the settings that the provider has, then from where boto3 finds them."""
    config = pulumi.Config("aws")
    for key in OTHERS:
        if config.get(key):
            raise ValueError(f"with aws:{key} it is not read; 'eb logs' shows it")
    session = boto3.Session(
        aws_access_key_id=config.get("accessKey"),
        aws_secret_access_key=config.get("secretKey"),
        aws_session_token=config.get("token"),
        profile_name=config.get("profile"),
        region_name=regions.told() or None,
    )
    return session.client("logs", config=PATIENCE)


def _refusal(error: ClientError) -> str:
    """Return what a refusal means. Its own words are not shown: of a signature they repeat a session's token.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
    """
    code = str(error.response["Error"]["Code"])
    if code == "AccessDeniedException":
        where = "docs/targets/beanstalk.md lists what a deployment needs"
        return f"you lack the permission logs:FilterLogEvents; {where}"
    return f"CloudWatch Logs refuses: {code}"
