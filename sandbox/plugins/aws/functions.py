"""Functions: the solution stacks that there are, and who asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.aws.base import ACCOUNT_ID
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.plugins.aws.settings import Access
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.provider import Function
    from sandbox.plugins.values import Props

# As list-available-solution-stacks names them, the newest first; the numbers move every month.
STACKS: Final = (
    "64bit Amazon Linux 2023 v4.9.0 running Python 3.13",
    "64bit Amazon Linux 2023 v4.9.0 running Python 3.12",
    "64bit Amazon Linux 2023 v4.9.0 running Python 3.11",
    "64bit Amazon Linux 2023 v4.8.1 running Python 3.13",
    "64bit Amazon Linux 2023 v4.8.1 running Python 3.12",
    "64bit Amazon Linux 2023 v4.8.1 running Python 3.11",
    "64bit Amazon Linux 2023 v6.7.0 running Node.js 22",
)


def stacks(tables: Mapping[str, Any]) -> list[str]:
    """The solution stacks that there are; a row of `solutionStacks` is one that has been published since."""
    return [*reversed(list(tables.get("solutionStacks", {}))), *STACKS]


def make(cloud: Cloud, access: Access) -> Mapping[str, Function]:
    """The functions by their tokens."""

    def get_solution_stack(call: Call, args: Props) -> tuple[Props, tuple[Failure, ...]]:
        token = "aws:elasticbeanstalk/getSolutionStack:getSolutionStack"  # noqa: S105
        with cloud.operation(call, token, "invoke"):
            known = stacks(cloud.account.tables())
            found = [name for name in known if re.search(args["nameRegex"], name)]
        if not found:
            text = "your query returned no results. Please change your search criteria and try again"
            return {}, (Failure("", text),)
        if len(found) > 1 and not args.get("mostRecent"):
            text = "your query returned more than one result. Please try a more specific search "
            text += "criteria, or set `most_recent` attribute to true."
            return {}, (Failure("", text),)
        answer: dict[str, Any] = {**args, "name": found[0], "id": found[0], "region": access.region}
        return answer, ()

    def get_caller_identity(_: Call, args: Props) -> tuple[Props, tuple[Failure, ...]]:
        arn = f"arn:aws:iam::{ACCOUNT_ID}:user/sandbox"
        return {**args, "accountId": ACCOUNT_ID, "arn": arn, "id": ACCOUNT_ID, "userId": "AIDASANDBOX"}, ()

    return {
        "aws:elasticbeanstalk/getSolutionStack:getSolutionStack": get_solution_stack,
        "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    }
