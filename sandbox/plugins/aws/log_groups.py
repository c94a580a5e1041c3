"""CloudWatch Logs, as far as Elastic Beanstalk fills it: groups of an environment, streams of its instances.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.cloudwatchlogs.html. Lines are sent when a
deployment fails on an instance; not while it serves. What an entry is to the agent is a line here.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sandbox.plugins.aws import iam_policy, options
from sandbox.plugins.aws.base import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.plugins.cloud.account import Account

LOGS: Final = ("eb-engine.log", "web.stdout.log")
_NAMESPACE: Final = f"{options.EB}:cloudwatch:logs"
_TABLE: Final = "logGroups"

Row = dict[str, Any]
Entry = dict[str, Any]  # as FilterLogEvents answers it


def ensure(account: Account, row: Row) -> None:
    """Have the groups of an environment that streams; they stay when it does so no more."""
    if _streams(row["wanted"]):
        with account.opened() as tables:
            for name in LOGS:
                tables[_TABLE].setdefault(_group(row, name), {})


def end(account: Account, row: Row) -> None:
    """The environment is terminated: its groups go with it where that is set, or stay for their days."""
    if options.of_namespace(row["options"], _NAMESPACE).get("DeleteOnTerminate") != "true":
        return
    for name in LOGS:
        account.drop(_TABLE, _group(row, name))
        shutil.rmtree(_folder(account, _group(row, name)), ignore_errors=True)


def send(account: Account, row: Row, instance: str, log: str, text: str) -> None:
    """Have an instance's lines in its stream, if the instance streams and its role lets it."""
    group = _group(row, log)
    tables = account.tables()
    if not (_streams(row["wanted"]) and group in tables.get(_TABLE, {}) and _may_put(tables, row, group)):
        return
    path = _folder(account, group) / instance
    path.parent.mkdir(parents=True, exist_ok=True)
    now = int(time.time() * 1000)
    sent = {"logStreamName": instance, "timestamp": now, "ingestionTime": now}
    entries = [{**sent, "message": line} for line in text.splitlines() if line]
    if entries:  # a stream begins with its first entry
        fresh = path.with_name(f"new-{instance}")
        fresh.write_text(json.dumps(entries), encoding="utf-8")
        fresh.replace(path)


def streams(account: Account, group: str) -> dict[str, list[Entry]] | None:
    """The entries of a group's streams by the streams' names; None when there is no such group."""
    if account.row(_TABLE, group) is None:
        return None
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(_folder(account, group).glob("i-*"))
    }


def _may_put(tables: Mapping[str, Any], row: Row, group: str) -> bool:
    role = tables.get("profiles", {}).get(options.profile(row["wanted"]), {}).get("role")
    arn = f"arn:aws:logs:*:{ACCOUNT_ID}:log-group:{group}:log-stream:*"
    may = iam_policy.may(tables, iam_policy.EC2, role)
    return may("logs:CreateLogStream", arn) and may("logs:PutLogEvents", arn)


def _streams(wanted: options.Options) -> bool:
    return options.of_namespace(wanted, _NAMESPACE).get("StreamLogs") == "true"


def _group(row: Row, log: str) -> str:
    return f"/aws/elasticbeanstalk/{row['name']}/var/log/{log}"


def _folder(account: Account, group: str) -> Path:
    return account.folder / "log-streams" / quote(group, safe="")
