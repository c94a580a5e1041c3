"""Commands on this computer. Expectations recorded from 1.2.1."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from .harness import Failed, Plugin
from .wire import LOCAL, Props, secret

if TYPE_CHECKING:
    from pathlib import Path


class Run(NamedTuple):
    """Inputs, in which F is the folder, and the output or the error."""

    what: str
    given: Props
    then: str


RUNS = [
    Run("one newline is cut", {"create": "printf 'a\\n\\n'"}, "a\n"),
    Run("an interpreter", {"create": "print(1+1)", "interpreter": ["python3", "-c"]}, "2"),
    Run("an empty interpreter is the shell", {"create": "echo e", "interpreter": []}, "e"),
    Run("a folder", {"create": "pwd", "dir": "F"}, "F"),
    Run("an empty folder is the engine's", {"create": "echo x", "dir": ""}, "x"),
    Run("the environment", {"create": "echo $A $HOME", "environment": {"A": "1", "HOME": "/h"}}, "1 /h"),
    Run("a secret variable does not make its output secret",
        {"create": "echo $A", "environment": {"A": secret("q")}}, "q"),
    Run("input", {"create": "cat", "stdin": "in\n"}, "in"),
    Run("no input is the end of input", {"create": "cat; echo end"}, "end"),
    Run("a long input that nobody reads", {"create": "echo x", "stdin": "x" * (1 << 20)}, "x"),
    Run("no command", {}, ""),
    Run("whoever holds the output is waited for", {"create": "(sleep 1; echo late) & echo early"},
        "early\nlate"),
]  # fmt: skip
FAILURES = [
    Run("a failure", {"create": "echo out; exit 3"}, 'exit status 3: running "echo out; exit 3":\nout\n'),
    Run("killed", {"create": "kill -9 $$"}, 'signal: killed: running "kill -9 $$":\n'),
    Run("ended", {"create": "kill -TERM $$"}, 'signal: terminated: running "kill -TERM $$":\n'),
    Run("a missing folder", {"create": "x", "dir": "F/no"},
        'chdir F/no: no such file or directory: running "x":\n'),
    Run("a file as folder", {"create": "x", "dir": "F/a.txt"},
        'fork/exec /bin/sh: not a directory: running "x":\n'),
    Run("an unknown interpreter", {"create": "x", "interpreter": ["nosuch"]},
        'exec: "nosuch": executable file not found in $PATH: running "x":\n'),
    Run("a missing interpreter", {"create": "x", "interpreter": ["/nope"]},
        'fork/exec /nope: no such file or directory: running "x":\n'),
    Run("a file as interpreter", {"create": "x", "interpreter": ["F/a.txt"]},
        'fork/exec F/a.txt: permission denied: running "x":\n'),
    Run("a broken pattern", {"create": "true", "dir": "F", "assetPaths": ["[a"]}, "unexpected end of input"),
]  # fmt: skip


def place(value: object, folder: Path) -> object:
    """The value with the folder in the place of F."""
    if isinstance(value, dict):
        return {k: v if k == "create" else place(v, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [place(v, folder) for v in value]
    if isinstance(value, str) and value[:2] in {"F", "F/"}:
        return f"{folder}{value[1:]}"
    return value


@pytest.mark.parametrize("case", RUNS, ids=lambda case: case.what)
def test_well(plugin: Plugin, folder: Path, case: Run) -> None:
    """The output is recorded beside the inputs."""
    given = {k: place(v, folder) for k, v in case.given.items()}
    state = plugin.create(LOCAL, given)[1]
    assert state == given | {"stdout": place(case.then, folder), "stderr": ""}


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.what)
def test_ill(plugin: Plugin, folder: Path, case: Run) -> None:
    """The error holds the cause, the command and what it printed."""
    with pytest.raises(Failed) as caught:
        plugin.create(LOCAL, {k: place(v, folder) for k, v in case.given.items()})
    assert caught.value == Failed("UNKNOWN", case.then.replace("F/", f"{folder}/"))


def test_lines_are_shown(plugin: Plugin) -> None:
    """As passing messages, each stream as `logging` says."""
    plugin.create(LOCAL, {"create": "echo a; sleep 0.1; echo b >&2"})
    plugin.create(LOCAL, {"create": "echo c; echo d >&2", "logging": "stderr"})
    assert plugin.engine.lines == [("INFO", True, line) for line in ("a", "b", "d")]


UPDATES = [
    ({"create": "echo $PULUMI_COMMAND_STDOUT-$PULUMI_COMMAND_STDERR"}, "one-two"),
    ({"create": "echo $PULUMI_COMMAND_STDOUT-", "addPreviousOutputInEnv": False}, "-"),
    ({"create": "exit 1", "update": "echo u"}, "u"),
    ({}, "one"),
]


@pytest.mark.parametrize(("given", "stdout"), UPDATES)
def test_update(plugin: Plugin, given: Props, stdout: str) -> None:
    """`update` runs, else `create`, else nothing, with the former outputs in the environment."""
    state = plugin.create(LOCAL, {"create": "echo one; echo two >&2"})[1]
    assert plugin.update(LOCAL, state, given)["stdout"] == stdout


def test_delete(plugin: Plugin, tmp_path: Path) -> None:
    """`delete` runs in the recorded folder with the recorded input and the former output."""
    given = {"create": "echo one", "dir": str(tmp_path), "stdin": "S"}
    command = "echo $PULUMI_COMMAND_STDOUT $(cat) > f; exit 2"
    state = plugin.create(LOCAL, given | {"delete": command})[1]
    with pytest.raises(Failed) as caught:
        plugin.delete(LOCAL, state)
    assert caught.value.text == f'exit status 2: running "{command}":\n'
    assert (tmp_path / "f").read_text() == "one S\n"


def test_custom_timeouts_kill_a_command_here(plugin: Plugin) -> None:
    """Unlike one on a machine; fractions of a second count as nothing."""
    begun = time.monotonic()
    with pytest.raises(Failed) as caught:
        plugin.create(LOCAL, {"create": "exec sleep 9"}, timeout=1)
    assert caught.value.text == 'signal: killed: running "exec sleep 9":\n'
    assert time.monotonic() - begun < 3
    with pytest.raises(Failed) as caught:
        plugin.create(LOCAL, {"create": "true"}, timeout=0.5)
    said = 'context deadline exceeded: running "true":\n'
    assert caught.value == Failed("DEADLINE_EXCEEDED", said)


def test_a_longer_line_hangs(own_plugin: Plugin) -> None:
    """A line over 64 KiB ends the reading of output, and with it the resource."""
    with pytest.raises(Failed) as caught:
        own_plugin.create(LOCAL, {"create": "head -c 70000 /dev/zero | tr '\\0' a"}, limit=3)
    assert caught.value.code == "DEADLINE_EXCEEDED"
