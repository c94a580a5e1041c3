"""What all tests share."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # however pytest is started

pytest_plugins = ["no_skips"]
