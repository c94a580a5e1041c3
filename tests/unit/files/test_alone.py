"""A folder is for one process at a time, and free when that has ended."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from components.errors import ConfigError
from components.files import alone

ROOT: Final = Path(__file__).parent.parent.parent.parent
HOLDER: Final = (
    "import sys; from pathlib import Path; from components.files import alone; "
    "alone.hold(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


def test_a_second_process_is_refused_while_the_first_one_runs(tmp_path: Path) -> None:
    """With what to do; killed, the first one holds nothing any more."""
    lock = tmp_path / "new" / "heroku.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigError, match="another run of this checkout is at work with it"):
            alone.hold(lock)
        holder.kill()
    alone.hold(lock)
    alone.hold(lock)  # its own is no other's
