"""Take over what is wanted from now on: `python3 -m …guest.apply`, with JSON on standard input.

`desired` is the document that order.py reads; `events` are lines for the log, each with its time.
"""

from __future__ import annotations

import json
import subprocess
import sys

from sandbox.plugins.heroku.guest import places
from sandbox.plugins.heroku.guest.logplex import Log


def main() -> None:
    """Write it down, and tell the dyno manager."""
    given = json.load(sys.stdin)
    log = Log()
    for event in given["events"]:
        log.write("app", "api", event["text"], event["at"])
    fresh = places.DESIRED.with_suffix(".new")
    fresh.touch(mode=0o600)  # config vars are secrets
    fresh.write_text(json.dumps(given["desired"]), encoding="utf-8")
    fresh.rename(places.DESIRED)
    _forget_slugs(given["keep"])
    subprocess.run(["systemctl", "reload-or-restart", "heroku-dynos.service"], check=True)


def _forget_slugs(keep: list[str]) -> None:
    """Remove slugs that no release is made of any more."""
    wanted = {places.slug_file(slug) for slug in keep}
    for path in places.SLUGS.glob("*.tgz"):
        if path not in wanted:
            path.unlink()


if __name__ == "__main__":
    main()
