"""Scratch copies, and programs run from them by the real engine and our language host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import engine as engines
from sandbox import stackfile
from sandbox.process import CommandError
from sandbox.project import Scratch

PROJECT = """\
name: tiny
runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}
"""
PROGRAM = """\
import pulumi

config = pulumi.Config()
print("said by the program")
pulumi.export("greeting", config.require("greeting"))
pulumi.export("word", config.get_secret("word"))
pulumi.export("where", __file__)
"""


@pytest.fixture(scope="module")
def engine() -> engines.Engine:
    """The sandbox's engine."""
    return engines.ensure()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A checkout of a project without any resource."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.dev.yaml").write_text("config:\n  tiny:greeting: hello\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def scratch_of(source: Path, engine: engines.Engine) -> Scratch:
    """Its scratch copy, up to date; with our own environment, which has pulumi."""
    return Scratch.create(
        "tiny",
        source=source,
        folder=source.parent / "sandbox",
        venv=Path(sys.prefix),
        engine=engine,
    )


@pytest.fixture
def scratch(source: Path, engine: engines.Engine) -> Scratch:
    """A fresh scratch copy."""
    return scratch_of(source, engine)


def test_life_of_a_stack(scratch: Scratch, source: Path, engine: engines.Engine) -> None:
    """Up, nothing to do, again after the copy was made anew, down: by the real engine."""
    stack = scratch.stack("dev")
    stack.secret("tiny:word", "sesame")
    assert "said by the program" in stack.up().stdout
    outputs = stack.outputs()
    assert outputs["greeting"] == "hello"
    assert outputs["word"] == "sesame"
    assert Path(outputs["where"]).is_relative_to(scratch.root)
    stack.preview("--expect-no-changes")

    again = scratch_of(source, engine).stack("dev")
    again.secret("tiny:word", "sesame")
    again.preview("--expect-no-changes")
    again.destroy()
    assert again.outputs() == {}


def test_config_is_merged_over_the_checkouts(scratch: Scratch, source: Path) -> None:
    """A run's own settings lie over the project's, and are gone with the next copy."""
    stack = scratch.stack("dev")
    stack.config({"tiny:greeting": "good evening", "tiny:app": {"path": "x"}})
    stack.config({"tiny:app": {"name": "y"}})
    assert "name: y" in stack.file.read_text()
    assert "path: x" in stack.file.read_text()
    stack.up()
    assert stack.outputs()["greeting"] == "good evening"
    scratch_of(source, scratch.engine)
    assert "good evening" not in stack.file.read_text()


def test_a_failing_program_shows_its_traceback(scratch: Scratch) -> None:
    """The traceback starts at the user's file, and the command fails."""
    (scratch.root / "__main__.py").write_text("def start():\n    1 / 0\n\nstart()\n")
    with pytest.raises(CommandError) as caught:
        scratch.stack("dev").up()
    text = str(caught.value)
    assert "ZeroDivisionError: division by zero" in text
    assert "__main__.py" in text
    assert "runpy" not in text
    assert "sandbox/language" not in text
    assert "non-zero exit code" not in text


def test_a_run_error_is_a_message(scratch: Scratch) -> None:
    """What a program says by RunError stands alone: no traceback."""
    program = "import pulumi\nraise pulumi.RunError('vm/host: is missing')\n"
    (scratch.root / "__main__.py").write_text(program)
    with pytest.raises(CommandError) as caught:
        scratch.stack("dev").up()
    assert "vm/host: is missing" in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere'"),
        ("def broken(:\n", "SyntaxError"),
        ("import sys\nsys.exit(3)\n", "exit code: 3"),
        ("import os\nos.kill(os.getpid(), 9)\n", "SIGKILL"),
    ],
)
def test_other_ends_of_a_program(scratch: Scratch, program: str, said: str) -> None:
    """However a program ends, the command fails and says how."""
    (scratch.root / "__main__.py").write_text(program)
    with pytest.raises(CommandError, match=said):
        scratch.stack("dev").preview()


def test_interrupt_ends_all_quietly(scratch: Scratch, tmp_path: Path) -> None:
    """Ctrl-C while the program runs: the engine says that it cancels; no traceback, no process."""
    started = tmp_path / "started"
    program = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    scratch.stack("dev")
    (scratch.root / "__main__.py").write_text(program)
    process = subprocess.Popen(
        [scratch.engine.pulumi, "preview", "--stack", "dev", "--non-interactive"],
        cwd=scratch.root,
        env=scratch.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (started.is_file() and started.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "Traceback" not in output, output
    assert not Path("/proc", started.read_text()).exists()


def test_a_killed_engine_leaves_no_process_and_no_lock(scratch: Scratch, tmp_path: Path) -> None:
    """After SIGKILL of the engine its children end by themselves, and the next up runs."""
    stack = scratch.stack("dev")
    started = tmp_path / "started"
    good = (scratch.root / "__main__.py").read_text()
    program = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getppid()))\ntime.sleep(60)\n"
    (scratch.root / "__main__.py").write_text(program)
    process = subprocess.Popen(
        [scratch.engine.pulumi, "up", "--yes", "--skip-preview", "--stack", "dev"],
        cwd=scratch.root,
        env=scratch.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not (started.is_file() and started.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    host = Path("/proc", started.read_text())
    while host.exists():
        assert time.monotonic() < deadline + 10, host.joinpath("cmdline").read_text()
        time.sleep(0.1)
    (scratch.root / "__main__.py").write_text(good)
    stack.up()


def test_the_copy_follows_the_checkout(source: Path, scratch: Scratch) -> None:
    """New and changed files come, deleted ones go, unchanged ones keep their time."""
    (source / "sub").mkdir()
    (source / "sub" / "new.txt").write_text("new")
    (source / "gone.txt").write_text("gone")
    scratch_of(source, scratch.engine)
    kept = (scratch.root / "Pulumi.yaml").stat()
    assert (scratch.root / "sub" / "new.txt").read_text() == "new"

    (source / "sub" / "new.txt").unlink()
    (source / "gone.txt").unlink()
    (scratch.root / "made-by-a-run.txt").write_text("x")
    (scratch.root / "__main__.py").write_text("changed by a run")
    scratch_of(source, scratch.engine)
    assert not (scratch.root / "sub").exists()
    assert not (scratch.root / "gone.txt").exists()
    assert not (scratch.root / "made-by-a-run.txt").exists()
    assert (scratch.root / "__main__.py").read_text() == PROGRAM
    assert (scratch.root / ".venv" / "bin" / "python").exists()
    assert (scratch.root / "Pulumi.yaml").stat().st_ino == kept.st_ino


def test_ignored_files_stay_behind(source: Path, engine: engines.Engine) -> None:
    """In a git checkout as in an unpacked archive, what .gitignore names is not copied."""
    (source / ".gitignore").write_text("*.secret\n/build/\n")
    (source / "a.secret").write_text("x")
    (source / "build").mkdir()
    (source / "build" / "out").write_text("x")
    (source / ".venv").mkdir()
    (source / ".venv" / "mine").write_text("x")
    archive = scratch_of(source, engine)
    without_git = sorted(path.name for path in archive.root.iterdir())
    subprocess.run(["git", "init", "--quiet", source], check=True)
    checkout = scratch_of(source, engine)
    assert sorted(path.name for path in checkout.root.iterdir()) == without_git
    assert without_git == [".gitignore", ".venv", "Pulumi.dev.yaml", "Pulumi.yaml", "__main__.py"]
    assert not (checkout.root / ".venv" / "mine").exists()


def test_the_users_own_salt_and_secrets_stay_out(
    source: Path, engine: engines.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack file that the user initialised with their own passphrase works in the sandbox."""
    (source / "Pulumi.dev.yaml").write_text(
        "secretsprovider: awskms://alias/mine\nencryptionsalt: v1:theirs\nconfig:\n"
        "  tiny:greeting: hello\n  tiny:secrets:\n    WORD: {secure: v1:theirs}\n"
    )
    scratch = scratch_of(source, engine)
    stack = scratch.stack("dev")
    assert "theirs" not in stack.file.read_text()
    assert "awskms" not in stack.file.read_text()
    assert "tiny:secrets is encrypted for your own stack" in capsys.readouterr().err
    salt = stackfile.salts(scratch.root)["Pulumi.dev.yaml"]
    stack.up()
    scratch_of(source, engine)
    assert stackfile.salts(scratch.root) == {"Pulumi.dev.yaml": salt}


def test_nothing_of_the_user_reaches_the_engine(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logins, agents and settings of the user's shell end at the scratch copy."""
    theirs = {
        "PULUMI_ACCESS_TOKEN": "pul-1",
        "PULUMI_BACKEND_URL": "s3://theirs",
        "PULUMI_CONFIG_PASSPHRASE": "theirs",
        "PULUMI_STACK": "prod",
        "SSH_AUTH_SOCK": "/run/agent",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HEROKU_API_KEY": "x",
        "PYTHONPATH": "/theirs",
        "VIRTUAL_ENV": "/theirs",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    env = scratch.environment()
    assert not theirs.items() & env.items()
    assert env["PULUMI_BACKEND_URL"] == f"file://{scratch.state / 'backend'}"
    assert env["HOME"] != os.environ["HOME"]
    passphrase = Path(env["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert passphrase.stat().st_mode & 0o777 == 0o600
    assert len(passphrase.read_text()) >= 32


def test_an_installed_provider_that_is_missing_is_an_error(scratch: Scratch) -> None:
    """A plugin is never downloaded behind one's back."""
    program = "import pulumi_command.local as c\nc.Command('x', create='true')\n"
    (scratch.root / "__main__.py").write_text(program)
    with pytest.raises(CommandError, match="command"):
        scratch.stack("dev").up()
