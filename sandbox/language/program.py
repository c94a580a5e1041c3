"""Runs one Pulumi program for host.py, in a process of its own, by the project's own Python."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import runpy
import signal
import sys
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

OPTIONS = (
    "monitor",
    "engine",
    "project",
    "root-directory",
    "stack",
    "pwd",
    "dry-run",
    "parallel",
    "organization",
)
FAILED = 1
ERROR_ALREADY_SHOWN = 32  # host.py then adds nothing to what the user has read

# Nothing of the user runs yet: an interrupt ends it without a word.
signal.signal(signal.SIGINT, lambda *_: os._exit(FAILED))

try:
    import pulumi
    import pulumi.runtime
except ImportError as error:
    sys.exit(
        f"{sys.executable} can't import the Pulumi SDK ({error}).\n"
        "Install the project's requirements into its virtual environment: pulumi install"
    )


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in OPTIONS:
        parser.add_argument(f"--{name}")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="*")
    return parser.parse_args()


def _configure(given: argparse.Namespace) -> None:
    pulumi.runtime.set_all_config(
        pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
    )
    settings = pulumi.runtime.Settings(
        monitor=given.monitor,
        engine=given.engine,
        project=given.project,
        stack=given.stack,
        parallel=int(given.parallel or 0),
        dry_run=given.dry_run == "true",
        organization=given.organization,
        root_directory=given.root_directory,
    )
    pulumi.runtime.configure(settings)


def _of_the_user(error: Exception, program: Path) -> str:
    """The traceback from the program's first line on: what is above it is only us."""
    trace = error.__traceback__
    while trace is not None and Path(trace.tb_frame.f_code.co_filename).resolve() != program:
        trace = trace.tb_next
    if trace is None:  # a program that could not even be read
        trace = error.__traceback__
    return "".join(traceback.format_exception(type(error), error, trace))


def _run(program: str, workers: ThreadPoolExecutor) -> int:
    main = Path(program).resolve()
    main = main / "__main__.py" if main.is_dir() else main
    if not main.is_file():
        pulumi.log.error(f"there is no Pulumi program: {main} does not exist")
        return ERROR_ALREADY_SHOWN
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(workers)
    # A failed program leaves outputs that nobody awaits; asyncio would complain of each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def run() -> None:
        try:
            runpy.run_path(program, run_name="__main__")
        except KeyboardInterrupt:  # not left to run_in_stack, which waits for the engine's answers
            _leave()

    code = 0
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        code = FAILED
    except Exception as error:  # noqa: BLE001  whatever the user's program raises
        message = "Program failed with an unhandled exception:\n" + _of_the_user(error, main)
        pulumi.log.error(message)
        code = ERROR_ALREADY_SHOWN
    workers.shutdown()
    loop.close()
    return code


def _interrupt(*_: object) -> NoReturn:
    """End the program as Ctrl-C does, but once: the engine and the host each send a signal.

    A second one would hit the user's cleaning up. And Python would print which coroutines are left,
    as if that were a fault.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    raise KeyboardInterrupt


def _leave() -> NoReturn:
    """End at once: a normal end waits for calls to the engine, which answers no more."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(FAILED)


def main() -> int:
    """Run the program; the exit code is one of 0, FAILED, ERROR_ALREADY_SHOWN."""
    given = _parse()
    signal.signal(signal.SIGINT, _interrupt)
    _configure(given)
    sys.argv = [given.program, *given.arguments]
    if given.pwd:
        os.chdir(given.pwd)
    # Four threads for each operation in parallel: an operation waits for several calls at once.
    workers = ThreadPoolExecutor(max_workers=4 * max(int(given.parallel or 0), 1))
    try:
        return _run(given.program, workers)
    except KeyboardInterrupt:  # the engine is cancelling, and has said so
        _leave()


if __name__ == "__main__":
    sys.exit(main())
