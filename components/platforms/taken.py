"""Names that a platform or the deployment itself needs: refused where the app has them too."""

import re
from collections.abc import Iterator

from components.bundle import Bundle
from components.settings import Settings


def files(bundle: Bundle, generated: set[str]) -> Iterator[str]:
    """Yield a fault for each of the app's files in whose place one is generated."""
    for item in bundle.files:
        if item.path in generated:
            yield f"{item.path}: is the name of a file that is generated for the deployment; rename yours"


def variables(settings: Settings, taken: re.Pattern[str], why: str) -> Iterator[str]:
    """Yield a fault for each environment variable, plain or secret, whose whole name matches `taken`."""
    for place, names in (("app/environment", settings.app.environment), ("secrets", settings.secrets)):
        for name in names:
            if taken.fullmatch(name):
                yield f"{place}/{name}: {why}; take another name, for example APP_{name}"
