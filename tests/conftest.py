"""What all tests share."""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # however pytest is started

# `make test` runs the tests, and some of them run make: as if nobody else's make were around.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)

pytest_plugins = ["no_skips", "covers", "pytester"]
