"""The script that runs the release command on the instance that leads: as its user, with its packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from components import render
from components.beanstalk import source
from unit.apps import made
from unit.beanstalk.apps import bundled

if TYPE_CHECKING:
    from collections.abc import Mapping

SHELLCHECK: Final = Path(sys.executable).with_name("shellcheck")
SCRIPT: Final = render.ASSETS / "platforms" / source.LEADER
# Stands for runuser(1), which only root can use: writes down whose command it would run, and runs it.
RUNUSER: Final = '#!/bin/sh\necho "runuser $1 $2 $3" >"${0%/*}/asked"\nshift 3\nexec "$@"\n'
# Stands for tee(1), with a log beside it.
TEE: Final = '#!/bin/sh\n[ "$*" = "-a /var/log/web.stdout.log" ] && exec /usr/bin/tee -a "${0%/*}/log"\n'

GETENT: Final = (
    '#!/bin/sh\n[ "$1 $2" = "passwd webapp" ] && echo "webapp:x:990:990::/home/webapp:/sbin/nologin"\n'
)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of programs that come before the system's."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name, text in {"runuser": RUNUSER, "tee": TEE, "getent": GETENT}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def run(
    tmp_path: Path,
    tools: Path,
    command: str,
    *,
    files: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """What a release command says and does, started as Elastic Beanstalk starts it."""
    loaded = made(tmp_path / "app", files)
    staged = tmp_path / "staging"
    bundled(loaded, {"app": {"releaseCommand": command}}).bundle.write_folder(staged)
    return subprocess.run(
        ["/bin/sh", "-c", "bash flask_deploy_leader.sh"],
        cwd=staged,
        env={"PATH": f"{tools}:/usr/bin:/bin", **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_sound() -> None:
    """By shellcheck."""
    done = subprocess.run([SHELLCHECK, "--shell=bash", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_command_runs_in_the_staged_files(tmp_path: Path, tools: Path) -> None:
    """Each line of it, whatever is in it."""
    done = run(tmp_path, tools, "pwd\nls run.py\nprintf '%s\\n' \"a  b\" '$x'")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [str(tmp_path / "staging"), "run.py", "a  b", "$x"],
    )


def test_the_command_runs_as_the_app(tmp_path: Path, tools: Path) -> None:
    """Never as root, which container commands are."""
    assert run(tmp_path, tools, "true").returncode == 0
    assert (tools / "asked").read_text() == "runuser -u webapp --\n"


def test_the_command_has_the_environment(tmp_path: Path, tools: Path) -> None:
    """Variables and secrets, as the platform gives them."""
    done = run(tmp_path, tools, 'echo "$DATABASE_URL"', variables={"DATABASE_URL": "postgres://x"})
    assert done.stdout == "postgres://x\n"


def test_the_command_is_at_home(tmp_path: Path, tools: Path) -> None:
    """Where its user is: what root has at home it may not read, and libpq fails when it can't."""
    done = run(tmp_path, tools, 'echo "$HOME"', variables={"HOME": "/root"})
    assert done.stdout == "/home/webapp\n"


def test_modules_below_src_are_found(tmp_path: Path, tools: Path) -> None:
    """And what the platform itself has put on the path."""
    files = {"src/shop.py": "name = 'shop'\n", "src/run.py": ""}
    command = f'{sys.executable} -c "import shop, run; print(shop.name)"; echo "$PYTHONPATH"'
    done = run(tmp_path, tools, command, files=files, variables={"PYTHONPATH": "/var/app/venv/x/bin"})
    staged = tmp_path / "staging"
    assert done.stdout.splitlines() == ["shop", f"{staged}:{staged}/src:/var/app/venv/x/bin"]


@pytest.mark.parametrize("command", ["exit 3", "false\ntrue", "echo $nothing"])
def test_a_failure_fails_the_deployment(tmp_path: Path, tools: Path, command: str) -> None:
    """So does any line of it, and a variable that is not there."""
    assert run(tmp_path, tools, command).returncode != 0


@pytest.mark.parametrize("status", [0, 3])
def test_what_it_says_is_in_the_app_s_log_too(tmp_path: Path, tools: Path, status: int) -> None:
    """What went wrong is said on either output; the log has more, and the command's status counts."""
    (tools / "log").write_text("before\n")
    done = run(tmp_path, tools, f"echo out; echo err >&2; exit {status}")
    assert (done.returncode, done.stdout, done.stderr) == (status, "out\nerr\n", "")
    assert (tools / "log").read_text() == "before\nout\nerr\n"


def test_a_log_that_can_t_be_written_fails_nothing(tmp_path: Path, tools: Path) -> None:
    """A disk may be full."""
    (tools / "log").mkdir()
    assert run(tmp_path, tools, "echo done").returncode == 0
    assert run(tmp_path, tools, "exit 4").returncode == 4
