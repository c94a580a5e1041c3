"""Running the engine: a clean environment, output shown and kept, Ctrl-C left to it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.say import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# What a program may need of the user's environment without it changing what is deployed. Not
# among them: logins and endpoints of clouds, PULUMI_*, SSH_AUTH_SOCK, HOME, PYTHON*, VIRTUAL_ENV.
KEPT = re.compile(
    r"PATH|LANG|LANGUAGE|LC_\w+|TZ|TERM|COLORTERM|NO_COLOR|TMPDIR|CI|XDG_CACHE_HOME"
    r"|(https?|no|all|ftp)_proxy|PIP_\w+|UV_\w+|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE"
    r"|CURL_CA_BUNDLE|GIT_SSL_CAINFO",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Result:
    """A finished command; its stdout and stderr come as one text when they were streamed."""

    command: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


class CommandError(SandboxError):
    """A command that ended with an error."""

    def __init__(self, result: Result) -> None:
        self.result = result
        output = "\n".join(part for part in (result.stdout, result.stderr) if part.strip())
        last = "\n".join(output.strip().splitlines()[-40:])
        words = " ".join(result.command[1:])
        super().__init__(f"pulumi {words} ended with {result.returncode}:\n{last}")


def clean_environment() -> dict[str, str]:
    """The part of our environment that a deployment may see."""
    return {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}


def run(  # noqa: PLR0913  the options of one command
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: str = "",
    stream: bool = False,
    check: bool = True,
) -> Result:
    """Run a command to its end; CommandError when it fails and `check` is on."""
    with _interrupt_is_for_the_child():
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            text=True,
            errors="replace",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if stream else subprocess.PIPE,
        )
        stdout, stderr = _stream(process, stdin) if stream else process.communicate(stdin)
    result = Result(tuple(command), process.returncode, stdout, stderr)
    if check and result.returncode != 0:
        raise CommandError(result)
    return result


def _stream(process: subprocess.Popen[str], stdin: str) -> tuple[str, str]:
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process has no pipes")
    process.stdin.write(stdin)
    process.stdin.close()
    lines = []
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    process.wait()
    return "".join(lines), ""


@contextmanager
def _interrupt_is_for_the_child() -> Iterator[None]:
    """Leave Ctrl-C to the command in front, which gets it too, and act on it when that has ended.

    subprocess would kill the engine a quarter of a second later: in the midst of a deployment.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted.is_set():
        raise KeyboardInterrupt
