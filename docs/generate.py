"""Writes the pages that are made from something else; `--check` only compares.

python -m docs.generate          writes the pages
python -m docs.generate --check  exits with 1, and shows the difference, when a page is out of date

Facts that were read long ago are named on the way, by either; they are no failure.
"""

import datetime as dt
import difflib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs import choosing, configuration, parity, reliability

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/config.md": configuration.page,
    "docs/targets/parity.md": parity.page,
    "docs/choosing.md": choosing.page,
    # Of a run's own report, so there is none before the first `make test-faults`.
    **({"docs/reliability.md": reliability.page} if reliability.REPORT.exists() else {}),
}


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write the pages below `root`, or with --check say how they differ, or what they can't be made from."""
    try:
        return _run(arguments, root)
    except ValueError as error:
        sys.stdout.write(f"error: {error}\n")
        return 1


def _run(arguments: list[str], root: Path) -> int:
    for line in choosing.warnings(dt.datetime.now(dt.UTC).date()):
        sys.stdout.write(f"warning: {line}\n")
    if arguments == ["--check"]:
        return int(sum(_differs(name, root / name, page()) for name, page in PAGES.items()) > 0)
    for name, page in PAGES.items():
        (root / name).write_text(page(), encoding="utf-8")
    return 0


def _differs(name: str, path: Path, wanted: str) -> bool:
    """Say how a page differs from what it should be, and whether it does."""
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    old, new = (text.splitlines(keepends=True) for text in (present, wanted))
    sys.stdout.writelines(difflib.unified_diff(old, new, name, "what it should be"))
    return present != wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
