"""Run a command on this computer as the official plugin does."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.command.gotext import local_exit, path_error, quote
from sandbox.plugins.command.lines import Output

if TYPE_CHECKING:
    from sandbox.plugins.values import Props


def run(call: Call, command: str, inputs: Props, previous: Props) -> Output:
    """Run it and wait for its end and its pipes'. Raises RefusedError with all that it printed."""
    output = Output(inputs.get("logging"))
    if over := call.over():
        raise RefusedError(f"{over}: running {quote(command)}:\n", over.code)
    try:
        process = _start(command, inputs, previous)
    except OSError as error:
        problem: str | None = str(error)
    else:
        threads = [
            threading.Thread(target=target, args=args, daemon=True)
            for target, args in (
                (_collect, (process.stdout, output, False)),
                (_collect, (process.stderr, output, True)),
                (_feed, (process, inputs.get("stdin") or "")),
            )
        ]
        watchers = (
            threading.Thread(target=_end, args=(call, process), daemon=True),
            threading.Thread(target=_finish, args=(process, threads, output), daemon=True),
        )
        for thread in (*threads, *watchers):
            thread.start()
        output.show(call)
        problem = local_exit(process.returncode)
    if problem is not None:
        raise RefusedError(f"{problem}: running {quote(command)}:\n{output.both.decode(errors='replace')}")
    return output


def _environment(inputs: Props, previous: Props) -> dict[str, str]:
    environment: dict[str, str] = dict(os.environ) | inputs.get("environment", {})
    if inputs.get("addPreviousOutputInEnv", True):
        for stream in ("stdout", "stderr"):
            if previous.get(stream):
                environment[f"PULUMI_COMMAND_{stream.upper()}"] = previous[stream]
    return environment


def _start(command: str, inputs: Props, previous: Props) -> subprocess.Popen[bytes]:
    """The started process; an OSError whose text is Go's."""
    arguments = [*(inputs.get("interpreter") or ["/bin/sh", "-c"]), command]
    program, folder = arguments[0], inputs.get("dir")
    if "/" not in program:
        found = shutil.which(program)
        if found is None:
            raise OSError(f"exec: {quote(program)}: executable file not found in $PATH")
        program = found
    if folder:
        try:
            Path(folder).stat()
        except OSError as error:
            raise OSError(path_error("chdir", folder, error)) from None
    try:
        return subprocess.Popen(
            arguments,
            executable=program,
            cwd=folder or None,
            env=_environment(inputs, previous),
            stdin=subprocess.PIPE if inputs.get("stdin") else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise OSError(path_error("fork/exec", program, error)) from None


def _collect(stream: IO[bytes], output: Output, error: bool) -> None:  # noqa: FBT001 - a thread's
    while data := os.read(stream.fileno(), 1 << 15):
        output.add(data, error=error)
    stream.close()


def _feed(process: subprocess.Popen[bytes], stdin: str) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(stdin.encode())
        process.stdin.close()
    except OSError:
        pass  # A command need not read what it is given.


def _end(call: Call, process: subprocess.Popen[bytes]) -> None:
    """Kill the process, and only it, when the call is over before it is."""
    call.wait_over()
    process.kill()


def _finish(process: subprocess.Popen[bytes], threads: list[threading.Thread], output: Output) -> None:
    """Wait for the process and for everyone who still holds its pipes."""
    for thread in threads:
        thread.join()
    process.wait()
    output.end()
