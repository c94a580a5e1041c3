"""Commands on a machine: what runs, what is recorded, what is said. Expectations recorded from 1.2.1."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest
from waiting import until

from .harness import Failed, Plugin
from .wire import REMOTE, Props, secret, without

if TYPE_CHECKING:
    from pathlib import Path

    from .sshd import Sshd


class Run(NamedTuple):
    """A command that ends well: inputs, then standard output and error as they are recorded."""

    what: str
    given: Props
    stdout: Props | str
    stderr: str = ""


WELL = [
    Run("one newline is cut", {"create": "printf 'a\\n\\n'; echo e >&2"}, "a\n", "e"),
    Run("input", {"create": "cat", "stdin": "a\nb\n"}, "a\nb"),
    Run("an empty input", {"create": "cat; echo end", "stdin": ""}, "end"),
    Run("no input is the end of input", {"create": "cat; echo end"}, "end"),
    Run("no terminal", {"create": "test -t 0 || test -t 1 || echo none"}, "none"),
    Run("a variable that the server accepts", {"create": "echo $ALLOWED", "environment": {"ALLOWED": "y e"}},
        "y e"),
    Run("a secret input does not make its output secret", {"create": "cat", "stdin": secret("s")}, "s"),
    Run("an empty command is no shell", {"create": "", "stdin": "echo ran"}, ""),
    Run("no command", {}, ""),
    Run("whoever holds the output is waited for", {"create": "(sleep 1; echo late) & echo early"},
        "early\nlate"),
    Run("a long output", {"create": "yes 012345678 | head -c 1000000", "logging": "none"},
        ("012345678\n" * 100000)[:-1]),
    Run("a long input", {"create": "wc -c", "stdin": "x" * (1 << 20)}, f"{1 << 20}"),
    Run("a long input that nobody reads", {"create": "sleep 0.3", "stdin": "x" * (1 << 20)}, ""),
    Run("a longer input", {"create": "wc -c", "stdin": "x" * (3 << 20)}, f"{3 << 20}"),
]  # fmt: skip


@pytest.mark.parametrize("case", WELL, ids=lambda case: case.what)
def test_well(plugin: Plugin, machine: Sshd, case: Run) -> None:
    """The output is recorded beside the inputs, which stay as they were checked."""
    made, state = plugin.create(REMOTE, {"connection": machine.connection()} | case.given)
    assert without(state, "connection") == case.given | {"stdout": case.stdout, "stderr": case.stderr}
    assert state["connection"]["value"]["host"] == "127.0.0.1"
    assert made.startswith("it")
    assert len(made) == len("it") + 8


ILL = [
    ({"create": "echo out; echo err >&2; exit 3"},
     'Process exited with status 3: running "echo out; echo err >&2; exit 3":\nout\nerr\n'),
    ({"create": "printf 'x\"y\\t'; # ü \x01\u200b\nfalse"},
     'Process exited with status 1: running "printf \'x\\"y\\\\t\'; # ü \\x01\\u200b\\nfalse":\nx"y\t'),
    ({"create": "kill -9 $$"}, 'Process exited with status 137 from signal KILL: running "kill -9 $$":\n'),
    ({"create": "kill -USR1 $$"},
     'Process exited with status 128 from signal USR1: running "kill -USR1 $$":\n'),
    ({"create": "kill -9 $PPID; sleep 9"},
     ("wait: remote command exited without exit status or exit signal: "
     'running "kill -9 $PPID; sleep 9":\n')),
    ({"create": "printf 'a\\377b'; exit 1"},
     "Process exited with status 1: running \"printf 'a\\\\377b'; exit 1\":\na\ufffdb"),
    ({"create": "sleep 0.3", "stdin": "x" * (3 << 20)}, 'EOF: running "sleep 0.3":\n'),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), ILL)
def test_ill(plugin: Plugin, machine: Sshd, given: Props, said: str) -> None:
    """The error holds the cause, the whole command and all that it printed."""
    with pytest.raises(Failed) as caught:
        plugin.create(REMOTE, {"connection": machine.connection()} | given)
    head, _, printed = caught.value.text.partition(":\n")
    assert (head, sorted(printed.splitlines())) == (
        said.partition(":\n")[0],
        sorted(said.partition(":\n")[2].splitlines()),
    )
    assert caught.value.code == "UNKNOWN"


def test_a_long_error_arrives_whole(plugin: Plugin, machine: Sshd) -> None:
    """All of the output is in the error, however long."""
    command = "yes 0123456789 | head -c 100000; exit 1"
    with pytest.raises(Failed) as caught:
        plugin.create(REMOTE, {"connection": machine.connection(), "create": command, "logging": "none"})
    assert caught.value.text.endswith(("0123456789\n" * 10000)[:100000])


def test_output_that_is_not_utf8_is_lost(plugin: Plugin, machine: Sshd, tmp_path: Path) -> None:
    """The command has run, and the answer can't be sent: the engine records nothing."""
    command = f"printf '\\377'; touch {tmp_path}/ran"
    with pytest.raises(Failed) as caught:
        plugin.create(REMOTE, {"connection": machine.connection(), "create": command})
    said = "grpc: error while marshaling: string field contains invalid UTF-8"
    assert caught.value == Failed("INTERNAL", said)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("logging", "shown"),
    [(None, ["a", "b"]), ("stdoutAndStderr", ["a", "b"]), ("stdout", ["a"]), ("stderr", ["b"]),
     ("none", []), ("Stdout", [])],
)  # fmt: skip
def test_logging(plugin: Plugin, machine: Sshd, logging: str | None, shown: list[str]) -> None:
    """Lines are shown as `logging` says, as passing messages; a misspelt value shows nothing."""
    given = {"connection": machine.connection(), "create": "echo a; sleep 0.1; echo b >&2"}
    _, state = plugin.create(REMOTE, given | ({} if logging is None else {"logging": logging}))
    assert plugin.engine.lines == [("INFO", True, line) for line in shown]
    assert (state["stdout"], state["stderr"]) == ("a", "b")


def test_lines_are_shown_while_the_command_runs(plugin: Plugin, machine: Sshd, tmp_path: Path) -> None:
    """The first line is shown before the last is printed; ends of lines are cut."""
    told = tmp_path / "told"
    create = f"printf 'a\\r\\n\\n'; until test -e {told}; do sleep 0.1; done; printf 'b\\rc'"
    runner = threading.Thread(
        target=plugin.create, args=(REMOTE, {"connection": machine.connection(), "create": create})
    )
    runner.start()
    try:
        until(lambda: plugin.engine.said() == ["a", ""])
    finally:
        told.touch()
        runner.join()
    assert plugin.engine.said() == ["a", "", "b\rc"]


@pytest.mark.parametrize(
    ("size", "rest", "shown"), [(65535, "echo", 1), (65535, "true", 1), (65536, "true", 0)]
)
def test_the_longest_line(plugin: Plugin, machine: Sshd, size: int, rest: str, shown: int) -> None:
    """A line of up to 65535 bytes is shown, one of 65536 that nothing follows is left out."""
    command = f"head -c {size} /dev/zero | tr '\\0' a; {rest}"
    _, state = plugin.create(REMOTE, {"connection": machine.connection(), "create": command})
    assert (len(state["stdout"]), len(plugin.engine.lines)) == (size, shown)


def test_a_longer_line_hangs(own_plugin: Plugin, machine: Sshd) -> None:
    """One byte more, and the resource never comes to an end, though the command did."""
    command = "head -c 65536 /dev/zero | tr '\\0' a; echo"
    with pytest.raises(Failed) as caught:
        own_plugin.create(REMOTE, {"connection": machine.connection(), "create": command}, limit=4)
    assert caught.value.code == "DEADLINE_EXCEEDED"


def test_a_refused_variable_is_an_error(plugin: Plugin, machine: Sshd, tmp_path: Path) -> None:
    """The server's AcceptEnv does not name it: nothing runs."""
    given = {"create": f"touch {tmp_path}/ran", "environment": {"NOPE": "1"}}
    with pytest.raises(Failed) as caught:
        plugin.create(REMOTE, {"connection": machine.connection()} | given)
    said = 'could not set environment variable "NOPE": ssh: setenv failed'
    assert caught.value == Failed("UNKNOWN", said)
    assert [(s, e) for s, e, _ in plugin.engine.lines] == [("ERROR", False)]
    assert plugin.engine.lines[0][2].startswith("Unable to set 'NOPE'")
    assert not (tmp_path / "ran").exists()


def test_an_idle_connection_is_asked_whether_it_is_alive(plugin: Plugin, machine: Sshd) -> None:
    """As Go's do by themselves, every 15 seconds: one whose other end is gone does not hang for ever."""
    command = 'set -- $SSH_CONNECTION; sleep 0.5; ss -Htno "sport = :$2 and dport = :$4"'
    _, state = plugin.create(REMOTE, {"connection": machine.connection(), "create": command})
    assert re.search(r"timer:\(keepalive,1[0-4]sec,0\)", state["stdout"])
