"""Rules for names and tags, which only the service knows: a preview passes all of them.

Source: the parameters' descriptions, for example of CreateKeyPair and RunInstances
(https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-importkeypair).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sandbox.plugins.alicloud.errors import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[^\W\d_][\w:.-]{1,127}")  # \w: letters of any script, digits, underscore
_SCHEMES: Final = ("http://", "https://")


def check_name(parameter: str, name: str) -> None:
    """2-128 characters, a letter first, then letters, digits and `:_.-`."""
    if not _NAME.fullmatch(name) or name.startswith(_SCHEMES):
        raise invalid(parameter)


def check_description(text: str) -> None:
    """2-256 characters, no address."""
    if text and (not 2 <= len(text) <= 256 or text.startswith(_SCHEMES)):
        raise invalid("Description")


def check_tags(tags: Mapping[str, str]) -> None:
    """At most 20; keys of 1-128 characters that are not the cloud's own."""
    if len(tags) > 20:
        raise ApiError("InvalidTagCount", "The specified tags are beyond the permitted range.")
    for key, value in tags.items():
        own = key.lower().startswith(("aliyun", "acs:")) or any(scheme in key for scheme in _SCHEMES)
        if own or not 1 <= len(key) <= 128:
            raise ApiError("InvalidTagKey.Malformed", 'The specified parameter "Tag.n.Key" is not valid.')
        if len(value) > 128 or any(scheme in value for scheme in _SCHEMES):
            raise ApiError("InvalidTagValue.Malformed", 'The specified parameter "Tag.n.Value" is not valid.')
