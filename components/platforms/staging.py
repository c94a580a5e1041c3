"""Where a bundle lies while a provider uploads it."""

from pathlib import Path

from components.bundle import Bundle
from components.files import alone


def write_zip(bundle: Bundle, path: Path) -> None:
    """Write a bundle to `path`, in a folder that is this run's alone until it ends.

    The file is read until the bundle is up there, and another stack's run would write its own over it.

    Raises ConfigError: another run has the folder.
    """
    alone.hold(path.parent.with_suffix(".lock"))
    path.parent.mkdir(parents=True, exist_ok=True)
    bundle.write_zip(path)
