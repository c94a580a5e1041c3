"""The targets by name. Only the chosen one is imported: a Heroku stack never loads another cloud's SDK."""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from components.errors import ConfigError

if TYPE_CHECKING:
    from components.target import TargetModule


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A target's module, the SDKs that it needs, and its own section of the configuration."""

    name: str
    module: str
    sdks: tuple[str, ...]
    section: str

    def load(self) -> "TargetModule":
        """Import the target's module; a ConfigError says how to install a missing SDK."""
        try:
            return cast("TargetModule", importlib.import_module(self.module))
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in self.sdks:
                raise
            rule = f"target: {self.name!r} needs {missing}, which is not installed"
            raise ConfigError([f"{rule}; run: make setup STACK={self.name}"]) from None


def _entry(name: str, *sdks: str) -> Entry:
    return Entry(name=name, module=f"components.targets.{name}", sdks=sdks, section=name)


TARGETS: Final[Mapping[str, Entry]] = {
    "vm": _entry("vm", "pulumi_command"),
    "ecs": _entry("ecs", "pulumi_alicloud", "pulumi_tls"),
    "heroku": _entry("heroku", "pulumiverse_heroku", "pulumi_random"),
    "beanstalk": _entry("beanstalk", "pulumi_aws", "pulumi_random", "boto3"),
    "appengine": _entry("appengine", "pulumi_gcp", "pulumi_random"),
}
SECTIONS: Final = frozenset(entry.section for entry in TARGETS.values())


def entry(name: Any) -> Entry:
    """Return the target of that name; a ConfigError lists the valid ones."""
    if isinstance(name, str) and name in TARGETS:
        return TARGETS[name]
    valid = ", ".join(TARGETS)
    if not name:
        raise ConfigError([f"target: is required, one of {valid}; for example: pulumi config set target vm"])
    near = difflib.get_close_matches(str(name), TARGETS, n=1)
    hint = (
        f"did you mean '{near[0]}'?"
        if near
        else f"for example: pulumi config set target {next(iter(TARGETS))}"
    )
    raise ConfigError([f"target: {str(name)[:40]!r} is unknown, it should be one of {valid}; {hint}"])
