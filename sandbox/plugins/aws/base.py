"""What the resource types of AWS have in common: a table in the account, names, ARNs, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from sandbox.plugins.aws.errors import ApiError
from sandbox.plugins.cloud.resource import CloudResource
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.plugins.aws.settings import Access
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Account
    from sandbox.plugins.cloud.faults import Cloud
    from sandbox.plugins.cloud.schema import Schema
    from sandbox.plugins.provider import Diff
    from sandbox.plugins.values import Props

ACCOUNT_ID: Final = "123456789012"


class AwsResource(CloudResource):
    """A row in a table, by its id; subclasses add what the service refuses."""

    table: ClassVar[str]
    service: ClassVar[str]  # as the SDK calls it, such as "IAM"
    kind: ClassVar[str]  # as the provider calls it, such as "IAM Role"
    # The name's rule; the provider checks it in the preview, with the name of its argument.
    name_rule: ClassVar[tuple[str, str]] = ("", "")

    def __init__(self, cloud: Cloud, schema: Schema, access: Access) -> None:
        super().__init__(cloud, schema)
        self.access = access

    @property
    def account(self) -> Account:
        """The account that everything is in."""
        return self.cloud.account

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """A name that breaks the rule."""
        pattern, rule = self.name_rule
        name = inputs.get(self.name_argument)
        if pattern and isinstance(name, str) and not re.fullmatch(pattern, name):
            yield Failure(self.name_argument, f'invalid value for {self.name_argument} ("{name}"): {rule}')

    def look(self, identity: str, state: Props) -> Props | None:
        """Its row."""
        del state
        return self.account.row(self.table, identity)

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Drop its row."""
        del call, state
        self.account.drop(self.table, identity)

    def error(self, doing: str, operation: str, code: str, message: str, status: int = 400) -> ApiError:
        """An answer of the service that is no success; `doing` is "creating" and so on, with a name."""
        verb, _, name = doing.partition(" ")
        return ApiError(f"{verb} {self.kind} ({name})", self.service, operation, code, message, status)


class BeanstalkResource(AwsResource):
    """A type of Elastic Beanstalk. Some tags it drops without a word (2.8 #8).

    Of those, the provider leaves `elasticbeanstalk:*` out of the comparison, and `Name` it does not: that
    differs in every plan.
    """

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare with what was read after the last change."""
        return super().diff(call, _with_tags(old, _answered), _with_tags(new, _compared))

    def look(self, identity: str, state: Props) -> Props | None:
        """Its row, without the tags that are dropped."""
        row = super().look(identity, state)
        return None if row is None else _with_tags(row, _answered)


def _with_tags(props: Props, chosen: Callable[[str], bool]) -> Props:
    tags = props.get("tags")
    if not isinstance(tags, dict):
        return props
    return {**props, "tags": {key: value for key, value in tags.items() if chosen(key)}}


def _compared(key: str) -> bool:
    return not key.startswith("elasticbeanstalk:")


def _answered(key: str) -> bool:
    return key != "Name" and _compared(key)
