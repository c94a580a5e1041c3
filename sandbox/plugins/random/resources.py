"""RandomId, RandomString, RandomPassword: https://registry.terraform.io/providers/hashicorp/random."""

from __future__ import annotations

import base64
import secrets
import string
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sandbox.plugins.cloud.recorded import RecordedResource
from sandbox.plugins.provider import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.plugins.values import Props

_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"


class RandomId(RecordedResource):
    """Random bytes, in several notations."""

    token = "random:index/randomId:RandomId"  # noqa: S105  a resource type
    force_new: ClassVar[frozenset[str]] = frozenset({"byteLength", "keepers", "prefix"})

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """At least one byte."""
        if inputs.get("byteLength", 1) < 1:
            yield Failure("", f"byteLength must be at least 1, got: {int(inputs['byteLength'])}")

    def compute(self, inputs: Props) -> tuple[str, Props]:
        """Draw it; its id is the notation for URLs."""
        drawn = secrets.token_bytes(int(inputs["byteLength"]))
        prefix = inputs.get("prefix", "")
        url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
        return url, {
            "b64Std": prefix + base64.b64encode(drawn).decode(),
            "b64Url": prefix + url,
            "hex": prefix + drawn.hex(),
            "dec": prefix + str(int.from_bytes(drawn, "big")),
        }


class RandomString(RecordedResource):
    """A random text of given kinds of characters."""

    token = "random:index/randomString:RandomString"  # noqa: S105  a resource type
    force_new: ClassVar[frozenset[str]] = frozenset(
        {"length", "keepers", "lower", "upper", "numeric", "number", "special", "overrideSpecial"}
        | {"minLower", "minUpper", "minNumeric", "minSpecial"}
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        **dict.fromkeys(("lower", "upper", "numeric", "special"), True),
        **dict.fromkeys(("minLower", "minUpper", "minNumeric", "minSpecial"), 0.0),
    }

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """The text has room for what it must have, and something to draw from."""
        least = sum(int(inputs.get(name, 0)) for name in ("minLower", "minUpper", "minNumeric", "minSpecial"))
        if inputs.get("length", 1) < max(1, least):
            yield Failure("", f"length must be at least {max(1, least)}, got: {int(inputs['length'])}")
        if not any(inputs.get(name, True) for name in ("lower", "upper", "numeric", "special")):
            yield Failure("", "At least one of lower, upper, numeric, special must be true")

    def compute(self, inputs: Props) -> tuple[str, Props]:
        """Draw it; a text is its own id, as the real one's is."""
        result = self.draw(inputs)
        return result, {"result": result, "number": inputs["numeric"]}

    @staticmethod
    def draw(inputs: Props) -> str:
        """What has to be there first, the rest from all kinds, then shuffled."""
        alphabets = {
            "Lower": string.ascii_lowercase if inputs["lower"] else "",
            "Upper": string.ascii_uppercase if inputs["upper"] else "",
            "Numeric": string.digits if inputs["numeric"] else "",
            "Special": (inputs.get("overrideSpecial") or _SPECIAL) if inputs["special"] else "",
        }
        drawn = [
            secrets.choice(alphabet)
            for kind, alphabet in alphabets.items()
            for _ in range(int(inputs[f"min{kind}"]))
        ]
        everything = "".join(alphabets.values())
        drawn += [secrets.choice(everything) for _ in range(int(inputs["length"]) - len(drawn))]
        secrets.SystemRandom().shuffle(drawn)
        return "".join(drawn)


class RandomPassword(RandomString):
    """The same, as a secret."""

    token = "random:index/randomPassword:RandomPassword"  # noqa: S105  a resource type
    secret: ClassVar[frozenset[str]] = frozenset({"result", "bcryptHash"})

    def compute(self, inputs: Props) -> tuple[str, Props]:
        """Draw it; the id tells nothing."""
        return "none", {"result": self.draw(inputs), "number": inputs["numeric"]}
