"""The one error that the user's configuration or app can cause, with every fault that was found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ConfigError(Exception):
    """Faults in the configuration or the app; all of them at once.

    Each fault is one line that says where (a config path such as `app/path`, or a file relative
    to the app's folder), which rule it breaks, an example and the remedy.
    """

    faults: tuple[str, ...]

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("\n".join(self.faults))


def fault(text: str) -> ConfigError:
    """The error of one fault."""
    return ConfigError([text])


@contextmanager
def gathering(faults: list[str]) -> Iterator[None]:
    """Put the faults of the block into `faults` and carry on behind it, to find the next ones."""
    try:
        yield
    except ConfigError as error:
        faults.extend(error.faults)


def shown(name: str) -> str:
    """`name` as it can stand in a one-line message: escaped if any character is unprintable."""
    return name if name.isprintable() and name else ascii(name)
