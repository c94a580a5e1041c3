"""Why a Python app ended or failed, from the lines of its log."""

import re
from typing import Final

from components.explained import Reason

# The last line of a traceback, also behind what Heroku and syslog put first: `app[web.1]: `, `web[2345]: `,
# and on Elastic Beanstalk also `web: `.
_ERROR: Final = r"(?:^|\]: | web: )((?:[A-Za-z_]\w*\.)*{name}: .*)"
# What the line begins with, and what to do; the first that fits the newest line counts. In a machine's own
# words where the reason is the same: assets/scripts/switch.sh.
_REMEDIES: Final = (
    ("(?:ModuleNotFound|Import)Error", "add it to the app's requirements, or correct the import"),
    ("(?:Syntax|Indentation)Error", "correct it, or set app.python to a version that it runs on"),
    ("KeyError", "if that is an environment variable, set it in app.environment or secrets"),
    (r"[A-Za-z_]\w*(?:Error|Exception)", "correct the app; the lines before it stand above"),
)
_KILLED: Final = "Perhaps out of memory?"  # gunicorn's words of a worker that was killed


def cause(lines: list[str]) -> Reason | None:
    """Return the newest error that the lines tell; None when they tell none."""
    for line in reversed(lines):
        for name, remedy in _REMEDIES:
            if found := re.search(_ERROR.format(name=name), line):
                return Reason(sign=found[1], meaning=found[1].rstrip(), remedy=remedy)
        if _KILLED in line:
            return Reason(
                sign=_KILLED,
                meaning="its processes were killed, as happens when memory runs out",
                remedy="give it more memory, or run fewer workers or threads",
            )
    return None
